/* SPDX-License-Identifier: GPL-2.0-only */
/* Shadow paging: the guest writes to its page tables. */
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/record.h"

/*
 * A table that is written over and over with no entry ever used is being built, or is no longer a
 * table. To trap the writes costs about as much each as to fill an entry again. So give the table
 * up once the writes have cost as much as the entries would that are lost by it: at worst twice the
 * cost of knowing beforehand.
 */
#define WRITES_SPARED 4

/* The same instruction gives up the same table so often in a row only if it does not get past it.
 */
#define REPEATS_MAX 4096

/* What one instruction writes, but for those that string I/O moves many of. */
#define PIECE_MAX 16u

static void bytes_store(void *to, const void *from, unsigned bytes)
{
	if (bytes == 8) {
		__builtin_memcpy(to, from, 8);
		return;
	}
	if (bytes > PIECE_MAX) {
		uint64_t words = bytes / 8;

		__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
		bytes %= 8;
	}
	for (unsigned i = 0; i < bytes; i++)
		((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

static void zap_record(struct vcpu *vcpu, uint64_t gpa, unsigned removed, unsigned level)
{
	shadow_of(vcpu)->counters.zaps[VTS_SHADOW_ZAP_PT_WRITE] += removed;
	record_shadow_zap(vcpu, VTS_SHADOW_ZAP_PT_WRITE, gpa, removed, 0, level);
}

/** shadow_write to a frame that is a page table, where @to is; but what guests write is whole
 * entries. */
static __attribute__((noinline)) void table_write(struct vcpu *vcpu, uint64_t gpa, void *to,
						  const void *from, unsigned bytes)
{
	struct shadow *shadow = shadow_of(vcpu);
	const struct shadow_frame *frame = shadow_frame_find(shadow, gpa);
	const uint64_t *slot = (uint64_t *)((uint64_t)to & ~7ull);
	unsigned index = (gpa & (PAGE_SIZE - 1)) / 8, level = 0, removed = 0;
	unsigned count = (gpa % 8 + bytes + 7) / 8;
	uint64_t old[3];

	for (unsigned i = 0; i < count; i++)
		old[i] = slot[i];
	bytes_store(to, from, bytes);
	for (unsigned i = 0; i < count; i++)
		removed += shadow_quad_zap(shadow, frame, index + i, old[i], slot[i], &level);
	if (removed)
		zap_record(vcpu, gpa, removed, level);
}

/** The same for a whole entry, which is what guests write. */
static void entry_write(struct vcpu *vcpu, uint64_t gpa, uint64_t *slot, uint64_t now)
{
	struct shadow *shadow = shadow_of(vcpu);
	unsigned level = 0, removed;
	uint64_t old = *slot;

	*slot = now;
	if (shadow->format != WALK_32 && !shadow_change_matters(shadow->significant, old, now))
		return;
	removed = shadow_quad_zap(shadow, shadow_frame_find(shadow, gpa),
				  (gpa & (PAGE_SIZE - 1)) / 8, old, now, &level);
	if (removed)
		zap_record(vcpu, gpa, removed, level);
}

/** More than one instruction writes: string I/O into a page table. */
static __attribute__((noinline)) void table_write_many(struct vcpu *vcpu, uint64_t gpa, char *to,
						       const char *from, unsigned bytes)
{
	while (bytes) {
		unsigned part = bytes < 8 ? bytes : 8;

		table_write(vcpu, gpa, to, from, part);
		gpa += part;
		to += part;
		from += part;
		bytes -= part;
	}
}

int shadow_write(struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes)
{
	uint64_t hpa = guest_memory_find(&vcpu->vm->memory, gpa), value;

	if (!hpa)
		hpa = guest_memory_back(&vcpu->vm->memory, gpa);
	if (!hpa)
		return -1;
	if (!shadow_frame_is_table(shadow_of(vcpu), gpa)) {
		bytes_store(platform_virt(hpa), from, bytes);
	} else if (bytes == 8 && !(gpa & 7)) {
		__builtin_memcpy(&value, from, 8);
		entry_write(vcpu, gpa, platform_virt(hpa), value);
	} else if (bytes > PIECE_MAX) {
		table_write_many(vcpu, gpa, platform_virt(hpa), from, bytes);
	} else {
		table_write(vcpu, gpa, platform_virt(hpa), from, bytes);
	}
	return 0;
}

/** Part of one page, entry by entry. */
static int table_write_block(struct vcpu *vcpu, uint64_t gpa, const uint8_t *from, uint64_t bytes)
{
	int error = 0;

	for (unsigned part; bytes && !error; gpa += part, from += part, bytes -= part) {
		part = 8 - gpa % 8;
		if (part > bytes)
			part = (unsigned)bytes;
		error = shadow_write(vcpu, gpa, from, part);
	}
	return error;
}

int shadow_write_block(struct vcpu *vcpu, uint64_t gpa, const void *from, uint64_t bytes)
{
	struct guest_memory *memory = &vcpu->vm->memory;
	const uint8_t *at = from;
	int error = guest_memory_has(memory, gpa, bytes) ? 0 : -1;

	for (uint64_t part; bytes && !error; gpa += part, at += part, bytes -= part) {
		part = PAGE_SIZE - gpa % PAGE_SIZE;
		if (part > bytes)
			part = bytes;
		error = shadow_frame_is_table(shadow_of(vcpu), gpa)
			    ? table_write_block(vcpu, gpa, at, part)
			    : guest_memory_write(memory, gpa, at, part);
	}
	return error;
}

bool shadow_table_abandoned(struct shadow *shadow, uint64_t gpa)
{
	bool linked = false, flooded = true, page_linked, page_flooded;
	struct shadow_page *at;

	for (uint32_t page = shadow_frame_find(shadow, gpa)->pages; page; page = at->next) {
		at = &shadow->page[page];
		if (page == shadow->root)
			return false;
		if (at->key & KEY_DIRECT)
			continue;
		page_linked = at->parents || (at->key & KEY_LEVEL) == 4;
		page_flooded = ++at->writes > at->entries + WRITES_SPARED;
		if (page_linked && !page_flooded)
			return false;
		linked = linked || page_linked;
		flooded = flooded && page_flooded;
	}
	return !linked || flooded;
}

/** The first of the frame's pages that shadows it as a table, or 0. */
static uint32_t table_first(const struct shadow *shadow, uint64_t gpa)
{
	uint32_t page = shadow_frame_find(shadow, gpa)->pages;

	while (page && shadow->page[page].key & KEY_DIRECT)
		page = shadow->page[page].next;
	return page;
}

void shadow_table_drop(struct vcpu *vcpu, uint64_t gpa)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t freed = shadow->counters.tables_freed;
	unsigned level = 0, removed = 0;
	uint32_t page;

	while ((page = table_first(shadow, gpa)) != 0) {
		level = shadow_page_level(shadow, page);
		removed += shadow_page_zap(shadow, page);
	}
	shadow->counters.zaps[VTS_SHADOW_ZAP_UNPROTECT] += removed;
	record_shadow_zap(vcpu, VTS_SHADOW_ZAP_UNPROTECT, gpa & PAGE_MASK, removed,
			  shadow->counters.tables_freed - freed, level);
}

bool shadow_unprotect(struct vcpu *vcpu, uint64_t gpa, uint64_t rip)
{
	struct shadow *shadow = shadow_of(vcpu);

	if (!shadow_frame_is_table(shadow, gpa))
		return false;
	if (shadow->root > SHADOW_TOP && !((shadow->page[shadow->root].key ^ gpa) & PTE_ADDRESS))
		return false;
	if (shadow->unprotect_rip != rip || shadow->unprotect_gpa != gpa) {
		shadow->unprotect_rip = rip;
		shadow->unprotect_gpa = gpa;
		shadow->repeats = 0;
	}
	if (++shadow->repeats == REPEATS_MAX)
		return false;
	shadow_table_drop(vcpu, gpa);
	return true;
}
