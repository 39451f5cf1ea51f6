/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/walk_known.h"

#include "core-vmm/memory/walk_access.h"

void walk_remember(struct walks_known *known, const struct guest_memory *memory, uint64_t cr3,
		   uint64_t gla, uint64_t who, const struct walk *walk)
{
	struct walk_known *into = &known->walk[(gla >> PAGE_SHIFT) % WALKS_KNOWN];

	*into = (struct walk_known){
	    .page = gla >> PAGE_SHIFT, .cr3 = cr3, .gpa = walk->gpa & PAGE_MASK, .who = who};
	for (unsigned level = 4; level; level--) {
		unsigned at = level > walk->level ? level : walk->level;

		/* it was found present: something backs it, for good */
		into->slot[level - 1] = &table_find(memory, walk->table[at])[walk_index(gla, at)];
		into->entry[level - 1] = walk->entry[at];
	}
}
