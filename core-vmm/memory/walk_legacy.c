/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest walker outside IA-32e mode: 32-bit paging (SDM vol. 3, 4.3), PAE (4.4), paging off. */
#include "core-vmm/memory/walk.h"
#include "core-vmm/memory/walk_access.h"

#define ENTRY_ADDRESS_32 0xfffff000ull
#define LARGE_ADDRESS_32 0xffc00000ull

/* What stands for an entry where there is none: it grants all. */
#define ENTRY_NONE (PTE_P | PTE_W | PTE_U | PTE_A)

/** Bits that an entry for 4 MiB may not have: of its address bits 39 to 32, which are its bits 20 to
 *  13, those that no address has; and bit 21. */
static uint32_t large_reserved(uint64_t reserved)
{
	return 1u << 21 | (uint32_t)(reserved >> 32 & 0xff) << 13;
}

/** The entry of @level for @gla; NULL if nothing backs its table or it is not guest memory. */
static uint32_t *slot_find(const struct guest_memory *memory, uint64_t table, uint64_t gla,
			   unsigned level)
{
	uint32_t *entries = (uint32_t *)table_find(memory, table);

	return entries ? &entries[gla >> (PAGE_SHIFT + 10 * (level - 1)) & 1023] : NULL;
}

/** Set @bits in the entry of @level. False if the guest changed it meanwhile: walk again. */
static bool slot_mark(const struct guest_memory *memory, struct walk *walk, uint64_t gla,
		      unsigned level, uint32_t bits)
{
	uint32_t old = (uint32_t)walk->entry[level], now = old | bits;

	if (now == old)
		return true;
	walk->entry[level] = now;
	return __atomic_compare_exchange_n(slot_find(memory, walk->table[level], gla, level), &old,
					   now, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static bool walk_mark(const struct guest_memory *memory, struct walk *walk, uint64_t gla,
		      unsigned start)
{
	for (unsigned level = start; level > walk->level; level--)
		if (!slot_mark(memory, walk, gla, level, PTE_A))
			return false;
	return slot_mark(memory, walk, gla, walk->level, walk->dirtied ? PTE_A | PTE_D : PTE_A);
}

/** 32-bit paging, from a table of level walk->level. */
static enum walk_outcome walk_32(const struct guest_memory *memory,
				 const struct guest_paging *paging, uint64_t reserved, uint64_t gla,
				 uint32_t access, struct walk *walk)
{
	unsigned start = walk->level, above = walk->rights, level;
	uint64_t entry, all, offset;
	const uint32_t *slot;

again:
	all = ~0ull;
	for (level = start;; level--) {
		slot = slot_find(memory, walk->table[level], gla, level);
		entry = slot ? __atomic_load_n(slot, __ATOMIC_RELAXED) : 0;
		walk->entry[level] = entry;
		if (!(entry & PTE_P)) {
			walk->gpa = walk->table[level];
			walk->error_code = fault_code(paging, access, 0);
			return guest_memory_has(memory, walk->gpa, PAGE_SIZE) ? WALK_FAULT
									      : WALK_OUTSIDE;
		}
		all &= entry;
		if (level == 1) {
			walk->gpa = entry & ENTRY_ADDRESS_32;
			offset = PAGE_SIZE - 1;
			break;
		}
		if (entry & PTE_PS && paging->cr4 & CR4_PSE) {
			if (entry & large_reserved(reserved)) {
				walk->error_code = fault_code(paging, access, PF_P | PF_RSVD);
				return WALK_FAULT;
			}
			walk->gpa = (entry & LARGE_ADDRESS_32) | (entry >> 13 & 0xff) << 32;
			offset = ~LARGE_ADDRESS_32 & 0xffffffff;
			break;
		}
		walk->table[1] = entry & ENTRY_ADDRESS_32;
	}
	walk->level = level;
	walk->gpa |= gla & offset;
	walk->rights = above & ((all & (PTE_W | PTE_U)) | RIGHT_X);
	if (!access_allowed(paging, walk->rights, access)) {
		walk->error_code = fault_code(paging, access, PF_P);
		return WALK_FAULT;
	}
	walk->dirtied = access & PF_W && !(entry & PTE_D);
	if (!walk_mark(memory, walk, gla, start))
		goto again;
	return WALK_OK;
}

/** Paging off: everything is one's own, at its own address. */
static enum walk_outcome walk_off(uint64_t gla, struct walk *walk)
{
	walk->level = 3;
	walk->entry[3] = ENTRY_NONE | PTE_D;
	walk->gpa = (uint32_t)gla;
	walk->dirtied = false;
	return WALK_OK;
}

enum walk_outcome guest_walk_legacy_on(const struct guest_memory *memory,
				       const struct guest_paging *paging, uint64_t reserved,
				       uint64_t gla, uint32_t access, struct walk *walk)
{
	enum walk_format format = walk_format(paging);
	uint64_t pdpte;

	if (format == WALK_OFF)
		return walk_off(gla, walk);
	if (walk->level == 3) {
		walk->level = 2;
		walk->entry[3] = ENTRY_NONE;
		walk->table[2] = paging->cr3 & ENTRY_ADDRESS_32;
		if (format == WALK_PAE) {
			pdpte = paging->pdpte[gla >> GIGA_SHIFT & 3];
			if (!(pdpte & PTE_P)) {
				walk->level = 3;
				walk->error_code = fault_code(paging, access, 0);
				return WALK_FAULT;
			}
			walk->table[2] = pdpte & PTE_ADDRESS;
		}
	}
	if (format == WALK_PAE)
		return guest_walk_on(memory, paging, reserved | PAE_RESERVED, gla, access, walk);
	return walk_32(memory, paging, reserved, gla, access, walk);
}
