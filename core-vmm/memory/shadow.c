/* SPDX-License-Identifier: GPL-2.0-only */
/* Shadow paging: faults. shadow.h is the concept. */
#include "core-vmm/memory/shadow.h"
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/memory/shadow_sync.h"
#include "core-vmm/memory/tlb.h"

/** A fault on its way to be resolved. */
struct shadow_fill {
	uint64_t gla;
	uint32_t access;
	uint32_t page;	 /* the last shadow page on the way to gla that shadows a guest's table */
	unsigned start;	 /* its level */
	unsigned rights; /* RIGHT_* of the guest's entries above it */
	unsigned level;	 /* of the leaf to be */
	bool linked;	 /* an entry above the leaf was made */
	struct walk walk;
};

/** On the way down the shadow: the table reached, and the entry looked at last. */
struct descent {
	uint64_t offset; /* of the table in the pool */
	uint64_t entry;
	unsigned index;
};

/** Look at the entry of @level, a constant. If of its @mask it has SHADOW_TABLE only, go there. */
static inline bool descend(const struct shadow *shadow, uint64_t gla, unsigned level, uint64_t mask,
			   struct descent *at)
{
	at->index = walk_index(gla, level);
	at->entry = shadow->entry[at->offset / 8 + at->index];
	if ((at->entry & mask) != SHADOW_TABLE)
		return false;
	at->offset = (at->entry & PTE_ADDRESS) - shadow->entry_phys;
	return true;
}

/**
 * Follow the shadow as long as it follows the guest's tables. It is in step with them, so the
 * guest's walk need only go on from there: walk.level, walk.table and walk.rights say where.
 */
static void path_follow(const struct vcpu *vcpu, struct shadow_fill *fill)
{
	const struct shadow *shadow = shadow_of(vcpu);
	const uint64_t mask = SHADOW_TABLE | SHADOW_DIRECT;
	struct descent at = {.offset = (uint64_t)shadow->root << PAGE_SHIFT};
	unsigned level = 4;
	uint64_t key;

	if (!descend(shadow, fill->gla, 4, mask, &at)) {
		/* the root, which may be nowhere */
		fill->rights = RIGHT_W | RIGHT_U | RIGHT_X;
		fill->walk.table[4] = vcpu->paging.cr3 & PTE_ADDRESS;
	} else {
		level = 3;
		if (descend(shadow, fill->gla, 3, mask, &at))
			level = descend(shadow, fill->gla, 2, mask, &at) ? 1 : 2;
		key = shadow->page[at.offset >> PAGE_SHIFT].key;
		fill->rights = (key & KEY_RIGHTS) >> KEY_RIGHTS_SHIFT;
		fill->walk.table[level] = key & PTE_ADDRESS;
	}
	fill->page = at.offset >> PAGE_SHIFT;
	fill->start = level;
	fill->walk.level = level;
	fill->walk.rights = fill->rights;
}

/** What the guest's entry leaves of @rights (RIGHT_*). */
static unsigned rights_through(unsigned rights, uint64_t entry)
{
	return rights & ((entry & (PTE_W | PTE_U)) | (entry & PTE_NX ? 0 : RIGHT_X));
}

#define NOWHERE (~0ull)

/** Go down to the leaf for @gla: at->entry, or 0. Returns the key of its page. */
static inline uint64_t leaf_reach(const struct shadow *shadow, uint64_t gla, struct descent *at)
{
	at->offset = (uint64_t)shadow->root << PAGE_SHIFT;
	if (descend(shadow, gla, 4, SHADOW_TABLE, at) &&
	    descend(shadow, gla, 3, SHADOW_TABLE, at) && descend(shadow, gla, 2, SHADOW_TABLE, at))
		descend(shadow, gla, 1, SHADOW_TABLE, at);
	return shadow->page[at->offset >> PAGE_SHIFT].key;
}

/**
 * Where a write leads that faults only because its page is traced: the guest-physical address.
 * NOWHERE: it faults for another reason. Writes to page tables are the most frequent of all faults,
 * and this spares them the walk of the guest's tables, which the shadow follows exactly.
 */
static uint64_t traced_find(const struct vcpu *vcpu, uint64_t gla, uint32_t access)
{
	struct descent at;
	uint64_t key = leaf_reach(shadow_of(vcpu), gla, &at);

	if (!(at.entry & SHADOW_TRACED))
		return NOWHERE;
	if (access & PF_U
		? !(at.entry & PTE_U)
		: at.entry & PTE_U && !(access & ACCESS_AC) && vcpu->paging.cr4 & CR4_SMAP)
		return NOWHERE;
	if (key & KEY_DIRECT)
		return (key & PTE_ADDRESS) + at.index * PAGE_SIZE + (gla & (PAGE_SIZE - 1));
	return (shadow_entry_known(vcpu, key, at.index) & PTE_ADDRESS) | (gla & (PAGE_SIZE - 1));
}

static bool walk_dirty(const struct walk *walk)
{
	return walk->entry[walk->level] & PTE_D;
}

/**
 * The key of the page below the entry of @level; @rights: those of the entries above it. Within a
 * large guest page all below is direct, and its dirty bit is part of the key: once that is set,
 * another page takes over.
 */
static uint64_t key_below(const struct shadow *shadow, const struct shadow_fill *fill,
			  unsigned level, unsigned *rights)
{
	const struct walk *walk = &fill->walk;
	uint64_t key = shadow->mode | (level - 1);

	if (level >= walk->level)
		*rights = rights_through(*rights, walk->entry[level]);
	if (level > walk->level) {
		if (__builtin_expect(shadow->format == WALK_32, 0))
			key |= shadow_32_quadrant(fill->gla, level - 1);
		return key | (uint64_t)*rights << KEY_RIGHTS_SHIFT | walk->table[level - 1];
	}
	if (walk_dirty(walk))
		key |= KEY_DIRTY;
	return key | KEY_DIRECT | (uint64_t)*rights << KEY_RIGHTS_SHIFT |
	       (walk->gpa & ~((1ull << walk_shift(level)) - 1));
}

/** The page below entry @number for @key, found or made, and linked. 0: the pool is used up. */
static uint32_t page_below(struct vcpu *vcpu, struct shadow_fill *fill, uint32_t number,
			   uint64_t key)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint32_t page = shadow_page_find(shadow, key);

	if (!page)
		page = shadow_page_create(vcpu, key);
	else if (shadow->unsyncs)
		shadow_sync_page(vcpu, page);
	if (page) {
		shadow_entry_link(shadow, number, page);
		shadow->page[number >> 9].writes = 0;
		fill->linked = true;
	}
	return page;
}

/** The number of the leaf's entry, the pages above it in place. 0: the pool is used up. */
static uint32_t leaf_find(struct vcpu *vcpu, struct shadow_fill *fill)
{
	struct shadow *shadow = shadow_of(vcpu);
	unsigned rights = fill->rights;
	uint32_t page = fill->page, below, number;
	uint64_t key, entry;

	if (!page)
		return 0;
	for (unsigned level = fill->start; level > fill->level; level--) {
		number = page << 9 | walk_index(fill->gla, level);
		key = key_below(shadow, fill, level, &rights);
		entry = shadow->entry[number];
		below = shadow_page_below(shadow, entry);
		if (!(entry & SHADOW_TABLE) || shadow->page[below].key != key) {
			below = page_below(vcpu, fill, number, key);
			if (!below)
				return 0;
		}
		page = below;
	}
	return page << 9 | walk_index(fill->gla, fill->level);
}

/** Where the leaf goes, and how large it is. 0: the pool is used up. */
static uint32_t leaf_place(struct vcpu *vcpu, struct shadow_fill *fill)
{
	const struct walk *walk = &fill->walk;
	const struct shadow_chunk *chunk = &shadow_of(vcpu)->chunk[walk->gpa >> LARGE_SHIFT];
	uint32_t number;

	fill->level = 1;
	if (fill->start == 1)
		return fill->page << 9 | walk_index(fill->gla, 1);
	if (walk->level > 1 && guest_memory_is_large(&vcpu->vm->memory, walk->gpa) &&
	    !chunk->tables)
		fill->level = 2;
	number = leaf_find(vcpu, fill);
	/* The guest's tables themselves, shadowed only now, may lie in these 2 MiB. */
	if (!number || fill->level == 1 || !chunk->tables)
		return number;
	fill->level = 1;
	return leaf_find(vcpu, fill);
}

/** The leaf: the rights of all guest levels together. Memory types are the VMM's: it is all RAM. */
static uint64_t leaf_value(const struct shadow *shadow, const struct shadow_fill *fill,
			   uint64_t hpa, bool table)
{
	const struct walk *walk = &fill->walk;
	unsigned rights = walk->rights;
	uint64_t value = hpa | PTE_P | PTE_A | (walk->entry[walk->level] & PTE_G);

	if (!(shadow->mode & KEY_WP) && !(rights & RIGHT_W)) {
		/*
		 * The processor runs with CR0.WP set. With the guest's clear, a supervisor may
		 * write anywhere: an entry for supervisors only gives that, until a user's
		 * access takes it back. What SMEP would forbid to execute must then be said.
		 */
		if (!(rights & RIGHT_U)) {
			rights |= RIGHT_W;
		} else if ((fill->access & (PF_W | PF_U)) == PF_W) {
			rights = (rights | RIGHT_W) & ~RIGHT_U;
			if (shadow->mode & KEY_SMEP)
				rights &= ~RIGHT_X;
		}
	}
	value |= rights & RIGHT_U;
	/* Until the guest's dirty bit is set, a write must fault so that it will be. */
	if (rights & RIGHT_W && walk_dirty(walk))
		value |= table ? SHADOW_TRACED : PTE_W | PTE_D;
	if (!(rights & RIGHT_X))
		value |= PTE_NX;
	return fill->level == 2 ? value | PTE_PS : value;
}

/** Map what the guest's tables say. NO_MEMORY: or the pool is used up. */
static enum vts_how fault_fill(struct vcpu *vcpu, struct shadow_fill *fill,
			       struct shadow_frame *frame, uint64_t *size)
{
	struct shadow *shadow = shadow_of(vcpu);
	struct guest_memory *memory = &vcpu->vm->memory;
	uint64_t gpa = fill->walk.gpa, hpa = guest_memory_find(memory, gpa), value, old, bytes;
	uint32_t number;

	if (!hpa)
		hpa = guest_memory_back(memory, gpa);
	if (!hpa)
		return VTS_SHADOW_FAULT_NO_MEMORY;
	number = leaf_place(vcpu, fill);
	if (!number)
		return VTS_SHADOW_FAULT_NO_MEMORY;
	shadow->page[number >> 9].writes = 0;
	if (shadow->unsyncs && fill->walk.level == 1)
		shadow_sync_leaf(vcpu, &fill->walk, fill->gla);
	bytes = 1ull << walk_shift(fill->level);
	value = leaf_value(shadow, fill, hpa & ~(bytes - 1), shadow_frame_traced(frame));
	old = shadow->entry[number];
	/* The fault itself dropped the stale translation that caused it: SDM vol. 3, 4.10.4.1. */
	if (value == old && !fill->linked)
		return VTS_SHADOW_FAULT_SPURIOUS;
	*size = bytes;
	if (value != old)
		shadow_entry_map(shadow, number, value, gpa,
				 fill->level == 2 ? &shadow->chunk[gpa >> LARGE_SHIFT].leaves
						  : &frame->leaves);
	if (fill->walk.dirtied && old)
		return VTS_SHADOW_FAULT_DIRTY;
	return fill->level == 2 ? VTS_SHADOW_FAULT_FILL_LARGE : VTS_SHADOW_FAULT_FILL;
}

/** A supervisor's write that CR0.WP=0 allows, while SMAP makes it matter that the page is a user's.
 */
static bool write_needs_emulation(const struct shadow *shadow, const struct shadow_fill *fill)
{
	return shadow->mode & KEY_SMAP && (fill->access & (PF_W | PF_U)) == PF_W &&
	       (fill->walk.rights & (RIGHT_W | RIGHT_U)) == RIGHT_U;
}

/** A fault at an address that the guest's tables allow. RETRY: pages on the way there are gone. */
#define RETRY ((enum vts_how)0)
static enum vts_how fault_resolve(struct vcpu *vcpu, struct shadow_fill *fill, uint64_t *size)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t gpa = fill->walk.gpa;
	struct shadow_frame *frame = shadow_frame_get(shadow, gpa);
	enum vts_how how;

	if (!frame)
		return VTS_SHADOW_FAULT_NO_MEMORY;
	if (fill->access & PF_W) {
		if (shadow_frame_traced(frame)) {
			if (!write_needs_emulation(shadow, fill) && shadow_unsync(vcpu, gpa)) {
				how = fault_fill(vcpu, fill, frame, size);
				return how == VTS_SHADOW_FAULT_NO_MEMORY ? how
									 : VTS_SHADOW_FAULT_UNSYNC;
			}
			if (!shadow_table_abandoned(shadow, gpa))
				return VTS_SHADOW_FAULT_PT_WRITE;
			shadow_table_drop(vcpu, gpa);
			return RETRY;
		}
		if (write_needs_emulation(shadow, fill))
			return VTS_SHADOW_FAULT_EMULATED;
	}
	return fault_fill(vcpu, fill, frame, size);
}

/** Walk to what is accessed, and resolve the fault; once. */
static enum vts_how fault_try(struct vcpu *vcpu, struct shadow_fill *fill, struct shadow_fault *out)
{
	const struct shadow *shadow = shadow_of(vcpu);
	struct guest_memory *memory = &vcpu->vm->memory;
	enum walk_outcome outcome;

	path_follow(vcpu, fill);
	if (__builtin_expect(shadow->format == WALK_LONG, 1))
		outcome = guest_walk_on(memory, &vcpu->paging, shadow->reserved, fill->gla,
					fill->access, &fill->walk);
	else
		outcome = guest_walk_legacy_on(memory, &vcpu->paging, shadow->reserved, fill->gla,
					       fill->access, &fill->walk);
	switch (outcome) {
	case WALK_FAULT:
		out->error_code = fill->walk.error_code;
		return VTS_SHADOW_FAULT_TRUE_FAULT;
	case WALK_OUTSIDE:
		out->gpa = fill->walk.gpa;
		return VTS_SHADOW_FAULT_OUTSIDE;
	default:
		break;
	}
	out->gpa = fill->walk.gpa;
	if (!guest_memory_has(memory, out->gpa, 1))
		return VTS_SHADOW_FAULT_OUTSIDE;
	return fault_resolve(vcpu, fill, &out->size);
}

/** The same, with the pool emptied. */
static enum vts_how fault_try_emptied(struct vcpu *vcpu, struct shadow_fill *fill,
				      struct shadow_fault *out)
{
	shadow_reclaim(vcpu, VTS_SHADOW_ZAP_RECLAIM);
	if (!shadow_root_renew(vcpu))
		return VTS_SHADOW_FAULT_NO_MEMORY;
	out->root = shadow_root(vcpu);
	return fault_try(vcpu, fill, out);
}

/** The same, with the pool emptied if it is used up. Inline: nearly every fault ends with the first try. */
static inline __attribute__((always_inline)) enum vts_how
fault_try_hard(struct vcpu *vcpu, struct shadow_fill *fill, struct shadow_fault *out)
{
	enum vts_how how = fault_try(vcpu, fill, out);

	if (__builtin_expect(how == VTS_SHADOW_FAULT_NO_MEMORY, 0))
		return fault_try_emptied(vcpu, fill, out);
	return how;
}

enum vts_how shadow_fault(struct vcpu *vcpu, uint64_t gla, uint32_t access,
			  struct shadow_fault *out)
{
	struct shadow *shadow = shadow_of(vcpu);
	struct shadow_fill fill;
	enum vts_how how;

	out->size = 0;
	out->root = 0;
	out->error_code = 0;
	if ((access & (PF_P | PF_W)) == (PF_P | PF_W)) {
		out->gpa = traced_find(vcpu, gla, access);
		if (out->gpa != NOWHERE && shadow_frame_is_table(shadow, out->gpa) &&
		    !shadow_can_unsync(shadow, out->gpa) &&
		    !shadow_table_abandoned(shadow, out->gpa))
			return VTS_SHADOW_FAULT_PT_WRITE;
	}
	out->gpa = 0;
	fill.gla = gla;
	fill.access = access;
	fill.linked = false;
	how = fault_try_hard(vcpu, &fill, out);
	if (__builtin_expect(how == RETRY, 0)) {
		how = fault_try_hard(vcpu, &fill, out);
		if (how != VTS_SHADOW_FAULT_NO_MEMORY)
			how = VTS_SHADOW_FAULT_UNPROTECT;
	}
	shadow_settle(vcpu);
	return how;
}

const uint8_t *shadow_code(const struct vcpu *vcpu, uint64_t rip, bool user, unsigned bytes)
{
	struct descent at;
	uint64_t mask;

	leaf_reach(shadow_of(vcpu), rip, &at);
	if (!at.entry || at.entry & PTE_NX || (rip & (PAGE_SIZE - 1)) > PAGE_SIZE - bytes)
		return NULL;
	if (user ? !(at.entry & PTE_U) : at.entry & PTE_U && vcpu->paging.cr4 & CR4_SMEP)
		return NULL;
	mask = at.entry & PTE_PS ? LARGE_SIZE - 1 : PAGE_SIZE - 1;
	return platform_virt((at.entry & PTE_ADDRESS & ~mask) | (rip & mask));
}

struct decode_cache *shadow_decode_cache(const struct vcpu *vcpu)
{
	return &shadow_of(vcpu)->decoded;
}

const struct shadow_counters *shadow_counters(const struct vcpu *vcpu)
{
	return &shadow_of(vcpu)->counters;
}

bool shadow_flush_owed(const struct vcpu *vcpu)
{
	return shadow_of(vcpu)->flush & OWED;
}
