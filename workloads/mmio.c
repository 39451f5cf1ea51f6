// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load from, or with op=write a store to, a register of the I/O APIC that is memory: the low half of the last pin's
 * entry, masked. Read back: every value that is read, and the last that was written.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/workload.h"

#define IOAPIC	    0xfec00000ul /* the page; IOREGSEL, and IOWIN behind it: 82093AA, 3.1 */
#define WINDOW_AT   0x10
#define ENTRY	    (0x10 + 2 * 23) /* pin 23, low half */
#define MASKED	    0x10000u
#define REGISTER(n) ((volatile uint32_t *)(WINDOW(1) + (n)))

static bool writing;
static uint64_t sum;

static uint64_t mmio_prepare(uint64_t ops)
{
	writing = args_choice("op", "read write") == 1;
	paging_map(paging_init(), WINDOW(1), IOAPIC, PTE_P | PTE_W | PTE_A | PTE_D);
	*REGISTER(0) = ENTRY;
	*REGISTER(WINDOW_AT) = MASKED | 0xa5;
	return ops;
}

static uint32_t mmio_sample(void)
{
	if (writing)
		return TIMED_ASM("mov $0x100a5, %%ecx", "mov %%ecx, (%1)",
				 "r"(REGISTER(WINDOW_AT)));
	return TIMED_ASM("", "mov (%1), %%ecx", "r"(REGISTER(WINDOW_AT)));
}

static void mmio_run(uint64_t ops)
{
	uint64_t total = 0;

	if (writing) {
		for (; ops; ops--)
			*REGISTER(WINDOW_AT) = MASKED | (ops & 0x7f) | 0x80;
	} else {
		for (; ops; ops--)
			total += *REGISTER(WINDOW_AT);
	}
	sum = total;
}

static uint64_t mmio_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), sum), *REGISTER(WINDOW_AT));
}

const struct workload mmio_workload = {
    .name = "mmio",
    .keys = "op",
    .ops = 50000,
    .prepare = mmio_prepare,
    .sample = mmio_sample,
    .run = mmio_run,
    .digest = mmio_digest,
};
