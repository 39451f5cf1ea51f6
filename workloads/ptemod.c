// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write a PTE that was not present, and touch its page. Read back: the memory behind, and the PTEs
 * with the accessed and dirty bits that the touch has set.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"
#include "workloads/lib/workload.h"

#define BASE   WINDOW(3)
#define FRAMES 256ul /* pages that the PTEs lead to, in turn */
#define FLAGS  (PTE_P | PTE_W | PTE_U)

static uint64_t *ptes, slots, sampled;
static uint64_t frames;

static uint64_t ptemod_prepare(uint64_t ops)
{
	slots = ops + WORKLOAD_SAMPLES;
	frames = (uint64_t)memory_take(FRAMES * PAGE_SIZE, LARGE_SIZE);
	memset((void *)frames, 0, FRAMES * PAGE_SIZE);
	ptes = paging_window(paging_init(), BASE, slots);
	return ops;
}

static void ptemod_reset(void)
{
	for (uint64_t i = 0; i < slots; i++)
		pte_write(&ptes[window_offset(i) >> 12], 0);
	window_touch(BASE, slots);
	sampled = slots - WORKLOAD_SAMPLES; /* behind those of the phase */
}

static inline void ptemod_once(uint64_t *table, uint64_t offset, uint64_t pte)
{
	pte_write(table + (offset >> 12), pte);
	word_add(BASE + offset, offset);
}

static uint32_t ptemod_sample(void)
{
	uint64_t offset = window_offset(sampled++);

	return TIMED_ASM("", "mov %2, (%1)\n\tadd %2, (%3)", "r"(ptes + (offset >> 12)),
			 "r"(frames | FLAGS), "r"(BASE + offset));
}

static void ptemod_run(uint64_t ops)
{
	uint64_t offset = window_offset(0), frame = 0, first = frames | FLAGS;
	uint64_t *table = ptes;

	for (; ops; ops--) {
		ptemod_once(table, offset, first + frame);
		offset = window_next(offset);
		frame = (frame + PAGE_SIZE) & (FRAMES * PAGE_SIZE - 1);
	}
}

static uint64_t ptemod_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);

	for (uint64_t i = 0; i < FRAMES; i++)
		digest = digest_add(digest, *(volatile uint64_t *)(frames + i * PAGE_SIZE));
	for (uint64_t i = 0; i < ops; i++)
		digest = digest_add(digest, pte_read(&ptes[window_offset(i) >> 12]));
	return digest;
}

const struct workload ptemod_workload = {
    .name = "ptemod",
    .keys = "",
    .ops = 20000,
    .prepare = ptemod_prepare,
    .reset = ptemod_reset,
    .sample = ptemod_sample,
    .run = ptemod_run,
    .digest = ptemod_digest,
};
