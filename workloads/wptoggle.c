// SPDX-License-Identifier: GPL-2.0-only
/*
 * CR0.WP cleared and set again, as a kernel does that patches its own text; an operation is both.
 * With touch=1 a page mapped read-only is written in between. Read back: CR0, and whether such a
 * write succeeds with the bit clear, and faults with it set.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define BASE WINDOW(12)

static uint64_t cr0; /* with WP set */
static bool touch;
static uint64_t *frame;

static uint64_t wptoggle_prepare(uint64_t ops)
{
	uint64_t *ptes = paging_window(paging_init(), BASE, 1);

	touch = args_choice("touch", "0 1");
	frame = memory_take(PAGE_SIZE, PAGE_SIZE);
	*frame = 0;
	pte_write(ptes, (uint64_t)frame | PTE_P);
	cr0 = cr0_read() | CR0_WP;
	cr0_write(cr0);
	return ops;
}

static inline void clear(void)
{
	cr0_write(cr0 & ~CR0_WP);
}

static inline void set(void)
{
	cr0_write(cr0);
}

/* The page is accessed once, so that with touch=1 only the operations change anything. */
static void wptoggle_reset(void)
{
	clear();
	word_add(BASE, 0);
	set();
}

static uint32_t wptoggle_sample(void)
{
	if (touch)
		return TIMED_ASM("", "mov %1, %%cr0\n\tadd %1, (%3)\n\tmov %2, %%cr0",
				 "r"(cr0 & ~CR0_WP), "r"(cr0), "r"(BASE));
	return TIMED_ASM("", "mov %1, %%cr0\n\tmov %2, %%cr0", "r"(cr0 & ~CR0_WP), "r"(cr0));
}

static void wptoggle_run(uint64_t ops)
{
	if (touch) {
		for (; ops; ops--) {
			clear();
			word_add(BASE, ops);
			set();
		}
	} else {
		for (; ops; ops--) {
			clear();
			set();
		}
	}
}

/* The error code of a write to the page; 0 if it succeeds. */
static uint64_t try_write(void)
{
	trap_seen = (struct trap){.vector = TRAP_NONE};
	__asm__ volatile(TRY("incq (%0)")::"r"(BASE) : "memory", "cc");
	return trap_seen.vector == VECTOR_PF ? trap_seen.error : trap_seen.vector - TRAP_NONE;
}

static uint64_t wptoggle_digest(uint64_t ops)
{
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), cr0_read());

	digest = digest_add(digest, try_write());
	clear();
	digest = digest_add(digest_add(digest, cr0_read()), try_write());
	set();
	return digest_add(digest_add(digest, try_write()), *(volatile uint64_t *)frame);
}

const struct workload wptoggle_workload = {
    .name = "wptoggle",
    .keys = "touch",
    .ops = 20000,
    .prepare = wptoggle_prepare,
    .reset = wptoggle_reset,
    .sample = wptoggle_sample,
    .run = wptoggle_run,
    .digest = wptoggle_digest,
};
