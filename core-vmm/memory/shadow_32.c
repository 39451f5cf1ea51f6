/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow paging for 32-bit guests. Their tables have 1024 entries of 4 bytes, the shadow's 512 of 8. So a
 * table of level 1 is shadowed by two pages, for 2 MiB each, and one of level 2 by four, for 1 GiB each:
 * the quadrant in the key. An entry of level 2 is for 4 MiB: it becomes two entries of the shadow.
 */
#include "core-vmm/memory/shadow_page.h"

uint64_t shadow_32_quadrant(uint64_t gla, unsigned level)
{
	return (level == 2 ? gla >> GIGA_SHIFT & 3 : gla >> LARGE_SHIFT & 1) << KEY_QUADRANT_SHIFT;
}

uint64_t shadow_32_entry(const void *table, uint64_t key, unsigned index)
{
	unsigned quadrant = key >> KEY_QUADRANT_SHIFT & 3;
	uint64_t entry;

	if ((key & KEY_LEVEL) == 1)
		return ((const uint32_t *)table)[quadrant << 9 | index];
	entry = ((const uint32_t *)table)[quadrant << 8 | index >> 1];
	if (!(entry & PTE_PS && key & KEY_PSE))
		return entry & ~PTE_PS;
	/* Bits 39 to 32 of the address are bits 20 to 13 of the entry: SDM vol. 3, table 4-4. */
	return (entry & 0xffc00fff) | (entry >> 13 & 0xff) << 32 |
	       (uint64_t)(index & 1) << LARGE_SHIFT;
}

/** Zap what all pages of a table made of entry @entry. */
static unsigned entry_zap(struct shadow *shadow, const struct shadow_frame *frame, unsigned entry,
			  unsigned *level)
{
	unsigned removed = 0;

	for (uint32_t page = frame->pages; page; page = shadow->page[page].next) {
		uint64_t key = shadow->page[page].key;
		unsigned quadrant = key >> KEY_QUADRANT_SHIFT & 3;

		if (key & KEY_DIRECT)
			continue;
		*level = key & KEY_LEVEL;
		if (*level == 1 && quadrant == entry >> 9) {
			removed += shadow_entry_clear(shadow, page << 9 | (entry & 511));
		} else if (*level == 2 && quadrant == entry >> 8) {
			removed += shadow_entry_clear(shadow, page << 9 | (entry & 255) << 1);
			removed += shadow_entry_clear(shadow, page << 9 | (entry & 255) << 1 | 1);
		}
	}
	return removed;
}

unsigned shadow_32_zap(struct shadow *shadow, const struct shadow_frame *frame, unsigned index,
		       uint64_t old, uint64_t now, unsigned *level)
{
	unsigned removed = 0;

	if (shadow_change_matters(shadow->significant, (uint32_t)old, (uint32_t)now))
		removed += entry_zap(shadow, frame, index * 2, level);
	if (shadow_change_matters(shadow->significant, old >> 32, now >> 32))
		removed += entry_zap(shadow, frame, index * 2 + 1, level);
	return removed;
}
