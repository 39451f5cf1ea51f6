/* SPDX-License-Identifier: GPL-2.0-only */
/* Shadow entries: the one place where they are stored and removed, and the lists that find them
 * again. */
#include "core-vmm/memory/shadow_page.h"
#include "core-vmm/record.h"

static uint32_t *list_head(struct shadow *shadow, uint32_t head)
{
	uint32_t number = head & ~HEAD_PAGE;

	switch (head & HEAD_PAGE) {
	case HEAD_FRAME:
		return &shadow->chunk[number >> 9].frame[number & 511].leaves;
	case HEAD_CHUNK:
		return &shadow->chunk[number].leaves;
	default:
		return &shadow->page[number].parents;
	}
}

static void list_add(struct shadow *shadow, uint32_t number, uint32_t head, uint32_t *first)
{
	shadow->link[number] = (struct shadow_link){.next = *first, .prev = head};
	if (*first)
		shadow->link[*first].prev = number;
	*first = number;
}

static void list_remove(struct shadow *shadow, uint32_t number)
{
	struct shadow_link link = shadow->link[number];

	if (link.prev & HEAD_PAGE)
		*list_head(shadow, link.prev) = link.next;
	else
		shadow->link[link.prev].next = link.next;
	if (link.next)
		shadow->link[link.next].prev = link.prev;
}

/** The TLB may go on holding what was derived from @entry, less what @now still says. */
static void stale_note(struct shadow *shadow, uint64_t entry, uint64_t now)
{
	if (entry & SHADOW_TABLE)
		shadow->flush |= STALE_TABLE;
	else if (entry & ~now & PTE_W)
		shadow->flush |= entry & PTE_G ? STALE_WRITABLE_GLOBAL : STALE_WRITABLE;
}

void shadow_entry_unlink(struct shadow *shadow, uint32_t number)
{
	stale_note(shadow, shadow->entry[number], 0);
	shadow->entry[number] = 0;
	shadow->page[number >> 9].entries--;
	list_remove(shadow, number);
}

unsigned shadow_entry_clear(struct shadow *shadow, uint32_t number)
{
	uint64_t entry = shadow->entry[number];
	uint32_t below;

	if (!entry)
		return 0;
	shadow_entry_unlink(shadow, number);
	if (!(entry & SHADOW_TABLE))
		return 1;
	below = shadow_page_below(shadow, entry);
	/* No guest table finds a direct page again but through this entry. */
	if (entry & SHADOW_DIRECT && !shadow->page[below].parents)
		return 1 + shadow_page_zap(shadow, below);
	return 1;
}

void shadow_entry_link(struct shadow *shadow, uint32_t number, uint32_t page)
{
	uint64_t kind = SHADOW_TABLE | (shadow->page[page].key & KEY_DIRECT ? SHADOW_DIRECT : 0);

	uint64_t rights = number >> 9 == SHADOW_TOP ? 0 : PTE_W | PTE_U | PTE_A;

	shadow_entry_clear(shadow, number);
	shadow->entry[number] = shadow_page_phys(shadow, page) | kind | rights | PTE_P;
	shadow->page[number >> 9].entries++;
	list_add(shadow, number, HEAD_PAGE | page, &shadow->page[page].parents);
}

void shadow_entry_map(struct shadow *shadow, uint32_t number, uint64_t value, uint64_t gpa,
		      uint32_t *first)
{
	uint64_t old = shadow->entry[number];
	uint32_t head = value & PTE_PS ? HEAD_CHUNK | (uint32_t)(gpa >> LARGE_SHIFT)
				       : HEAD_FRAME | (uint32_t)(gpa >> PAGE_SHIFT);

	if (old && !((old ^ value) & (PTE_ADDRESS | PTE_PS | SHADOW_TABLE))) {
		shadow->entry[number] = value;
		stale_note(shadow, old, value);
		return;
	}
	if (old)
		shadow_entry_clear(shadow, number);
	shadow->entry[number] = value;
	shadow->page[number >> 9].entries++;
	list_add(shadow, number, head, first);
}

void shadow_write_protect(struct vcpu *vcpu, uint64_t gpa)
{
	struct shadow *shadow = shadow_of(vcpu);
	struct shadow_chunk *chunk = &shadow->chunk[gpa >> LARGE_SHIFT];
	unsigned count = 0, split = 0;
	uint32_t number, next;

	for (number = shadow_frame_find(shadow, gpa)->leaves; number; number = next) {
		next = shadow->link[number].next;
		if (shadow->entry[number] & PTE_W) {
			shadow->entry[number] ^= PTE_W | PTE_D | SHADOW_TRACED;
			count++;
		}
	}
	for (number = chunk->leaves; number; number = next) {
		next = shadow->link[number].next;
		if (shadow->entry[number] & PTE_W)
			split += shadow_entry_clear(shadow, number);
	}
	if (count || split || shadow->flush & (STALE_WRITABLE | STALE_WRITABLE_GLOBAL))
		shadow->flush |= OWED_PROTECT;
	if (count || split)
		ledger_owe_guest(vcpu);
	shadow->counters.zaps[VTS_SHADOW_ZAP_WRITE_PROTECT] += count;
	shadow->counters.zaps[VTS_SHADOW_ZAP_SPLIT] += split;
	if (count)
		record_shadow_zap(vcpu, VTS_SHADOW_ZAP_WRITE_PROTECT, gpa & PAGE_MASK, count, 0, 1);
	if (split)
		record_shadow_zap(vcpu, VTS_SHADOW_ZAP_SPLIT, gpa & ~(LARGE_SIZE - 1), split, 0, 2);
}
