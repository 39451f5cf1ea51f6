// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first write to a page of memory, with page=4k (the default) or page=2m; the guest maps the
 * memory with pages of the same size beforehand. Read back: one word in each cache line, which also
 * shows that fresh memory is clear.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/workload.h"

#define SMALL_WINDOW WINDOW(1)
#define LARGE_WINDOW WINDOW(2)
#define FLAGS	     (PTE_P | PTE_W | PTE_U)

static bool large;
static uint64_t sampled;

static void demand_prepare_small(uint64_t pages)
{
	uint64_t *ptes = paging_window(paging_init(), SMALL_WINDOW, pages);
	uint64_t memory = (uint64_t)memory_take(pages * PAGE_SIZE, LARGE_SIZE);

	for (uint64_t i = 0; i < pages; i++)
		pte_write(&ptes[window_offset(i) >> 12], (memory + i * PAGE_SIZE) | FLAGS);
	window_touch(SMALL_WINDOW, pages);
}

static void demand_prepare_large(uint64_t pages)
{
	uint64_t memory = (uint64_t)memory_take(pages * LARGE_SIZE, LARGE_SIZE);
	uint64_t *root = paging_init();

	for (uint64_t i = 0; i < pages; i++)
		pte_write(paging_entry(root, LARGE_WINDOW + i * LARGE_SIZE, 2),
			  (memory + i * LARGE_SIZE) | FLAGS | PTE_PS);
}

/*
 * A sample of 2 MiB pages would take as much memory as the run: four are enough, as all are alike.
 */
static uint64_t samples(void)
{
	return large ? 4 : WORKLOAD_SAMPLES;
}

static uint64_t demand_prepare(uint64_t ops)
{
	large = args_choice("page", "4k 2m") == 1;
	if (large) {
		ops = args_number("ops", 16, 1);
		demand_prepare_large(ops + samples());
	} else {
		demand_prepare_small(ops + samples());
	}
	return ops;
}

static volatile uint64_t *page_at(uint64_t index)
{
	if (large)
		return (volatile uint64_t *)(LARGE_WINDOW + index * LARGE_SIZE);
	return (volatile uint64_t *)(SMALL_WINDOW + window_offset(index));
}

/* Only a page's first write counts: once the pages are used up, their times are given again. */
static uint32_t demand_sample(void)
{
	static uint32_t times[WORKLOAD_SAMPLES];
	uint64_t index = sampled++ % samples();
	volatile uint64_t *page = page_at(index);

	if (sampled <= samples())
		times[index] = TIMED_ASM("", "movq $1, (%1)", "r"(page));
	return times[index];
}

static void demand_run(uint64_t ops)
{
	uint64_t offset;

	if (large) {
		for (uint64_t i = samples(); ops; ops--, i++)
			*page_at(i) = i;
		return;
	}
	offset = window_offset(samples());
	for (; ops; ops--) {
		*(volatile uint64_t *)(SMALL_WINDOW + offset) = offset;
		offset = window_next(offset);
	}
}

static uint64_t demand_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);
	uint64_t lines = (large ? LARGE_SIZE : PAGE_SIZE) / 64;

	for (uint64_t i = samples(); ops; ops--, i++)
		for (uint64_t line = 0; line < lines; line++)
			digest = digest_add(digest, page_at(i)[line * 8]);
	return digest;
}

const struct workload demand_workload = {
    .name = "demand",
    .keys = "page",
    .ops = 8192,
    .prepare = demand_prepare,
    .sample = demand_sample,
    .run = demand_run,
    .digest = demand_digest,
};
