// SPDX-License-Identifier: GPL-2.0-only
/* The local APIC in xAPIC mode and the I/O APIC: registers in memory, and what they do with interrupts. */
#include "tests/guest/test.h"
#include "workloads/lib/apic.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/pit.h"

#define BASE	   WINDOW(41)
#define IOAPIC	   (BASE + PAGE_SIZE)
#define READ_ONLY  (BASE + 2 * PAGE_SIZE)
#define MOVED	   (BASE + 3 * PAGE_SIZE)
#define APIC_AT	   0xfee00000ul
#define IOAPIC_AT  0xfec00000ul
#define APIC_MOVED 0xfed80000ul

#define VECTOR	 0x61
#define HIGH	 0xa1
#define TIMER	 0x71
#define SPURIOUS 0xef

/* What x2APIC mode does not have. */
#define APIC_DFR      0x80e
#define APIC_ICR_HIGH 0x831
#define APIC_NONE     0x804

#define IOAPIC_ID	  0x00
#define IOAPIC_VERSION	  0x01
#define IOAPIC_ENTRY(pin) (0x10 + 2 * (pin))
#define ENTRY_REMOTE_IRR  0x4000u
#define ENTRY_LEVEL	  0x8000u
#define ENTRY_MASKED	  0x10000u

#define PIN_PIT 2

static uint64_t *root;
static unsigned order[16], seen;
static bool in_service, level;
static uint32_t entry_during;

/* ---- accesses ---- */

/** Where register @index (as an MSR: APIC_*) is. */
static uint64_t at(uint32_t index)
{
	return BASE + ((index - 0x800ul) << 4);
}

#define ACCESSORS(bits)                                                                            \
	static uint##bits##_t read##bits(uint64_t address)                                         \
	{                                                                                          \
		return *(volatile uint##bits##_t *)address;                                        \
	}                                                                                          \
                                                                                                   \
	static void write##bits(uint64_t address, uint##bits##_t value)                            \
	{                                                                                          \
		*(volatile uint##bits##_t *)address = value;                                       \
	}
ACCESSORS(8)
ACCESSORS(16)
ACCESSORS(32)
ACCESSORS(64)

static uint32_t apic_read(uint32_t index)
{
	return read32(at(index));
}

static void apic_write(uint32_t index, uint32_t value)
{
	write32(at(index), value);
}

static bool apic_in(uint32_t first, unsigned vector)
{
	return apic_read(first + vector / 32) >> vector % 32 & 1;
}

static uint32_t ioapic_read(unsigned number)
{
	write32(IOAPIC, number);
	return read32(IOAPIC + 0x10);
}

static void ioapic_write(unsigned number, uint32_t value)
{
	write32(IOAPIC, number);
	write32(IOAPIC + 0x10, value);
}

/* ---- interrupts ---- */

static void note(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
	in_service = apic_in(APIC_ISR, (unsigned)frame->vector);
	if (level) {
		entry_during = ioapic_read(IOAPIC_ENTRY(PIN_PIT));
		if (seen == 2)
			pit_stop(0);
	}
	apic_write(APIC_EOI, 0);
}

static void interrupts_open(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tnop\n\tcli" ::: "memory");
}

static void interrupt_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

/** The level of line 0, as the 8259 sees it, is high. */
static void pit_expire(void)
{
	pit_start(0, PIT_ONE_SHOT, 50);
	while (!(pic_requests() & 1))
		;
}

/** What Bochs 2.7's own devices do otherwise. */
static void vmm_ok(bool good, const char *name, const char *reason)
{
	if (machine.vmm)
		test_ok(good, name);
	else
		test_skip(name, reason);
}

/* ---- the local APIC ---- */

static void registers(void)
{
	test_equal(rdmsr(MSR_APIC_BASE) & (PTE_ADDRESS | APIC_BASE_ENABLE | APIC_BASE_X2APIC),
		   APIC_AT | APIC_BASE_ENABLE, "the APIC is enabled in xAPIC mode");
	apic_write(APIC_SVR, APIC_SVR_ENABLED | SPURIOUS);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_1);
	test_equal(apic_read(APIC_ID), 0, "ID");
	test_equal(apic_read(APIC_VERSION) & 0xff00ff, 0x50014, "version: 0x14, six LVT entries");
	test_equal(apic_read(APIC_SVR), APIC_SVR_ENABLED | SPURIOUS, "SVR keeps its value");
	apic_write(APIC_TPR, 0x35);
	test_equal(apic_read(APIC_TPR), 0x35, "TPR keeps its value");
	test_equal(cr8_read(), 3, "CR8 is the TPR's upper half");
	cr8_write(7);
	test_equal(apic_read(APIC_TPR), 0x70, "and the TPR is CR8");
	test_equal(apic_read(APIC_PPR), 0x70, "PPR: with nothing in service, the TPR");
	__asm__ volatile("orl $8, (%0)\n\tandl $0xf, (%0)" ::"r"(at(APIC_TPR)) : "memory", "cc");
	test_equal(cr8_read(), 0, "an instruction that reads and writes it");
	test_equal(apic_read(APIC_TPR), 8, "does both");
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LDR, 0x01ffffff);
	test_equal(apic_read(APIC_LDR), 0x01000000, "LDR: its upper byte");
	test_equal(apic_read(APIC_DFR), 0xffffffff, "DFR: flat");
	apic_write(APIC_ESR, 0);
	test_equal(apic_read(APIC_ESR), 0, "ESR: no error");
	apic_read(APIC_NONE);
	apic_write(APIC_ESR, 0);
	test_equal(apic_read(APIC_ESR), 0x80, "ESR: no such register");
	apic_write(APIC_ESR, 0);
	try_rdmsr(APIC_ID);
	test_trap(VECTOR_GP, 0, "x2APIC mode's MSRs are not there");
}

static void sizes(void)
{
	uint64_t svr = at(APIC_SVR);
	bool vmm = machine.vmm;

	test_equal(read8(svr), SPURIOUS, "a byte of a register");
	test_equal(read8(svr + 1), 1, "its second byte");
	test_equal(read16(svr), 0x100 | SPURIOUS, "two bytes");
	test_equal(read16(at(APIC_VERSION) + 2) & 0xff, 5, "its upper two bytes");
	vmm_ok(!vmm || (uint32_t)read64(svr) == (0x100 | SPURIOUS), "eight bytes",
	       "Bochs 2.7 panics");
	/* A processor that virtualizes the page writes those bytes, which the LDR does not have. */
	if (vmm) {
		write8(at(APIC_LDR), 0x11);
		write16(at(APIC_LDR), 0x1111);
		write32(at(APIC_LDR) + 4, 0x11000000);
	}
	vmm_ok(apic_read(APIC_LDR) == 0x01000000,
	       "smaller writes, and between registers, are dropped", "Bochs 2.7 panics");
	if (vmm)
		write64(at(APIC_TPR), 0x1234567800000040ul);
	vmm_ok(apic_read(APIC_TPR) == 0x40, "a write of eight bytes: the register's four",
	       "Bochs 2.7 panics");
	apic_write(APIC_TPR, 0);
}

static void mappings(void)
{
	uint64_t pte;

	pte = pte_read(paging_entry(root, READ_ONLY, 1));
	test_equal(pte & (PTE_A | PTE_D), 0, "a second mapping, not used");
	test_equal(read32(READ_ONLY + 0x30) & 0xff, 0x14, "it can be read");
	pte = pte_read(paging_entry(root, READ_ONLY, 1));
	test_equal(pte & (PTE_A | PTE_D), PTE_A, "its PTE: accessed, not dirty");
	try_write(READ_ONLY + 0x80, 0x55);
	test_fault(3, READ_ONLY + 0x80, "it cannot be written");
	test_equal(apic_read(APIC_TPR), 0, "nor was it");
	pte = pte_read(paging_entry(root, BASE, 1));
	test_equal(pte & (PTE_A | PTE_D), PTE_A | PTE_D, "the first: accessed, dirty");
	try_read(MOVED);
	test_fault(0, MOVED, "a page that is not mapped");
}

static void to_itself(void)
{
	seen = 0;
	apic_write(APIC_ICR, APIC_ICR_SELF | VECTOR);
	test_ok(apic_in(APIC_IRR, VECTOR), "IF=0: the interrupt is requested");
	test_equal(seen, 0, "and waits");
	interrupts_open();
	test_ok(seen == 1 && order[0] == VECTOR, "IF=1: it is delivered");
	test_ok(in_service, "then it is in service");
	test_ok(!apic_in(APIC_ISR, VECTOR) && !apic_in(APIC_IRR, VECTOR), "EOI ends that");
	seen = 0;
	apic_write(APIC_ICR_HIGH, 0);
	apic_write(APIC_ICR, VECTOR);
	apic_write(APIC_ICR, APIC_ICR_SELF | HIGH);
	interrupts_open();
	test_ok(seen == 2 && order[0] == HIGH && order[1] == VECTOR, "the higher vector first");
	seen = 0;
	apic_write(APIC_ICR_HIGH, 7u << 24);
	test_equal(apic_read(APIC_ICR_HIGH), 7u << 24, "ICR: its upper half");
	apic_write(APIC_ICR, VECTOR);
	interrupts_open();
	test_equal(seen, 0, "to a processor that is not there");
	apic_write(APIC_ICR_HIGH, 1u << 24);
	apic_write(APIC_ICR, 0x800 | VECTOR);
	interrupts_open();
	test_equal(seen, 1, "to a logical destination");
	apic_write(APIC_TPR, VECTOR & 0xf0);
	apic_write(APIC_ICR, APIC_ICR_SELF | VECTOR);
	interrupts_open();
	test_equal(seen, 1, "a priority not above the TPR's waits");
	__asm__ volatile("sti" ::: "memory");
	apic_write(APIC_TPR, 0);
	__asm__ volatile("nop\n\tcli" ::: "memory");
	test_equal(seen, 2, "TPR lowered: what waited comes");
}

static void timer(void)
{
	uint64_t start;

	seen = 0;
	apic_write(APIC_LVT_TIMER, APIC_TIMER_ONE_SHOT | TIMER);
	start = rdtsc();
	apic_write(APIC_INITIAL, 200000);
	test_ok(apic_read(APIC_CURRENT), "the timer counts");
	interrupt_wait();
	test_ok(seen == 1 && order[0] == TIMER, "one-shot: HLT ends");
	test_ok(rdtsc() - start >= 200000, "one-shot: not too early");
	test_equal(apic_read(APIC_CURRENT), 0, "one-shot: the count has ended");
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | TIMER);
	apic_write(APIC_INITIAL, 10000);
	while (apic_read(APIC_CURRENT))
		;
	interrupts_open();
	test_equal(seen, 1, "masked: it counts, and nothing comes");
}

static void moved(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	paging_map(root, MOVED, APIC_MOVED, PTE_P | PTE_W);
	wrmsr(MSR_APIC_BASE, (base & ~PTE_ADDRESS) | APIC_MOVED);
	write32(MOVED + 0x80, 0x30);
	test_equal(cr8_read(), 3, "the registers' page is moved");
	wrmsr(MSR_APIC_BASE, base);
	test_equal(apic_read(APIC_TPR), 0x30, "and back");
	apic_write(APIC_TPR, 0);
}

/* ---- the I/O APIC ---- */

static void ioapic_registers(void)
{
	test_equal(ioapic_read(IOAPIC_VERSION), 0x170011, "I/O APIC: version 0x11, 24 pins");
	test_equal(read32(IOAPIC), IOAPIC_VERSION, "IOREGSEL keeps its value");
	test_equal(read8(IOAPIC + 0x12), 0x17, "a byte of IOWIN");
	ioapic_write(IOAPIC_ID, 0x05ffffff);
	test_equal(ioapic_read(IOAPIC_ID), 0x05000000, "ID keeps its value");
	ioapic_write(IOAPIC_VERSION, 0);
	test_equal(ioapic_read(IOAPIC_VERSION), 0x170011, "version does not");
	test_equal(ioapic_read(IOAPIC_ENTRY(23)) & ENTRY_MASKED, ENTRY_MASKED,
		   "an entry is masked at first");
	ioapic_write(IOAPIC_ENTRY(23), ENTRY_MASKED | ENTRY_LEVEL | 0x2955);
	ioapic_write(IOAPIC_ENTRY(23) + 1, 0x03000000);
	test_equal(ioapic_read(IOAPIC_ENTRY(23)), ENTRY_MASKED | ENTRY_LEVEL | 0x2955,
		   "an entry keeps its lower half");
	test_equal(ioapic_read(IOAPIC_ENTRY(23) + 1), 0x03000000, "and its destination");
	ioapic_write(IOAPIC_ENTRY(23), ENTRY_MASKED);
}

static void edge(void)
{
	pit_stop(0);
	seen = 0;
	ioapic_write(IOAPIC_ENTRY(PIN_PIT) + 1, 0);
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), VECTOR);
	pit_start(0, PIT_ONE_SHOT, 2000);
	interrupt_wait();
	test_ok(seen == 1 && order[0] == VECTOR, "edge: HLT ends");
	test_ok(in_service && !apic_in(APIC_ISR, VECTOR), "edge: in service until EOI");
	test_ok(!apic_in(APIC_TMR, VECTOR), "edge: the TMR says so");
	interrupts_open();
	test_equal(seen, 1, "edge: once");
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), HIGH);
	ioapic_write(IOAPIC_ENTRY(PIN_PIT) + 1, 0);
	pit_start(0, PIT_RATE, 1193);
	for (seen = 0; seen < 5;)
		interrupt_wait();
	test_equal(order[4], HIGH, "edge: another vector, periodic");
	pit_stop(0);
	interrupts_open();
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), ENTRY_MASKED | VECTOR);
}

/* 82093AA: an edge on a masked pin is lost, whether or not something looked at the line meanwhile. */
static void masked(void)
{
	static const char reason[] = "Bochs 2.7 keeps it";
	uint64_t start;

	seen = 0;
	pit_expire();
	interrupts_open();
	test_equal(seen, 0, "masked: an edge is not delivered");
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), VECTOR);
	interrupts_open();
	vmm_ok(seen == 0, "unmasked: nor is it then", reason);
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), ENTRY_MASKED | VECTOR);
	seen = 0;
	pit_start(0, PIT_ONE_SHOT, 50);
	for (start = rdtsc(); rdtsc() - start < machine.boot->tsc_hz / 1000;)
		;
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), VECTOR);
	interrupts_open();
	vmm_ok(seen == 0, "unmasked: nor one that nobody saw", reason);
	seen = 0;
	pit_start(0, PIT_ONE_SHOT, 50);
	interrupt_wait();
	test_equal(seen, 1, "unmasked: the next is");
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), ENTRY_MASKED | VECTOR);
}

/* Channel 0's output stays high until it is programmed again. */
static void by_level(void)
{
	static const char reason[] = "Bochs 2.7's I/O APIC has no remote IRR";

	pit_stop(0);
	seen = 0;
	level = true;
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), ENTRY_LEVEL | VECTOR);
	pit_expire();
	test_equal(seen, 0, "level: IF=0: it waits");
	vmm_ok(ioapic_read(IOAPIC_ENTRY(PIN_PIT)) & ENTRY_REMOTE_IRR, "level: remote IRR", reason);
	test_ok(apic_in(APIC_IRR, VECTOR) && apic_in(APIC_TMR, VECTOR), "level: the TMR says so");
	interrupts_open();
	vmm_ok(seen == 2, "level: again after EOI while it is high, then not", reason);
	vmm_ok(entry_during & ENTRY_REMOTE_IRR, "level: remote IRR in service", reason);
	test_ok(!(ioapic_read(IOAPIC_ENTRY(PIN_PIT)) & ENTRY_REMOTE_IRR), "level: EOI ended it");
	level = false;
	ioapic_write(IOAPIC_ENTRY(PIN_PIT), ENTRY_MASKED);
	pit_stop(0);
}

int main(void)
{
	root = paging_init();
	cr0_write(cr0_read() | CR0_WP);
	paging_map(root, BASE, APIC_AT, PTE_P | PTE_W);
	paging_map(root, IOAPIC, IOAPIC_AT, PTE_P | PTE_W);
	paging_map(root, READ_ONLY, APIC_AT, PTE_P);
	pic_mask(0xffff);
	trap_set_handler(VECTOR, note);
	trap_set_handler(HIGH, note);
	trap_set_handler(TIMER, note);
	registers();
	sizes();
	mappings();
	to_itself();
	timer();
	moved();
	ioapic_registers();
	edge();
	masked();
	by_level();
	return test_done();
}
