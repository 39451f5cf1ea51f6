/* SPDX-License-Identifier: GPL-2.0-only */
/* The pool of shadow pages. */
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/memory/shadow_sync.h"
#include "core-vmm/memory/tlb.h"
#include "core-vmm/record.h"

/* Four times what it takes to map all of memory once by 4 KiB. */
#define PAGES_PER_CHUNK 4
#define PAGES_MIN	512u
#define PAGES_MAX	65535u

static size_t pages_for(size_t bytes)
{
	return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/** Cleared memory for the VMM itself. */
static void *cleared_alloc(size_t bytes)
{
	void *memory = platform_pages_alloc(pages_for(bytes));

	if (memory)
		platform_clear(memory, pages_for(bytes) << PAGE_SHIFT);
	return memory;
}

/** The pool proper; entries and links are cleared as pages come into use. False: no memory. */
static bool pool_alloc(struct shadow *shadow, uint32_t pages)
{
	shadow->pages = pages;
	shadow->entry = platform_pages_alloc(pages);
	shadow->link = platform_pages_alloc(pages);
	shadow->page = cleared_alloc(pages * sizeof(struct shadow_page));
	if (!shadow->entry || !shadow->link || !shadow->page)
		return false;
	shadow->entry_phys = platform_phys(shadow->entry);
	/* Outside IA-32e mode CR3 has 32 bits. */
	return shadow_page_phys(shadow, SHADOW_TOP) >> 32 == 0;
}

static uint32_t pages_wanted(uint64_t chunks)
{
	if (chunks >= PAGES_MAX / PAGES_PER_CHUNK)
		return PAGES_MAX;
	return chunks < PAGES_MIN / PAGES_PER_CHUNK ? PAGES_MIN : chunks * PAGES_PER_CHUNK;
}

/* Bits of a guest's entry that the processor ignores in every format; A and D it sets, and a guest
 * may. */
#define IGNORED 0xe00ull

void shadow_format_set(struct shadow *shadow, enum walk_format format)
{
	shadow->format = format;
	shadow->significant = ~(IGNORED | PTE_A | PTE_D | (format == WALK_LONG ? PAE_RESERVED : 0));
}

struct shadow *shadow_create(struct vcpu *vcpu, unsigned maxphyaddr, unsigned pages)
{
	uint64_t chunks = vcpu->vm->memory.bytes >> LARGE_SHIFT;
	struct shadow *shadow = cleared_alloc(sizeof(*shadow));

	if (!shadow)
		return NULL;
	shadow->chunk = cleared_alloc(chunks * sizeof(struct shadow_chunk));
	if (!pages)
		pages = pages_wanted(chunks);
	if (!shadow->chunk || !pool_alloc(shadow, pages))
		return NULL;
	for (unsigned slot = 0; slot < SHADOW_UNSYNC; slot++)
		shadow->unsync[slot].copy = platform_pages_alloc(1);
	shadow->reserved = walk_reserved(maxphyaddr);
	platform_clear(shadow->entry, (SHADOW_TOP + 1) * PAGE_SIZE);
	shadow->page[SHADOW_NOWHERE].key = KEY_DIRECT | 4;
	shadow->page[SHADOW_LEGACY].key = KEY_DIRECT | 4;
	shadow->entry[SHADOW_LEGACY << 9] = shadow_page_phys(shadow, SHADOW_TOP) | SHADOW_TABLE;
	shadow->page[SHADOW_TOP].key = KEY_TOP;
	shadow->used = SHADOW_TOP + 1;
	shadow_format_set(shadow, WALK_LONG);
	vcpu->vm->shadow = shadow;
	return shadow;
}

struct shadow_frame *shadow_frame_make(struct shadow *shadow, uint64_t gpa)
{
	struct shadow_chunk *chunk = &shadow->chunk[gpa >> LARGE_SHIFT];

	if (!chunk->frame)
		chunk->frame = cleared_alloc(512 * sizeof(struct shadow_frame));
	return chunk->frame ? &chunk->frame[gpa >> PAGE_SHIFT & 511] : NULL;
}

uint32_t shadow_page_find(const struct shadow *shadow, uint64_t key)
{
	const struct shadow_frame *frame = shadow_frame_find(shadow, key & PTE_ADDRESS);
	uint32_t page = frame ? frame->pages : 0;

	while (page && shadow->page[page].key != key)
		page = shadow->page[page].next;
	return page;
}

/** A page out of the pool, all of its entries 0; 0: used up. */
static uint32_t page_take(struct shadow *shadow)
{
	uint32_t page = shadow->free;

	/* A page that no cache can point to is better than one that costs a flush. */
	if ((!page || shadow->flush & STALE_TABLE) && shadow->used < shadow->pages) {
		page = shadow->used++;
		platform_clear(&shadow->entry[page << 9], PAGE_SIZE);
		return page;
	}
	if (!page)
		return 0;
	if (shadow->flush & STALE_TABLE)
		shadow->flush |= OWED_REUSE;
	shadow->free = shadow->page[page].next;
	return page;
}

uint32_t shadow_page_create(struct vcpu *vcpu, uint64_t key)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t gpa = key & PTE_ADDRESS;
	struct shadow_frame *frame = shadow_frame_get(shadow, gpa);
	uint32_t page = frame ? page_take(shadow) : 0;

	if (!page)
		return 0;
	shadow->counters.tables++;
	shadow->page[page] = (struct shadow_page){.key = key, .next = frame->pages};
	frame->pages = page;
	if (key & KEY_DIRECT)
		return page;
	shadow->chunk[gpa >> LARGE_SHIFT].tables++;
	if (!frame->tables++)
		shadow_write_protect(vcpu, gpa);
	else if (frame->unsync && (key & KEY_LEVEL) != 1)
		shadow_sync_end(vcpu, gpa);
	return page;
}

static void root_forget(struct shadow *shadow, uint32_t page)
{
	for (unsigned i = 0; i < SHADOW_ROOTS; i++)
		if (shadow->roots[i].page == page)
			shadow->roots[i] = (struct shadow_root){0};
	if (shadow->root == page)
		shadow->root = 0;
}

/** Give back a page that nothing leads to and that holds nothing. */
static void page_give(struct shadow *shadow, uint32_t page)
{
	uint64_t key = shadow->page[page].key;
	struct shadow_frame *frame = shadow_frame_find(shadow, key & PTE_ADDRESS);
	uint16_t *at = &frame->pages;

	while (*at != page)
		at = &shadow->page[*at].next;
	*at = shadow->page[page].next;
	if (!(key & KEY_DIRECT)) {
		if (!--frame->tables && frame->unsync)
			shadow_sync_forget(shadow, frame);
		shadow->chunk[(key & PTE_ADDRESS) >> LARGE_SHIFT].tables--;
	}
	if ((key & KEY_LEVEL) == 4)
		root_forget(shadow, page);
	shadow->page[page] = (struct shadow_page){.next = shadow->free};
	shadow->free = page;
	shadow->counters.tables_freed++;
}

unsigned shadow_page_zap(struct shadow *shadow, uint32_t page)
{
	struct shadow_page *at = &shadow->page[page];
	uint32_t number = page << 9;
	unsigned removed = 0;

	for (; at->entries; number++)
		removed += shadow_entry_clear(shadow, number);
	for (; at->parents; removed++)
		shadow_entry_unlink(shadow, at->parents);
	page_give(shadow, page);
	return removed;
}

void shadow_reclaim(struct vcpu *vcpu, enum vts_how cause)
{
	struct shadow *shadow = shadow_of(vcpu);
	uint64_t removed = 0, freed = shadow->counters.tables_freed;

	for (uint32_t page = SHADOW_TOP + 1; page < shadow->used; page++)
		if (shadow->page[page].key)
			removed += shadow_page_zap(shadow, page);
	shadow->flush |= OWED_REUSE;
	ledger_owe_guest(vcpu);
	shadow->counters.zaps[cause] += removed;
	record_shadow_zap(vcpu, cause, 0, removed, shadow->counters.tables_freed - freed, 0);
}

void shadow_settle(struct vcpu *vcpu)
{
	struct shadow *shadow = shadow_of(vcpu);

	if (!(shadow->flush & OWED))
		return;
	tlb_flush_guest(vcpu, shadow->flush & OWED_REUSE ? VTS_CAUSE_SHADOW_ZAP
							 : VTS_CAUSE_SHADOW_PROTECT);
	shadow->flush = 0;
}
