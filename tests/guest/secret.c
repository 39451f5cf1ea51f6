// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks for a secret that is not this guest's (core-vmm/test/secret.c puts it everywhere else), in
 * all that it can reach: memory, through its loader's large pages and through tables of its own at
 * random; every port, every MSR, every register. With probe=N only at that physical address,
 * outside its memory. What it knows is the secret's complement: the secret itself is nowhere in it.
 */
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"

#define COMPLEMENT 0xffffa13ed1854e1aul
#define WINDOWS	   512u

static uint64_t looked;
static unsigned found;

static void look(uint64_t word, const char *what, uint64_t where)
{
	looked++;
	if ((word ^ COMPLEMENT) != ~0ul)
		return;
	if (found++ < 64)
		printf("found: %s 0x%lx\n", what, where);
}

static void look_half(uint32_t word, const char *what, uint64_t where)
{
	looked++;
	if ((word ^ (uint32_t)COMPLEMENT) != ~0u)
		return;
	if (found++ < 64)
		printf("found: %s 0x%lx\n", what, where);
}

static void memory_look(uint64_t start, uint64_t bytes, uint64_t physical)
{
	for (uint64_t at = 0; at < bytes; at += 8)
		look(*(volatile uint64_t *)(start + at), "memory", physical + at);
}

/* The whole of memory as the loader maps it: page 0 is memory like any other. */
static void memory_look_all(void)
{
	uint64_t word;

	for (uint64_t at = 0; at < machine.boot->memory_bytes; at += 8) {
		__asm__ volatile("mov (%1), %0" : "=r"(word) : "r"(at) : "memory");
		look(word, "memory", at);
	}
}

/* Pages and large pages at random, through tables that are written again and again. */
static void windows_look(void)
{
	uint64_t *root = paging_init(), state = machine.boot->seed;
	uint64_t *small = paging_entry(root, WINDOW(3), 1),
		 *large = paging_entry(root, WINDOW(4), 2);

	for (unsigned i = 0; i < WINDOWS; i++) {
		uint64_t physical = random_next(&state) % machine.boot->memory_bytes;

		pte_write(small, (physical & PTE_ADDRESS) | PTE_P | PTE_U);
		invlpg(WINDOW(3));
		memory_look(WINDOW(3), PAGE_SIZE, physical & PTE_ADDRESS);
		if (i % 64)
			continue;
		physical &= -LARGE_SIZE;
		pte_write(large, physical | PTE_P | PTE_PS);
		invlpg(WINDOW(4));
		memory_look(WINDOW(4), LARGE_SIZE, physical);
	}
}

static uint32_t in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void ports_look(void)
{
	uint64_t last = 0;

	for (unsigned port = 0; port <= 0xffff; port++) {
		uint32_t now = in32((uint16_t)port);

		look(last | (uint64_t)now << 32, "port", port);
		look_half(now, "port", port);
		last = now;
	}
}

static void msrs_look(void)
{
	static const uint32_t ranges[] = {0, 0xc0000000, 0x40000000};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		for (uint32_t at = 0; at < 0x2000; at++) {
			uint64_t value = try_rdmsr(ranges[i] + at);

			look(value, "MSR", ranges[i] + at);
			look_half((uint32_t)value, "MSR", ranges[i] + at);
		}
	}
}

#define XMM(n)                                                                                     \
	__asm__ volatile("movq %%xmm" #n ", %0\n\tpsrldq $8, %%xmm" #n "\n\tmovq %%xmm" #n ", %1"  \
			 : "=r"(low), "=r"(high));                                                 \
	look(low, "XMM", n);                                                                       \
	look(high, "XMM", n)
#define DR(n)                                                                                      \
	__asm__ volatile("mov %%dr" #n ", %0" : "=r"(low));                                        \
	look(low, "DR", n)

static void registers_look(void)
{
	uint64_t low, high;

	XMM(0);
	XMM(1);
	XMM(2);
	XMM(3);
	XMM(4);
	XMM(5);
	XMM(6);
	XMM(7);
	XMM(8);
	XMM(9);
	XMM(10);
	XMM(11);
	XMM(12);
	XMM(13);
	XMM(14);
	XMM(15);
	DR(0);
	DR(1);
	DR(2);
	DR(3);
	look(cr2_read(), "CR", 2);
}

static void cpuid_look(void)
{
	static const uint32_t ranges[] = {0, 0x40000000, 0x80000000};

	for (unsigned i = 0; i < 3 * 64; i++) {
		struct cpuid leaf = cpuid(ranges[i / 64] + i % 64, 0);

		look(leaf.eax | (uint64_t)leaf.ebx << 32, "CPUID", ranges[i / 64] + i % 64);
		look(leaf.ecx | (uint64_t)leaf.edx << 32, "CPUID", ranges[i / 64] + i % 64);
	}
}

/* Hypercalls that read memory for the guest must not read other memory. */
static void hypercalls_look(void)
{
	uint64_t end = machine.boot->memory_bytes;
	const uint64_t ranges[][2] = {{end, 8},	  {end - 4, 8},	     {~0ul, 1},
				      {~7ul, 16}, {0x100000000, 64}, {end - 4096, 4097}};

	for (unsigned i = 0; machine.vmm && i < sizeof(ranges) / sizeof(*ranges); i++)
		if (hypercall(VTG_CONSOLE_WRITE, ranges[i][0], ranges[i][1]) >= 0)
			found++, printf("found: a hypercall reads at 0x%lx\n", ranges[i][0]);
}

/* By a page of its own or a large one, as the address says. */
static void probe(uint64_t physical)
{
	uint64_t *root = paging_init();
	bool large = physical & LARGE_SIZE;
	uint64_t size = large ? LARGE_SIZE : PAGE_SIZE;

	pte_write(paging_entry(root, WINDOW(5), large ? 2 : 1),
		  (physical & -size) | PTE_P | (large ? PTE_PS : 0));
	memory_look(WINDOW(5), size, physical & -size);
}

int main(void)
{
	uint64_t physical;

	if (!args_check("secret", "probe"))
		return 2;
	physical = args_number("probe", 0, 0);
	if (physical) {
		probe(physical);
	} else {
		registers_look();
		memory_look_all();
		windows_look();
		ports_look();
		msrs_look();
		cpuid_look();
		hypercalls_look();
		printf("secret: looked at %lu places, found %u\n", looked, found);
	}
	return found != 0;
}
