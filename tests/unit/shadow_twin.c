/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest may expect: SDM vol. 3, 4.3 to 4.8, as it is written there. */
#include <string.h>

#include "tests/unit/shadow_model.h"

uint8_t model_twin[MODEL_BYTES];

/** A walk on its way down. */
struct twin_walk {
	uint8_t *entry[5]; /* by level; NULL: not in memory */
	unsigned level;
	uint64_t table; /* the next; of a leaf, its page */
	bool user_page, writable, executable, leaf;
	unsigned shift; /* of the leaf */
};

static uint64_t entry_read(const struct twin_walk *walk)
{
	uint64_t entry = 0;

	memcpy(&entry, walk->entry[walk->level], model_width());
	return entry;
}

static bool reserved_set(uint64_t entry, unsigned level)
{
	const struct guest_paging *paging = &fake.vcpu.paging;
	enum walk_format format = walk_format(paging);

	if (format ==
	    WALK_32) /* bits 20 to 13 are address bits 39 to 32: with MAXPHYADDR 40 all may be set */
		return level == 2 && entry & PTE_PS && paging->cr4 & CR4_PSE && entry & 1u << 21;
	if (entry >> MODEL_MAXPHYADDR & ((1ull << (52 - MODEL_MAXPHYADDR)) - 1))
		return true;
	if (format == WALK_PAE && entry >> 52 & 0x7ff)
		return true;
	if (entry & PTE_NX && !(paging->efer & EFER_NXE))
		return true;
	if (level == 4)
		return entry & PTE_PS;
	if (level > 1 && entry & PTE_PS)
		return entry >> 13 & ((1ull << (12 + 9 * (level - 1) - 13)) - 1);
	return false;
}

static struct model_result twin_fault(uint32_t access, uint32_t code)
{
	const struct guest_paging *paging = &fake.vcpu.paging;

	code |= access & (PF_W | PF_U);
	if (access & PF_ID &&
	    ((paging->efer & EFER_NXE && paging->cr4 & CR4_PAE) || paging->cr4 & CR4_SMEP))
		code |= PF_ID;
	return (struct model_result){.kind = MODEL_FAULT, .error_code = code};
}

static bool rights_allow(const struct twin_walk *walk, uint32_t access)
{
	bool user = access & PF_U, write = access & PF_W, fetch = access & PF_ID;
	const struct guest_paging *paging = &fake.vcpu.paging;

	if (fetch && !walk->executable)
		return false;
	if (user)
		return walk->user_page && (!write || walk->writable);
	if (fetch)
		return !walk->user_page || !(paging->cr4 & CR4_SMEP);
	if (walk->user_page && paging->cr4 & CR4_SMAP && !(access & ACCESS_AC))
		return false;
	return !write || walk->writable || !(paging->cr0 & CR0_WP);
}

/** Bits of a linear address that choose an entry of @level, and how many lie below them. */
static unsigned index_of(uint64_t gla, unsigned level)
{
	if (walk_format(&fake.vcpu.paging) == WALK_32)
		return gla >> (level == 2 ? 22 : 12) & 1023;
	return gla >> (12 + 9 * (level - 1)) & 511;
}

/** What the entry says of what is below. */
static void entry_follow(struct twin_walk *walk, uint64_t entry)
{
	const struct guest_paging *paging = &fake.vcpu.paging;
	bool narrow = walk_format(paging) == WALK_32;
	bool large = walk->level > 1 && entry & PTE_PS && (!narrow || paging->cr4 & CR4_PSE);

	walk->user_page = walk->user_page && entry & PTE_U;
	walk->writable = walk->writable && entry & PTE_W;
	walk->executable = walk->executable && (narrow || !(entry & PTE_NX));
	walk->table = entry & (narrow ? 0xfffff000 : PTE_ADDRESS);
	walk->leaf = walk->level == 1 || large;
	walk->shift = 12 + (narrow ? 10 : 9) * (walk->level - 1);
	if (narrow && large)
		walk->table = (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32;
}

/** Where the walk begins. False: with an entry that is not present. */
static bool walk_begin(struct twin_walk *walk, uint64_t gla)
{
	const struct guest_paging *paging = &fake.vcpu.paging;
	uint64_t pdpte = paging->pdpte[gla >> 30 & 3];

	*walk = (struct twin_walk){.user_page = true, .writable = true, .executable = true};
	switch (walk_format(paging)) {
	case WALK_LONG:
		walk->level = 4;
		walk->table = paging->cr3 & PTE_ADDRESS;
		return true;
	case WALK_PAE:
		walk->level = 2;
		walk->table = pdpte & PTE_ADDRESS;
		return pdpte & PTE_P;
	case WALK_32:
		walk->level = 2;
		walk->table = paging->cr3 & 0xfffff000;
		return true;
	default:
		walk->leaf = true;
		walk->shift = 32;
		return true;
	}
}

static struct model_result data_access(uint64_t gpa, uint32_t access, uint64_t value)
{
	struct model_result result = {.kind = MODEL_DONE, .gpa = gpa};

	if (gpa >= MODEL_BYTES)
		return (struct model_result){.kind = MODEL_OUTSIDE, .gpa = gpa};
	memcpy(&result.value, &model_twin[gpa], model_width());
	if (access & PF_W)
		memcpy(&model_twin[gpa], &value, model_width());
	return result;
}

struct model_result model_twin_access(uint64_t gla, uint32_t access, uint64_t value)
{
	struct twin_walk walk;
	uint64_t entry, offset;
	unsigned start;

	if (!walk_begin(&walk, gla))
		return twin_fault(access, 0);
	if (walk.leaf)
		return data_access(gla, access, value);
	for (start = walk.level;; walk.level--) {
		if (walk.table >= MODEL_BYTES)
			return (struct model_result){.kind = MODEL_OUTSIDE, .gpa = walk.table};
		walk.entry[walk.level] =
		    &model_twin[walk.table + index_of(gla, walk.level) * model_width()];
		entry = entry_read(&walk);
		if (!(entry & PTE_P))
			return twin_fault(access, 0);
		if (reserved_set(entry, walk.level))
			return twin_fault(access, PF_P | PF_RSVD);
		entry_follow(&walk, entry);
		if (walk.leaf)
			break;
	}
	if (!rights_allow(&walk, access))
		return twin_fault(access, PF_P);
	for (unsigned at = start; at >= walk.level; at--)
		*walk.entry[at] |= PTE_A;
	if (access & PF_W)
		*walk.entry[walk.level] |= PTE_D;
	offset = (1ull << walk.shift) - 1;
	return data_access((walk.table & ~offset) | (gla & offset), access, value);
}
