/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/shadow_sync.h"

#include "core-vmm/record.h"

#define ENTRIES 512u

/* A table that changes, and of which nothing is ever used, is one no more. */
#define IDLE_MAX 4

static uint64_t *table_of(const struct vcpu *vcpu, uint64_t gpa)
{
	return platform_virt(guest_memory_find(&vcpu->vm->memory, gpa & PAGE_MASK));
}

uint64_t shadow_entry_known(const struct vcpu *vcpu, uint64_t key, unsigned index)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t gpa = key & PTE_ADDRESS;
	const struct shadow_frame *frame = shadow_frame_find(shadow, gpa);
	const uint64_t *table =
	    frame && frame->unsync ? shadow_unsync_of(shadow, frame)->copy : table_of(vcpu, gpa);

	if (shadow->format == WALK_32)
		return shadow_32_entry(table, key, index);
	return table[index];
}

/** Whether all that the frame is shadowed as is tables of the lowest level. */
static bool frame_is_lowest(const struct shadow *shadow, const struct shadow_frame *frame)
{
	for (uint32_t page = frame->pages; page; page = shadow->page[page].next)
		if (!(shadow->page[page].key & KEY_DIRECT) && shadow_page_level(shadow, page) != 1)
			return false;
	return true;
}

/** A copy to spare, or SHADOW_UNSYNC. */
static unsigned slot_find(const struct shadow *shadow)
{
	unsigned slot = 0;

	while (slot < SHADOW_UNSYNC && (!shadow->unsync[slot].copy || shadow->unsync[slot].gpa))
		slot++;
	return slot;
}

bool shadow_can_unsync(const struct shadow *shadow, uint64_t gpa)
{
	return frame_is_lowest(shadow, shadow_frame_find(shadow, gpa)) &&
	       slot_find(shadow) < SHADOW_UNSYNC;
}

bool shadow_unsync(struct vcpu *vcpu, uint64_t gpa)
{
	struct shadow *shadow = shadow_of(vcpu);
	unsigned slot = slot_find(shadow);

	if (slot == SHADOW_UNSYNC || !frame_is_lowest(shadow, shadow_frame_find(shadow, gpa)))
		return false;
	shadow->unsync[slot].gpa = (gpa & PAGE_MASK) | SHADOW_UNSYNC_USED;
	shadow->unsync[slot].idle = 0;
	__builtin_memcpy(shadow->unsync[slot].copy, table_of(vcpu, gpa), PAGE_SIZE);
	shadow_frame_find(shadow, gpa)->unsync = (slot + 1) & 63;
	shadow->unsyncs++;
	return true;
}

void shadow_sync_forget(struct shadow *shadow, struct shadow_frame *frame)
{
	shadow_unsync_of(shadow, frame)->gpa = 0;
	frame->unsync = 0;
	shadow->unsyncs--;
}

static void zap_record(struct vcpu *vcpu, uint64_t gpa, unsigned removed)
{
	if (!removed)
		return;
	shadow_of(vcpu)->counters.zaps[VTS_SHADOW_ZAP_PT_WRITE] += removed;
	record_shadow_zap(vcpu, VTS_SHADOW_ZAP_PT_WRITE, gpa, removed, 0, 1);
}

/** The next entry from @index on in which the two differ; ENTRIES: none. One iteration, one instruction. */
static unsigned difference_find(const uint64_t *a, const uint64_t *b, unsigned index)
{
	uint64_t left = ENTRIES - index;
	bool equal;

	if (!left)
		return ENTRIES;
	a += index;
	b += index;
	__asm__ volatile("repe cmpsq" : "+S"(a), "+D"(b), "+c"(left), "=@cce"(equal) : : "memory");
	return equal ? ENTRIES : ENTRIES - (unsigned)left - 1;
}

/** Take what changed in the table over into the copy. Returns the entries removed. @narrow, a constant: they have 4 bytes. */
static inline __attribute__((always_inline)) unsigned changes_take(struct shadow *shadow,
								   struct shadow_unsync *unsync,
								   const uint64_t *table,
								   bool narrow, bool *changed)
{
	const struct shadow_frame *frame = shadow_frame_find(shadow, unsync->gpa & PAGE_MASK);
	unsigned removed = 0, index = 0, level;

	while ((index = difference_find(unsync->copy, table, index)) < ENTRIES) {
		uint64_t old = unsync->copy[index], now = table[index];

		unsync->copy[index] = now;
		if (narrow)
			removed += shadow_32_zap(shadow, frame, index, old, now, &level);
		else if (shadow_change_matters(shadow->significant, old, now))
			removed += shadow_index_zap(shadow, frame, index, &level);
		*changed = true;
		index++;
	}
	return removed;
}

/** Bring the frame's pages in step with its table. Whether there was anything to do. */
static bool frame_sync(struct vcpu *vcpu, struct shadow_unsync *unsync)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t gpa = unsync->gpa & PAGE_MASK;
	const uint64_t *table = table_of(vcpu, gpa);
	bool changed = false;
	unsigned removed;

	if (shadow->format == WALK_32)
		removed = changes_take(shadow, unsync, table, true, &changed);
	else
		removed = changes_take(shadow, unsync, table, false, &changed);
	zap_record(vcpu, gpa, removed);
	unsync->idle = removed ? 0 : unsync->idle + 1;
	return changed;
}

void shadow_sync_page(struct vcpu *vcpu, uint32_t page)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t key = shadow->page[page].key;
	const struct shadow_frame *frame = shadow_frame_find(shadow, key & PTE_ADDRESS);

	if (!(key & KEY_DIRECT) && frame->unsync)
		frame_sync(vcpu, shadow_unsync_of(shadow, frame));
}

/** In step again, and traced. */
static void frame_trace(struct vcpu *vcpu, uint64_t gpa)
{
	struct shadow *shadow = shadow_of(vcpu);

	shadow_sync_forget(shadow, shadow_frame_find(shadow, gpa));
	shadow_write_protect(vcpu, gpa);
}

void shadow_sync_end(struct vcpu *vcpu, uint64_t gpa)
{
	struct shadow *shadow = shadow_of(vcpu);

	frame_sync(vcpu, shadow_unsync_of(shadow, shadow_frame_find(shadow, gpa)));
	frame_trace(vcpu, gpa & PAGE_MASK);
}

void shadow_sync_all(struct vcpu *vcpu)
{
	struct shadow *shadow = shadow_of(vcpu);

	for (unsigned slot = 0; slot < SHADOW_UNSYNC && shadow->unsyncs; slot++) {
		struct shadow_unsync *unsync = &shadow->unsync[slot];
		uint64_t gpa = unsync->gpa & PAGE_MASK;

		if (!unsync->gpa)
			continue;
		if (!frame_sync(vcpu, unsync))
			frame_trace(vcpu, gpa);
		else if (unsync->idle == IDLE_MAX)
			shadow_table_drop(vcpu, gpa);
	}
}

static __attribute__((noinline)) void quad_zap(struct vcpu *vcpu, const struct shadow_frame *frame,
					       uint64_t gpa, unsigned index, uint64_t old,
					       uint64_t now)
{
	unsigned level;

	zap_record(vcpu, gpa + index * 8,
		   shadow_quad_zap(shadow_of(vcpu), frame, index, old, now, &level));
}

/** Quadword @index of the table at @gpa is @now, if that is out of step. @narrow: as above. */
static inline __attribute__((always_inline)) void
table_quad_sync(struct vcpu *vcpu, uint64_t gpa, unsigned index, uint64_t now, bool narrow)
{
	struct shadow *shadow = shadow_of(vcpu);
	const struct shadow_frame *frame = shadow_frame_find(shadow, gpa);
	uint64_t *quad, old;

	if (!frame || !frame->unsync)
		return;
	quad = &shadow_unsync_of(shadow, frame)->copy[index];
	old = *quad;
	*quad = now;
	if (narrow || shadow_change_matters(shadow->significant, old, now))
		quad_zap(vcpu, frame, gpa, index, old, now);
}

/** The two entries of 4 bytes for @gla and the address beside it are known now. */
static __attribute__((noinline)) void pair_sync(struct vcpu *vcpu, uint64_t gpa, uint64_t gla)
{
	unsigned index = gla >> (PAGE_SHIFT + 1) & 511;

	table_quad_sync(vcpu, gpa, index, table_of(vcpu, gpa)[index], true);
}

void shadow_sync_leaf(struct vcpu *vcpu, const struct walk *walk, uint64_t gla)
{
	if (__builtin_expect(shadow_of(vcpu)->format == WALK_32, 0))
		pair_sync(vcpu, walk->table[1], gla);
	else
		table_quad_sync(vcpu, walk->table[1], walk_index(gla, 1), walk->entry[1], false);
}

/** Go down from @page, of @level (a constant), if it has a table's page there for @gla. */
static inline bool table_follow(const struct shadow *shadow, uint64_t gla, unsigned level,
				uint32_t *page)
{
	uint64_t entry = shadow->entry[*page << 9 | walk_index(gla, level)];

	if ((entry & (SHADOW_TABLE | SHADOW_DIRECT)) != SHADOW_TABLE)
		return false;
	*page = shadow_page_below(shadow, entry);
	return true;
}

void shadow_sync_address(struct vcpu *vcpu, uint64_t gla)
{
	const struct shadow *shadow = shadow_of(vcpu);
	unsigned index = walk_index(gla, 1);
	uint32_t page = shadow->root;
	uint64_t gpa;

	if (!table_follow(shadow, gla, 4, &page) || !table_follow(shadow, gla, 3, &page) ||
	    !table_follow(shadow, gla, 2, &page))
		return;
	gpa = shadow->page[page].key & PTE_ADDRESS;
	if (__builtin_expect(shadow->format == WALK_32, 0))
		pair_sync(vcpu, gpa, gla);
	else
		table_quad_sync(vcpu, gpa, index, table_of(vcpu, gpa)[index], false);
}
