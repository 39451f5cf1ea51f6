// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pointer chase through mib=N MiB (default 16) in random order, a pointer in each cache line,
 * mapped with page=4k (the default) or page=2m; an operation is one load. Read back: where the
 * chase ends, and the whole chain.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"
#include "workloads/lib/workload.h"

#define BASE	   WINDOW(8)
#define LINE	   64ul
#define FLAGS	   (PTE_P | PTE_W | PTE_U)
#define SAMPLE_OPS 1024u

static uint64_t lines, end;

static uint64_t *line_at(uint64_t index)
{
	return (uint64_t *)(BASE + index * LINE);
}

static void map_small(uint64_t *root, uint64_t memory, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PAGE_SIZE)
		paging_map(root, BASE + at, memory + at, FLAGS);
}

static void map_large(uint64_t *root, uint64_t memory, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += LARGE_SIZE)
		pte_write(paging_entry(root, BASE + at, 2), (memory + at) | FLAGS | PTE_PS);
}

/*
 * One cycle through all lines: Sattolo's algorithm, on indices; then each index becomes an address.
 */
static void chain(void)
{
	uint64_t state = machine.boot->seed;

	for (uint64_t i = 0; i < lines; i++)
		*line_at(i) = i;
	for (uint64_t i = lines - 1; i > 0; i--) {
		uint64_t other = (random_next(&state) >> 32) * i >> 32, index = *line_at(i);

		*line_at(i) = *line_at(other);
		*line_at(other) = index;
	}
	for (uint64_t i = 0; i < lines; i++)
		*line_at(i) = (uint64_t)line_at(*line_at(i));
}

static uint64_t tlbchase_prepare(uint64_t ops)
{
	uint64_t bytes = args_number("mib", 16, 2) << 20 & -LARGE_SIZE;
	uint64_t memory = (uint64_t)memory_take(bytes, LARGE_SIZE);

	if (args_choice("page", "4k 2m"))
		map_large(paging_init(), memory, bytes);
	else
		map_small(paging_init(), memory, bytes);
	lines = bytes / LINE;
	chain();
	end = BASE;
	return ops;
}

static inline uint64_t chase(uint64_t at, uint64_t ops)
{
	for (; ops; ops--)
		at = *(volatile uint64_t *)at;
	return at;
}

/* A batch, as one load is one instruction: the turns of the loop (three) are taken off. */
static uint32_t tlbchase_sample(void)
{
	uint64_t at = BASE;
	uint32_t time = TIMED(at = chase(at, SAMPLE_OPS));

	__asm__ volatile("" ::"r"(at));
	return (time - 2 * SAMPLE_OPS) / SAMPLE_OPS;
}

static void tlbchase_run(uint64_t ops)
{
	end = chase(BASE, ops);
}

static uint64_t tlbchase_digest(uint64_t ops)
{
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), end);

	for (uint64_t i = 0; i < lines; i += 8)
		digest = digest_add(digest, *line_at(i));
	return digest;
}

const struct workload tlbchase_workload = {
    .name = "tlbchase",
    .keys = "mib page",
    .ops = 2000000,
    .prepare = tlbchase_prepare,
    .sample = tlbchase_sample,
    .run = tlbchase_run,
    .digest = tlbchase_digest,
};
