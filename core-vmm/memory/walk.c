/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/walk.h"

#include "core-vmm/memory/walk_access.h"

/* Bits of a large page's entry that lie below its address; bit 12 is PAT. */
#define LARGE_RESERVED(level) ((1ull << walk_shift(level)) - (1ull << 13))

/** Set @bits in the entry of @level. False if the guest changed it meanwhile: walk again. */
static inline bool entry_mark(uint64_t *slot, struct walk *walk, unsigned level, uint64_t bits)
{
	uint64_t old = walk->entry[level];

	walk->entry[level] = old | bits;
	return __atomic_compare_exchange_n(slot, &old, old | bits, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

/** Set the accessed bits above the leaf, from level @start down. False: walk again. */
static bool upper_mark(const struct guest_memory *memory, struct walk *walk, uint64_t gla,
		       unsigned start)
{
	for (unsigned level = start; level > walk->level; level--) {
		/* its entry was found present: something backs it */
		uint64_t *table = table_find(memory, walk->table[level]);

		if (!(walk->entry[level] & PTE_A) &&
		    !entry_mark(&table[walk_index(gla, level)], walk, level, PTE_A))
			return false;
	}
	return true;
}

enum walk_outcome guest_walk_on(const struct guest_memory *memory,
				const struct guest_paging *paging, uint64_t reserved, uint64_t gla,
				uint32_t access, struct walk *walk)
{
	unsigned start = walk->level, above = walk->rights, level, shift;
	uint64_t entry, table, all, any;
	uint64_t *entries;

	if (!(paging->efer & EFER_NXE))
		reserved |= PTE_NX;
again:
	level = start;
	shift = walk_shift(level);
	table = walk->table[level];
	all = ~0ull;
	any = 0;
	for (;;) {
		entries = table_find(memory, table);
		/* A table that was never touched is all zeroes. */
		entry =
		    entries ? __atomic_load_n(&entries[gla >> shift & 511], __ATOMIC_RELAXED) : 0;
		walk->entry[level] = entry;
		if (!(entry & PTE_P)) {
			if (!guest_memory_has(memory, table, PAGE_SIZE)) {
				walk->gpa = table;
				return WALK_OUTSIDE;
			}
			walk->error_code = fault_code(paging, access, 0);
			return WALK_FAULT;
		}
		if (entry & reserved)
			goto bad_entry;
		all &= entry;
		any |= entry;
		table = entry & PTE_ADDRESS;
		if (level == 1)
			break;
		if (entry & PTE_PS) {
			if (level == 4 || entry & LARGE_RESERVED(level))
				goto bad_entry;
			table &= ~((1ull << shift) - 1);
			break;
		}
		level--;
		shift -= 9;
		walk->table[level] = table;
	}
	walk->level = level;
	walk->gpa = table | (gla & ((1ull << shift) - 1));
	walk->rights = above & ((all & (PTE_W | PTE_U)) | (any & PTE_NX ? 0 : RIGHT_X));
	if (!access_allowed(paging, walk->rights, access)) {
		walk->error_code = fault_code(paging, access, PF_P);
		return WALK_FAULT;
	}
	walk->dirtied = access & PF_W && !(entry & PTE_D);
	if (!(all & PTE_A) || walk->dirtied) {
		if (level != start && !upper_mark(memory, walk, gla, start))
			goto again;
		if (!entry_mark(&entries[gla >> shift & 511], walk, level,
				walk->dirtied ? PTE_A | PTE_D : PTE_A))
			goto again;
	}
	return WALK_OK;

bad_entry:
	walk->error_code = fault_code(paging, access, PF_P | PF_RSVD);
	return WALK_FAULT;
}

enum walk_outcome guest_walk(const struct guest_memory *memory, const struct guest_paging *paging,
			     uint64_t reserved, uint64_t gla, uint32_t access, struct walk *walk)
{
	walk->rights = RIGHT_X | RIGHT_W | RIGHT_U;
	if (!(paging->efer & EFER_LMA)) {
		walk->level = 3;
		return guest_walk_legacy_on(memory, paging, reserved, gla, access, walk);
	}
	walk->level = 4;
	walk->table[4] = paging->cr3 & PTE_ADDRESS;
	return guest_walk_on(memory, paging, reserved, gla, access, walk);
}
