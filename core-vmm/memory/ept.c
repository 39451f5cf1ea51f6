/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/ept.h"

#include "core-vmm/platform/platform.h"

#define EPT_RWX	       7ull
#define EPT_WRITE_BACK (6ull << 3)
#define EPT_LARGE      (1ull << 7)
#define EPT_ADDRESS    0x000ffffffffff000ull

#define EPTP_WRITE_BACK 6ull
#define EPTP_WALK_4	(3ull << 3)
#define EPTP_AD		(1ull << 6)

static uint64_t *table_alloc(void)
{
	uint64_t *table = platform_pages_alloc(1);

	if (table)
		platform_clear(table, PAGE_SIZE);
	return table;
}

struct ept *ept_create(const struct capability *capability)
{
	struct ept *ept = platform_pages_alloc(1);

	if (!ept)
		return NULL;
	ept->root = table_alloc();
	if (!ept->root)
		return NULL;
	ept->pointer = platform_phys(ept->root) | EPTP_WRITE_BACK | EPTP_WALK_4;
	if (capability->ept_vpid & CAP_EPT_AD)
		ept->pointer |= EPTP_AD;
	return ept;
}

enum ept_result ept_map(struct ept *ept, uint64_t gpa, uint64_t hpa, int large)
{
	uint64_t *table = ept->root;
	int last = large ? 21 : 12;

	for (int shift = 39;; shift -= 9) {
		uint64_t *entry = &table[gpa >> shift & 511];

		if (shift == last) {
			if (*entry)
				return EPT_SPURIOUS;
			*entry = hpa | EPT_RWX | EPT_WRITE_BACK | (large ? EPT_LARGE : 0);
			return EPT_MAPPED;
		}
		if (*entry & EPT_LARGE)
			return EPT_SPURIOUS;
		if (!*entry) {
			table = table_alloc();
			if (!table)
				return EPT_NO_MEMORY;
			*entry = platform_phys(table) | EPT_RWX;
			continue;
		}
		table = platform_virt(*entry & EPT_ADDRESS);
	}
}
