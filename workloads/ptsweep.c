// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads from pages in turn, and rate=N (default 10, at most 1000) page-table writes among each 1000
 * of them; an operation is one load. A write maps the page that the next load reads to its other
 * frame, and INVLPG flushes it. Read back: what every load read, which tells the frames apart.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/workload.h"

#define BASE	  WINDOW(11)
#define PAGES	  256ul
#define FLAGS	  (PTE_P | PTE_W | PTE_U)
#define OTHER	  (PAGES * PAGE_SIZE) /* from a page's frame to its other one: a bit of the address */
#define PER_LOADS 1000ul

static uint64_t *ptes, rate, sum;

static uint64_t ptsweep_prepare(uint64_t ops)
{
	uint64_t frames = (uint64_t)memory_take(2 * OTHER, 2 * OTHER);

	rate = args_number("rate", 10, 0);
	if (rate > PER_LOADS) {
		printf("guest: rate: at most %lu writes in so many loads\n", PER_LOADS);
		machine_exit(2);
	}
	ptes = paging_window(paging_init(), BASE, PAGES);
	for (uint64_t i = 0; i < 2 * PAGES; i++)
		*(uint64_t *)(frames + i * PAGE_SIZE) = i * i;
	for (uint64_t i = 0; i < PAGES; i++)
		pte_write(&ptes[i], (frames + i * PAGE_SIZE) | FLAGS);
	return ops;
}

/* Every page is mapped and read, so that the first write finds it so. */
static void ptsweep_reset(void)
{
	window_touch(BASE, PAGES);
	for (uint64_t i = 0; i < PAGES; i++)
		word_add(BASE + i * PAGE_SIZE, 0);
}

/* Rounded up, so that one load is enough for one write. */
static inline uint64_t sweep(uint64_t loads)
{
	uint64_t total = 0, offset = 0, due = PER_LOADS - 1, step = rate;

	for (; loads; loads--) {
		due += step;
		if (due >= PER_LOADS) {
			uint64_t *pte = ptes + (offset >> 12);

			due -= PER_LOADS;
			pte_write(pte, pte_read(pte) ^ OTHER);
			invlpg(BASE + offset);
		}
		total += *(volatile uint64_t *)(BASE + offset);
		offset = (offset + PAGE_SIZE) & (PAGES * PAGE_SIZE - 1);
	}
	return total;
}

/* A batch, loop included: one load is one instruction. */
static uint32_t ptsweep_sample(void)
{
	uint64_t total;
	uint32_t time = TIMED(total = sweep(PER_LOADS)) - TIMED();

	__asm__ volatile("" ::"r"(total));
	return time / PER_LOADS;
}

static void ptsweep_run(uint64_t ops)
{
	sum = sweep(ops);
}

static uint64_t ptsweep_digest(uint64_t ops)
{
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), sum);

	for (uint64_t i = 0; i < PAGES; i++)
		digest = digest_add(digest, pte_read(&ptes[i]));
	return digest;
}

const struct workload ptsweep_workload = {
    .name = "ptsweep",
    .keys = "rate",
    .ops = 50000,
    .prepare = ptsweep_prepare,
    .reset = ptsweep_reset,
    .sample = ptsweep_sample,
    .run = ptsweep_run,
    .digest = ptsweep_digest,
};
