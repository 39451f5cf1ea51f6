// SPDX-License-Identifier: GPL-2.0-only
/* Registers of every device, in any order and width, with any values. */
#include "tests/guest/devfuzz/devfuzz.h"

#include "workloads/lib/apic.h"
#include "workloads/lib/ata.h"
#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pci.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/pit.h"
#include "workloads/lib/string.h"
#include "workloads/lib/trap.h"

#define BARS	   3u
#define BAR_MEMORY 0u
#define BAR_MSIX   1u
#define BAR_PORT   2u

#define BAR_MEMORY_BYTES 0x4000u
#define BAR_MSIX_BYTES	 0x1000u
#define COMMAND_ALL	 7u

#define APIC_PAGE   0xfee00000ul
#define IOAPIC_PAGE 0xfec00000ul
#define IOAPIC_PINS 24u
#define IOAPIC_PIN  0x10u /* index of the first pin's two words */
#define WINDOW_APIC WINDOW(199)
#define BARS_ELSE   0xd0000000u
#define PORTS_ELSE  0xd000u

static uint32_t home[DEVICES][BARS];
static volatile uint8_t *apic_page, *ioapic_page;

/* ---- accesses ---- */

static uint32_t any_in(uint16_t port, unsigned width)
{
	uint32_t value = 0;

	if (width == 1)
		__asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
	else if (width == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
	else
		__asm__ volatile("inl %w1, %0" : "=a"(value) : "d"(port));
	return value;
}

static void any_out(uint16_t port, unsigned width, uint32_t value)
{
	if (width == 1)
		__asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(port));
	else if (width == 2)
		__asm__ volatile("outw %w0, %w1" ::"a"(value), "d"(port));
	else
		__asm__ volatile("outl %0, %w1" ::"a"(value), "d"(port));
}

/** A port, by IN, OUT or a string of them. */
static void port_touch(uint16_t port, uint32_t value)
{
	unsigned width = 1u << fuzz_below(3);
	void *at = fuzz.arena + fuzz_below(ARENA_BYTES / 2);
	uint64_t count = 1 + fuzz_below(600);

	switch (fuzz_below(10)) {
	case 0:
		__asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(port) : "memory");
		break;
	case 1:
		__asm__ volatile("rep insw" : "+D"(at), "+c"(count) : "d"(port) : "memory");
		break;
	case 2:
		__asm__ volatile("rep outsw" : "+S"(at), "+c"(count) : "d"(port) : "memory");
		break;
	case 3:
	case 4:
	case 5:
		any_in(port, width);
		break;
	default:
		any_out(port, width, value);
	}
}

/** A register in memory: the instructions that drivers use, and some that none does. */
static void memory_touch(volatile uint8_t *at, uint64_t value)
{
	switch (fuzz_below(12)) {
	case 0:
		*at = (uint8_t)value;
		break;
	case 1:
		*(volatile uint16_t *)at = (uint16_t)value;
		break;
	case 2:
	case 3:
		*(volatile uint32_t *)at = (uint32_t)value;
		break;
	case 4:
		*(volatile uint64_t *)at = value;
		break;
	case 5:
		__asm__ volatile("movb (%0), %%al" ::"r"(at) : "rax", "memory");
		break;
	case 6:
		__asm__ volatile("movzwl (%0), %%eax" ::"r"(at) : "rax", "memory");
		break;
	case 7:
	case 8:
		__asm__ volatile("movl (%0), %%eax" ::"r"(at) : "rax", "memory");
		break;
	case 9:
		__asm__ volatile("movq (%0), %%rax" ::"r"(at) : "rax", "memory");
		break;
	case 10:
		__asm__ volatile("lock orl %k1, (%0)" ::"r"(at), "r"(value) : "memory", "cc");
		break;
	default:
		__asm__ volatile("xchgl %k1, (%0)" : "+r"(at), "+r"(value)::"memory");
	}
}

/** A place where 8 bytes fit; mostly that of a register. */
static unsigned offset_pick(unsigned bytes)
{
	unsigned at = (unsigned)fuzz_below(bytes - 8);

	return fuzz_below(8) ? at & ~3u : at;
}

/* ---- PCI ---- */

static unsigned slot_of(unsigned device)
{
	return fuzz_virtio(device)->slot;
}

static void bars_map(unsigned device)
{
	pci_map(slot_of(device), BAR_MEMORY, BAR_MEMORY_BYTES);
	pci_map(slot_of(device), BAR_MSIX, BAR_MSIX_BYTES);
}

void registers_restore(unsigned device)
{
	unsigned slot = slot_of(device);

	pci_write(slot, PCI_COMMAND, 2, 0);
	for (unsigned i = 0; i < BARS; i++)
		pci_write(slot, PCI_BAR(i), 4, home[device][i]);
	pci_write(slot, pci_capability(slot, 0, PCI_CAP_MSIX) + 2, 2, 0);
	pci_write(slot, PCI_COMMAND, 2, COMMAND_ALL);
	bars_map(device);
}

/**
 * Configuration space at random. BARs may come to lie anywhere, also on memory and on other devices; where a BAR was, nothing
 * is then, so that nobody may look for it before it is back.
 */
static void config_burst(void)
{
	for (uint64_t i = fuzz_below(8); i; i--) {
		unsigned width = 1u << fuzz_below(3);
		unsigned offset = (unsigned)fuzz_below(256);

		if (!fuzz_below(3))
			offset = fuzz_below(2) ? PCI_COMMAND : PCI_BAR((unsigned)fuzz_below(6));
		pci_write(fuzz_below(4) ? slot_of(fuzz_device()) : (unsigned)fuzz_below(32), offset,
			  width, (uint32_t)fuzz_word());
		port_touch((uint16_t)(0xcf8 + fuzz_below(8)), (uint32_t)fuzz_word());
	}
	for (unsigned device = 0; device < DEVICES; device++)
		if (fuzz.has[device])
			pci_write(slot_of(device), PCI_COMMAND, 2, 0);
	for (unsigned device = 0; device < DEVICES; device++)
		if (fuzz.has[device])
			registers_restore(device);
}

/** A BAR goes elsewhere, and answers there. */
static void bar_move(void)
{
	unsigned device = fuzz_device(), slot = slot_of(device);
	uint32_t at = BARS_ELSE + (uint32_t)fuzz_below(16) * BAR_MEMORY_BYTES;
	const volatile struct virtio_common *common;

	pci_write(slot, PCI_BAR(BAR_MEMORY), 4, at);
	common = pci_map(slot, BAR_MEMORY, BAR_MEMORY_BYTES);
	if (common->num_queues != (device == BLK ? 1 : 2))
		fuzz_fail("a BAR that was moved does not answer");
	memory_touch((volatile uint8_t *)common + offset_pick(64), fuzz_word());
	registers_restore(device);
}

/** The port BAR: where it was, nothing is; notifications go where it is. */
static void port_bar_move(void)
{
	unsigned device = fuzz_device(), slot = slot_of(device);
	uint16_t was = (uint16_t)(home[device][BAR_PORT] & ~3u);
	uint16_t at = (uint16_t)(PORTS_ELSE + fuzz_below(16) * 4);

	any_in(was, 4);
	pci_write(slot, PCI_BAR(BAR_PORT), 4, at);
	if (any_in(was, 4) != ~0u)
		fuzz_fail("a BAR that was moved still answers");
	if (any_in(at, 4) == ~0u)
		fuzz_fail("a port BAR that was moved does not answer");
	any_out(at, 1u << fuzz_below(3), (uint32_t)fuzz_word());
	pci_write(slot, PCI_COMMAND, 2, 0);
	if (any_in(at, 4) != ~0u)
		fuzz_fail("a port BAR that is switched off still answers");
	registers_restore(device);
}

static void common_touch(void)
{
	volatile uint8_t *common = (volatile uint8_t *)fuzz_virtio(fuzz_device())->common;

	memory_touch(common + offset_pick(64), fuzz_word());
}

/** Any structure of the device's memory BAR. */
static void memory_bar_touch(void)
{
	volatile uint8_t *base = (volatile uint8_t *)fuzz_virtio(fuzz_device())->common;
	unsigned structure = (unsigned)fuzz_below(4) * 0x1000;

	memory_touch(base + structure + offset_pick(fuzz_below(2) ? 16 : 0x1000), fuzz_word());
}

static void msix_touch(void)
{
	unsigned slot = slot_of(fuzz_device());
	volatile uint8_t *table = pci_map(slot, BAR_MSIX, BAR_MSIX_BYTES);

	memory_touch(table + offset_pick(fuzz_below(4) ? 64 : BAR_MSIX_BYTES), fuzz_word());
	pci_write(slot, pci_capability(slot, 0, PCI_CAP_MSIX) + 2, 2, (uint32_t)fuzz_random());
}

static void notify_port(void)
{
	any_out((uint16_t)(home[fuzz_device()][BAR_PORT] & ~3u), 1u << fuzz_below(3),
		(uint32_t)fuzz_word());
}

/* ---- ISA ---- */

/** Ports but those that end the VM. */
static void port_any(void)
{
	uint16_t port = (uint16_t)fuzz_random();

	if ((port & 0xfff8) != 0xf0)
		port_touch(port, (uint32_t)fuzz_word());
}

static void ata_touch(void)
{
	static const uint8_t commands[] = {0x00, 0x08, 0x10, 0x20, 0x24, 0x29, 0x30, 0x34,
					   0x39, 0x40, 0x42, 0x70, 0x90, 0x91, 0xc4, 0xc5,
					   0xc6, 0xe0, 0xe7, 0xea, 0xec, 0xef, 0xf8, 0xf5};

	for (uint64_t i = fuzz_below(12); i; i--)
		port_touch((uint16_t)(fuzz_below(8) ? 0x170 + fuzz_below(8) : 0x376),
			   (uint32_t)fuzz_word());
	if (fuzz_below(2))
		out8(0x177, commands[fuzz_below(sizeof(commands))]);
}

static void uart_touch(void)
{
	port_touch((uint16_t)(VTG_PORT_UART + fuzz_below(8)), (uint32_t)fuzz_word());
}

static void isa_touch(void)
{
	static const uint16_t ports[] = {0x20, 0x21, 0xa0,  0xa1,  0x40, 0x41, 0x42,
					 0x43, 0x61, 0x4d0, 0x4d1, 0x70, 0x71, 0x80};

	any_out(ports[fuzz_below(14)], fuzz_below(8) ? 1 : 1u << fuzz_below(3),
		(uint32_t)fuzz_random());
	any_in(ports[fuzz_below(14)], 1);
}

/* ---- interrupt controllers ---- */

static void msr_try(uint32_t msr, uint64_t value)
{
	uint32_t low = (uint32_t)value, high = (uint32_t)(value >> 32);

	if (fuzz_below(3))
		__asm__ volatile(TRY("wrmsr")::"c"(msr), "a"(low), "d"(high) : "memory");
	else
		__asm__ volatile(TRY("rdmsr") : "+a"(low), "+d"(high) : "c"(msr) : "memory");
}

static void apic_msr(void)
{
	static const uint32_t others[] = {MSR_TSC_DEADLINE, MSR_APIC_BASE};
	uint64_t value = fuzz_below(2) ? fuzz_random() : fuzz_random() & 0x700ff;

	if (fuzz_below(6))
		msr_try(0x800 + (uint32_t)fuzz_below(0x40),
			fuzz_below(4) ? (uint32_t)value : value);
	else if (fuzz_below(2))
		msr_try(others[0], rdtsc() + fuzz_below(100000));
	else
		msr_try(others[1], APIC_PAGE | (fuzz_random() & 0xd00) |
				       (fuzz_below(4) ? 0 : fuzz_below(4) << 12));
}

static void apic_memory(void)
{
	const uint64_t mode = APIC_BASE_ENABLE | APIC_BASE_X2APIC;
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if ((base & mode) != APIC_BASE_ENABLE || (base & PTE_ADDRESS) != APIC_PAGE) {
		wrmsr(MSR_APIC_BASE, APIC_PAGE);
		wrmsr(MSR_APIC_BASE, APIC_PAGE | APIC_BASE_ENABLE);
		wrmsr(MSR_APIC_BASE, APIC_PAGE | APIC_BASE_ENABLE);
	}
	for (uint64_t i = fuzz_below(8); i; i--)
		memory_touch(apic_page + offset_pick(0x400), fuzz_random());
}

static void ioapic_write(unsigned index, uint32_t value)
{
	*(volatile uint32_t *)ioapic_page = index;
	*(volatile uint32_t *)(ioapic_page + 0x10) = value;
}

void ioapic_reset(void)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++)
		ioapic_write(IOAPIC_PIN + 2 * pin, APIC_LVT_MASKED);
}

static void ioapic_memory(void)
{
	for (uint64_t i = fuzz_below(8); i; i--) {
		*(volatile uint32_t *)ioapic_page = (uint32_t)fuzz_below(0x44);
		memory_touch(ioapic_page + 0x10, fuzz_random());
		memory_touch(ioapic_page + offset_pick(0x100), fuzz_random());
	}
}

/** The 8259s are heard, and a timer asks. */
static void lines_open(void)
{
	uint32_t lint0 = APIC_LVT_EXTINT;

	__asm__ volatile(TRY("wrmsr")::"c"(APIC_LVT_LINT0), "a"(lint0), "d"(0) : "memory");
	pic_mask((uint16_t)(fuzz_random() & ~1ul));
	pit_start(0, (unsigned)fuzz_below(6), (uint16_t)(2 + fuzz_below(64)));
	interrupts_open();
}

/* ---- */

void registers_init(void)
{
	struct virtio *virtio;
	struct ata ata;
	uint64_t *root = paging_init();

	fuzz.has_disk = ata_open(&ata);
	if (fuzz.has[BLK])
		virtio_blk_open(&fuzz.blk, 0);
	if (fuzz.has[CONSOLE])
		virtio_console_open(&fuzz.console);
	for (unsigned device = 0; device < DEVICES; device++) {
		virtio = fuzz_virtio(device);
		for (unsigned i = 0; fuzz.has[device] && i < BARS; i++)
			home[device][i] = pci_read(virtio->slot, PCI_BAR(i), 4);
	}
	apic_page = (volatile uint8_t *)WINDOW_APIC;
	ioapic_page = apic_page + PAGE_SIZE;
	paging_map(root, WINDOW_APIC, APIC_PAGE, PTE_P | PTE_W);
	paging_map(root, WINDOW_APIC + PAGE_SIZE, IOAPIC_PAGE, PTE_P | PTE_W);
}

void registers_step(void)
{
	enum { PCI_STEPS = 8 }; /* come first */
	static void (*const steps[])(void) = {
	    config_burst,     bar_move,	   port_bar_move, common_touch,	   common_touch,
	    memory_bar_touch, msix_touch,  notify_port,	  port_any,	   ata_touch,
	    ata_touch,	      uart_touch,  isa_touch,	  isa_touch,	   apic_msr,
	    apic_msr,	      apic_memory, ioapic_memory, interrupts_open, lines_open};
	unsigned first = fuzz_device() == DEVICES ? PCI_STEPS : 0;

	steps[first + fuzz_below(sizeof(steps) / sizeof(steps[0]) - first)]();
}
