// SPDX-License-Identifier: GPL-2.0-only
/*
 * INVLPG, of 64 mapped pages in turn. Before the phase each page was used and its PTE then pointed
 * at another page, with no flush; read back: what lies there now, so that a flush left out may
 * show.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/workload.h"

#define BASE  WINDOW(6)
#define PAGES 64ul
#define FLAGS (PTE_P | PTE_W | PTE_U)

static uint64_t *ptes, frames;

static volatile uint64_t *page_at(uint64_t index)
{
	return (volatile uint64_t *)(BASE + index * PAGE_SIZE);
}

static uint64_t invlpg_prepare(uint64_t ops)
{
	frames = (uint64_t)memory_take(2 * PAGES * PAGE_SIZE, PAGE_SIZE);
	ptes = paging_window(paging_init(), BASE, PAGES);
	for (uint64_t i = 0; i < 2 * PAGES; i++)
		*(uint64_t *)(frames + i * PAGE_SIZE) = i + 1;
	return ops > PAGES ? ops : PAGES;
}

static void invlpg_reset(void)
{
	for (uint64_t i = 0; i < PAGES; i++) {
		pte_write(&ptes[i], (frames + i * PAGE_SIZE) | FLAGS);
		invlpg((uint64_t)page_at(i));
		*page_at(i) += 2 * PAGES;
		pte_write(&ptes[i], (frames + (PAGES + i) * PAGE_SIZE) | FLAGS);
	}
}

static uint32_t invlpg_sample(void)
{
	return TIMED_ASM("", "invlpg (%1)", "r"(BASE));
}

static void invlpg_run(uint64_t ops)
{
	uint64_t offset = 0;

	for (; ops; ops--) {
		invlpg(BASE + offset);
		offset = (offset + PAGE_SIZE) & (PAGES * PAGE_SIZE - 1);
	}
}

static uint64_t invlpg_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);

	for (uint64_t i = 0; i < PAGES; i++)
		digest = digest_add(digest, *page_at(i));
	for (uint64_t i = 0; i < PAGES; i++)
		digest = digest_add(digest, pte_read(&ptes[i]));
	return digest;
}

const struct workload invlpg_workload = {
    .name = "invlpg",
    .keys = "",
    .ops = 100000,
    .prepare = invlpg_prepare,
    .reset = invlpg_reset,
    .sample = invlpg_sample,
    .run = invlpg_run,
    .digest = invlpg_digest,
};
