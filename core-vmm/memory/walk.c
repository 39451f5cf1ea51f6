/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/walk.h"

/* Bits of a large page's entry that lie below its address; bit 12 is PAT. */
#define LARGE_RESERVED(level) ((1ull << walk_shift(level)) - (1ull << 13))

/** The entry of a table, or NULL if the table is not guest memory. */
static inline const uint64_t *table_entry(const struct guest_memory *memory, uint64_t gpa)
{
	/* A table that was never touched is all zeroes: it need not be backed to be read. */
	static const uint64_t untouched;
	uint64_t hpa = guest_memory_find(memory, gpa);

	if (hpa)
		return platform_virt(hpa);
	return guest_memory_has(memory, gpa, sizeof(uint64_t)) ? &untouched : NULL;
}

/** Whether the rights of all levels allow the access (SDM vol. 3, 4.6.1). */
static bool access_allowed(const struct guest_paging *paging, unsigned rights, uint32_t access)
{
	if (access & PF_ID && !(rights & RIGHT_X))
		return false;
	if (access & PF_U)
		return rights & RIGHT_U && (!(access & PF_W) || rights & RIGHT_W);
	if (access & PF_W && !(rights & RIGHT_W) && paging->cr0 & CR0_WP)
		return false;
	if (!(rights & RIGHT_U))
		return true;
	if (access & PF_ID)
		return !(paging->cr4 & CR4_SMEP);
	return access & ACCESS_AC || !(paging->cr4 & CR4_SMAP);
}

/** The error code of a fault with @cause (PF_P, PF_RSVD): I/D only where the processor defines it.
 */
static uint32_t fault_code(const struct guest_paging *paging, uint32_t access, uint32_t cause)
{
	uint32_t code = cause | (access & (PF_W | PF_U));

	if (paging->efer & EFER_NXE || paging->cr4 & CR4_SMEP)
		code |= access & PF_ID;
	return code;
}

/** Set @bits in the entry of @level. False if the guest changed it meanwhile: walk again. */
static bool entry_mark(uint64_t *slot, struct walk *walk, unsigned level, uint64_t bits)
{
	uint64_t old = walk->entry[level];

	if ((old & bits) == bits)
		return true;
	walk->entry[level] = old | bits;
	return __atomic_compare_exchange_n(slot, &old, old | bits, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

enum walk_outcome guest_walk(const struct guest_memory *memory, const struct guest_paging *paging,
			     uint64_t reserved, uint64_t gla, uint32_t access, struct walk *walk)
{
	const uint64_t *slot[5];
	uint64_t entry, table, all, any;
	unsigned level, shift;

	if (!(paging->efer & EFER_NXE))
		reserved |= PTE_NX;
again:
	table = paging->cr3 & PTE_ADDRESS;
	all = ~0ull;
	any = 0;
	for (level = 4, shift = 39;; level--, shift -= 9) {
		walk->table[level] = table;
		slot[level] = table_entry(memory, table + (gla >> shift & 511) * 8);
		if (!slot[level]) {
			walk->gpa = table;
			walk->level = level;
			return WALK_OUTSIDE;
		}
		entry = __atomic_load_n(slot[level], __ATOMIC_RELAXED);
		walk->entry[level] = entry;
		if (!(entry & PTE_P)) {
			walk->level = level;
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
	}
	walk->level = level;
	walk->gpa = table | (gla & ((1ull << shift) - 1));
	walk->rights = (all & (PTE_W | PTE_U)) | (any & PTE_NX ? 0 : RIGHT_X);
	if (!access_allowed(paging, walk->rights, access)) {
		walk->error_code = fault_code(paging, access, PF_P);
		return WALK_FAULT;
	}
	walk->dirtied = access & PF_W && !(entry & PTE_D);
	if (!(all & PTE_A) || walk->dirtied) {
		/* present entries are never the shared untouched one, so the slots are guest memory
		 */
		for (unsigned upper = 4; upper > level; upper--)
			if (!entry_mark((uint64_t *)slot[upper], walk, upper, PTE_A))
				goto again;
		if (!entry_mark((uint64_t *)slot[level], walk, level,
				access & PF_W ? PTE_A | PTE_D : PTE_A))
			goto again;
	}
	return WALK_OK;

bad_entry:
	walk->level = level;
	walk->error_code = fault_code(paging, access, PF_P | PF_RSVD);
	return WALK_FAULT;
}
