/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks that need not be done again: what the guest's four-level tables gave before, with the entries that gave it. It is
 * given again only while each of them is what it was, so nothing has to be forgotten when the guest writes its tables.
 */
#ifndef CORE_VMM_MEMORY_WALK_KNOWN_H
#define CORE_VMM_MEMORY_WALK_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/memory/walk.h"

#define WALKS_KNOWN 4

/** All zero at first. */
struct walks_known {
	struct walk_known {
		uint64_t page, cr3, gpa; /* gpa: of the page */
		uint64_t who;		 /* 0: nothing is known */
		const uint64_t *slot[4]; /* the entries, that of a large page more than once */
		uint64_t entry[4];
	} walk[WALKS_KNOWN];
};

/** What but the tables decides about @access: for walk_recall and walk_remember. */
static inline uint64_t walk_who(const struct guest_paging *paging, uint32_t access)
{
	return access | (paging->cr0 & CR0_WP) | (paging->cr4 & (CR4_SMEP | CR4_SMAP)) |
	       (paging->efer & (EFER_LMA | EFER_NXE));
}

/** A fetch that the processor has done itself: it was allowed. */
#define WALK_WHO_FETCHED (PF_ID | EFER_LMA)

/** Whether what @gla translates to for @who, under @cr3, is known: @gpa. */
static inline bool walk_recall(const struct walks_known *known, uint64_t cr3, uint64_t gla,
			       uint64_t who, uint64_t *gpa)
{
	const struct walk_known *walk = &known->walk[(gla >> PAGE_SHIFT) % WALKS_KNOWN];

	if (walk->page != gla >> PAGE_SHIFT || walk->cr3 != cr3 || walk->who != who ||
	    *walk->slot[0] != walk->entry[0] || *walk->slot[1] != walk->entry[1] ||
	    *walk->slot[2] != walk->entry[2] || *walk->slot[3] != walk->entry[3])
		return false;
	*gpa = walk->gpa | (gla & (PAGE_SIZE - 1));
	return true;
}

/** Remember @walk: guest_walk() in format WALK_LONG gave WALK_OK for @gla and @who. */
void walk_remember(struct walks_known *known, const struct guest_memory *memory, uint64_t cr3,
		   uint64_t gla, uint64_t who, const struct walk *walk);

#endif
