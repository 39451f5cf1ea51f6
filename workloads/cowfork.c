// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fork comes down to: 64 pages of a parent are mapped read-only in it and in its child, with
 * MOV CR3 to flush; the parent then writes each, and the fault's handler copies the page and maps
 * the copy, with INVLPG; the child reads each in its own address space, and finds the old. An
 * operation is one page. Read back: all that the child read, and both copies.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define BASE   WINDOW(9)
#define PAGES  64ul
#define SHARED (PTE_P | PTE_U)
#define OTHER  (PAGES * PAGE_SIZE) /* from a page's frame to its other one: a bit of the address */

static uint64_t parent, child; /* CR3 */
static uint64_t *parent_ptes, *child_ptes;
static uint64_t frames, sum;

static void page_copy(uint64_t to, uint64_t from)
{
	uint64_t words = PAGE_SIZE / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
}

/* Copy on write: the page moves to its other frame, which the child no longer uses. */
static void write_fault(struct trap_frame *frame)
{
	uint64_t address = cr2_read() & -PAGE_SIZE, *pte = parent_ptes + ((address - BASE) >> 12);
	uint64_t old = pte_read(pte) & PTE_ADDRESS;

	(void)frame;
	page_copy(old ^ OTHER, old);
	pte_write(pte, (old ^ OTHER) | SHARED | PTE_W);
	invlpg(address);
}

static uint64_t cowfork_prepare(uint64_t ops)
{
	uint64_t *root = paging_init(), *clone = paging_clone(root);

	parent = (uint64_t)root;
	child = (uint64_t)clone;
	frames = (uint64_t)memory_take(2 * OTHER, 2 * OTHER);
	memset((void *)frames, 0, 2 * OTHER);
	parent_ptes = paging_window(root, BASE, PAGES);
	cr3_write(child);
	child_ptes = paging_window(clone, BASE, PAGES);
	image_touch();
	cr3_write(parent);
	for (uint64_t i = 0; i < PAGES; i++)
		pte_write(&parent_ptes[i], (frames + i * PAGE_SIZE) | SHARED | PTE_W);
	return (ops + PAGES - 1) / PAGES * PAGES;
}

static inline void fork_pages(void)
{
	for (uint64_t i = 0; i < PAGES; i++) {
		uint64_t pte = (pte_read(&parent_ptes[i]) & PTE_ADDRESS) | SHARED;

		pte_write(&parent_ptes[i], pte);
		pte_write(&child_ptes[i], pte);
	}
	cr3_write(parent);
}

/* A round; the sum of what the child reads. */
static uint64_t cowfork_round(uint64_t number)
{
	uint64_t total = 0;

	fork_pages();
	for (uint64_t i = 0; i < PAGES; i++)
		word_add(BASE + i * PAGE_SIZE, number + i);
	cr3_write(child);
	for (uint64_t i = 0; i < PAGES; i++)
		total += *(volatile uint64_t *)(BASE + i * PAGE_SIZE);
	cr3_write(parent);
	return total;
}

static void cowfork_reset(void)
{
	trap_set_handler(VECTOR_PF, write_fault);
	memset((void *)frames, 0, 2 * OTHER);
	window_touch(BASE, PAGES);
	cr3_write(child);
	window_touch(BASE, PAGES);
	cr3_write(parent);
	cowfork_round(0);
	trap_set_handler(VECTOR_PF, NULL);
}

static uint32_t cowfork_sample(void)
{
	uint32_t time;

	trap_set_handler(VECTOR_PF, write_fault);
	time = TIMED(cowfork_round(0)) - TIMED();
	trap_set_handler(VECTOR_PF, NULL);
	return time / PAGES;
}

static void cowfork_run(uint64_t ops)
{
	uint64_t total = 0;

	trap_set_handler(VECTOR_PF, write_fault);
	for (uint64_t round = 1; round <= ops / PAGES; round++)
		total = digest_add(total, cowfork_round(round));
	trap_set_handler(VECTOR_PF, NULL);
	sum = total;
}

static uint64_t cowfork_digest(uint64_t ops)
{
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), sum);

	for (uint64_t i = 0; i < 2 * PAGES; i++)
		digest = digest_add(digest, *(volatile uint64_t *)(frames + i * PAGE_SIZE));
	for (uint64_t i = 0; i < PAGES; i++)
		digest = digest_add(digest_add(digest, pte_read(&parent_ptes[i])),
				    pte_read(&child_ptes[i]));
	return digest;
}

const struct workload cowfork_workload = {
    .name = "cowfork",
    .keys = "",
    .ops = 6400,
    .prepare = cowfork_prepare,
    .reset = cowfork_reset,
    .sample = cowfork_sample,
    .run = cowfork_run,
    .digest = cowfork_digest,
};
