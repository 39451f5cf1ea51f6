// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mmap, a use, and munmap come down to: 64 times map a page, touch it and unmap it, then MOV
 * CR3, and again; an operation is one page. Read back: the memory, and each PTE as the touch has
 * left it.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"
#include "workloads/lib/workload.h"

#define BASE  WINDOW(7)
#define PAGES 64ul /* a round */
#define FLAGS (PTE_P | PTE_W | PTE_U)

static uint64_t *ptes, frames, root, sum;

static uint64_t mmapchurn_prepare(uint64_t ops)
{
	root = (uint64_t)paging_init();
	frames = (uint64_t)memory_take(PAGES * PAGE_SIZE, PAGE_SIZE);
	memset((void *)frames, 0, PAGES * PAGE_SIZE);
	ptes = paging_window((uint64_t *)root, BASE, PAGES);
	return (ops + PAGES - 1) / PAGES * PAGES;
}

static inline uint64_t mmapchurn_round(uint64_t shift)
{
	uint64_t total = 0, first = frames | FLAGS, *pte = ptes;

	for (uint64_t i = 0; i < PAGES; i++, pte++) {
		pte_write(pte, first + (((i + shift) & (PAGES - 1)) << 12));
		word_add(BASE + (i << 12), i + 1);
		total += pte_read(pte);
		pte_write(pte, 0);
	}
	cr3_write(root);
	return total;
}

static uint32_t mmapchurn_sample(void)
{
	return (TIMED(mmapchurn_round(0)) - TIMED()) / PAGES;
}

static void mmapchurn_run(uint64_t ops)
{
	uint64_t total = 0;

	for (uint64_t round = 0; round < ops / PAGES; round++)
		total += mmapchurn_round(round);
	sum = total;
}

static uint64_t mmapchurn_digest(uint64_t ops)
{
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), sum);

	for (uint64_t i = 0; i < PAGES; i++)
		digest = digest_add(digest, *(volatile uint64_t *)(frames + i * PAGE_SIZE));
	return digest;
}

const struct workload mmapchurn_workload = {
    .name = "mmapchurn",
    .keys = "",
    .ops = 19200,
    .prepare = mmapchurn_prepare,
    .sample = mmapchurn_sample,
    .run = mmapchurn_run,
    .digest = mmapchurn_digest,
};
