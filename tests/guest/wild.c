// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that ends badly, or not at all, or only tries to: how=NAME, one of the table below. It
 * prints one line before; tests/e2e/guest-ends.sh says what must follow.
 */
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"

#define APIC_AT 0xfee00000ul

#define TURNS 20000u /* of each fuzzer */

static uint64_t seed;

static void halt_forever(void)
{
	halt();
}

static void triple_fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) empty;

	__asm__ volatile("lidt %0\n\tud2" ::"m"(empty));
}

/** Neither a page fault nor the double fault that comes of it has a stack. */
static void triple_stack(void)
{
	paging_init();
	for (unsigned ist = 1; ist <= 3; ist++)
		trap_set_stack_top(ist, WINDOW(50) + PAGE_SIZE);
	trap_set_stack(VECTOR_PF, 2);
	*(volatile uint64_t *)WINDOW(51) = 1;
}

static void loop(void)
{
	for (;;)
		__asm__ volatile("");
}

static void exit_loop(void)
{
	for (;;)
		__asm__ volatile("xor %%eax, %%eax\n\tcpuid" ::: "rax", "rbx", "rcx", "rdx");
}

static void debug_exit(void)
{
	out8(VTG_PORT_DEBUG_EXIT, (uint8_t)args_number("status", 0, 0));
}

static void plain_exit(void)
{
	machine_exit((uint8_t)args_number("status", 0, 0));
}

static void unexpected(void)
{
	__asm__ volatile("ud2");
}

/* Behind the guest's memory, within the first GiB, which the loader has mapped. */
static uint64_t outside(void)
{
	return machine.boot->memory_bytes + 0x123000;
}

static void read_outside(void)
{
	printf("wild: read %lx\n", *(volatile uint64_t *)outside());
}

static void write_outside(void)
{
	*(volatile uint64_t *)outside() = 1;
}

static void fetch_outside(void)
{
	((void (*)(void))outside())();
}

static void pte_outside(void)
{
	paging_map(paging_init(), WINDOW(50), outside(), PTE_P | PTE_W);
	*(volatile uint64_t *)WINDOW(50) = 1;
}

static void table_outside(void)
{
	pte_write(paging_entry(paging_init(), WINDOW(50), 3), outside() | PTE_P | PTE_W);
	*(volatile uint64_t *)WINDOW(50) = 1;
}

static void root_outside(void)
{
	cr3_write(outside());
}

static void descriptors_outside(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = {4095, outside()};

	__asm__ volatile("lidt %0\n\tud2" ::"m"(idtr));
}

static void stack_outside(void)
{
	__asm__ volatile("mov %0, %%rsp\n\tpush %%rax" ::"r"(outside()) : "memory");
}

/* A string instruction of which the VMM does each byte. */
static void string_outside(void)
{
	uint64_t count = 64, to = outside();

	__asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(VTG_PORT_UART) : "memory");
}

/** The page of its local APIC, at a linear address. */
static uint64_t apic_page(void)
{
	paging_map(paging_init(), WINDOW(50), APIC_AT, PTE_P | PTE_W);
	return WINDOW(50);
}

static void apic_fetch(void)
{
	((void (*)(void))apic_page())();
}

static void apic_stack(void)
{
	trap_set_stack_top(1, apic_page() + PAGE_SIZE);
	trap_set_stack(VECTOR_UD, 1);
	__asm__ volatile("ud2");
}

static void apic_root(void)
{
	cr3_write(APIC_AT);
}

/* Random bytes as code, again and again behind each exception, until something ends it. */
static void random_code(void)
{
	static uint8_t code[64 * 1024] __attribute__((aligned(4096)));

	for (unsigned i = 0; i < sizeof(code); i += 8)
		*(uint64_t *)(code + i) = random_next(&seed);
	for (;;)
		try_fetch((uint64_t)code + random_next(&seed) % sizeof(code));
}

/* Random words over random memory, its own page tables and descriptors among them. */
static void scribble(void)
{
	uint64_t *base = (uint64_t *)4096, count = machine.boot->memory_bytes / 8 - 1024;

	for (uint64_t *table = (uint64_t *)cr3_read();; table = base + random_next(&seed) % count)
		for (unsigned i = 0; i < 64; i++)
			((volatile uint64_t *)table)[random_next(&seed) % 512] = random_next(&seed);
}

/* Small numbers, huge ones, and ones near an edge of memory. */
static uint64_t random_argument(void)
{
	uint64_t value = random_next(&seed);

	switch (value >> 61) {
	case 0:
		return value & 0xff;
	case 1:
		return machine.boot->memory_bytes + (value & 0x3fff) - 0x2000;
	case 2:
		return -(value & 0xffff);
	case 3:
		return value & 0x1fff;
	default:
		return value;
	}
}

/* All but one that ends the VM. */
static void random_hypercalls(void)
{
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t number = random_argument(), first = random_argument();

		if (number == VTG_EXIT && first < 256)
			continue;
		hypercall5(number, first, random_argument(), random_argument(), random_argument(),
			   random_argument());
	}
	printf("\nwild: survived\n");
	machine_exit(0);
}

/* What is written is mostly refused; what is not may well end the guest. */
static void random_registers(void)
{
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t bits = 1ul << (random_next(&seed) & 63), value = random_argument();

		switch (random_next(&seed) % 8) {
		case 0:
			try_cr0(cr0_read() ^ bits);
			break;
		case 1:
			try_cr4(cr4_read() ^ bits);
			break;
		case 2:
			try_wrmsr((uint32_t)(value & 0x1fff), random_argument());
			break;
		case 3:
			try_wrmsr(0xc0000000 | (uint32_t)(value & 0x1ff), random_argument());
			break;
		case 4:
			try_rdmsr((uint32_t)value);
			break;
		case 5:
			__asm__ volatile(TRY("xsetbv")::"a"((uint32_t)bits), "d"(0),
					 "c"((uint32_t)(value & 1))
					 : "memory");
			break;
		case 6:
			__asm__ volatile(TRY("mov %0, %%dr7")::"r"(bits & ~0xfful) : "memory");
			break;
		default:
			__asm__ volatile(TRY("mov %0, %%cr8")::"r"(value & 31) : "memory");
		}
	}
	printf("wild: survived\n");
	machine_exit(0);
}

/* Every port but those that end the VM (isa-debug-exit has four) and the one that prints. */
static void random_ports(void)
{
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t value = random_next(&seed);
		uint16_t port =
		    (uint16_t)(value % 7 ? value >> 16 : VTG_PORT_UART + 1 + (value >> 16) % 8);

		if (port == VTG_PORT_UART || (port & ~3) == VTG_PORT_DEBUG_EXIT)
			continue;
		switch (value >> 60 & 3) {
		case 0:
			in8(port);
			break;
		case 1:
			out8(port, (uint8_t)(port == VTG_PORT_UART + 3 ? value & 0x7f : value));
			break;
		case 2:
			__asm__ volatile("inl %w0, %%eax" ::"d"(port) : "rax");
			break;
		default:
			__asm__ volatile("inw %w0, %%ax" ::"d"(port) : "rax");
		}
	}
	out8(VTG_PORT_UART + 3, 3); /* 8 bits, the data register not replaced by the divisor */
	out8(VTG_PORT_UART + 4, 0); /* no loopback */
	printf("wild: survived\n");
	machine_exit(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
    {"halt", halt_forever},
    {"triple", triple_fault},
    {"triple_stack", triple_stack},
    {"loop", loop},
    {"exit_loop", exit_loop},
    {"exit", plain_exit},
    {"debug_exit", debug_exit},
    {"unexpected", unexpected},
    {"read_outside", read_outside},
    {"write_outside", write_outside},
    {"fetch_outside", fetch_outside},
    {"pte_outside", pte_outside},
    {"table_outside", table_outside},
    {"root_outside", root_outside},
    {"descriptors_outside", descriptors_outside},
    {"stack_outside", stack_outside},
    {"string_outside", string_outside},
    {"apic_fetch", apic_fetch},
    {"apic_stack", apic_stack},
    {"apic_root", apic_root},
    {"code", random_code},
    {"scribble", scribble},
    {"hypercalls", random_hypercalls},
    {"registers", random_registers},
    {"ports", random_ports},
};

int main(void)
{
	seed = machine.boot->seed;
	if (!args_check("wild", "how status"))
		return 2;
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!args_is("how", ways[i].name))
			continue;
		printf("wild: begins\n");
		ways[i].run();
		printf("wild: still there\n");
		return 99;
	}
	printf("wild: how=NAME, with a name from the table at the end of tests/guest/wild.c\n");
	return 2;
}
