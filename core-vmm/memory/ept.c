/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/ept.h"

#include "core-vmm/platform/platform.h"

#define EPT_WRITE_BACK (6ull << 3)
#define EPT_LARGE      (1ull << 7)
#define EPT_ADDRESS    0x000ffffffffff000ull

#define EPTP_WRITE_BACK 6ull
#define EPTP_WALK_4	(3ull << 3)

static uint64_t *table_alloc(void)
{
	uint64_t *table = platform_pages_alloc(1);

	if (table)
		platform_clear(table, PAGE_SIZE);
	return table;
}

struct ept *ept_create(const struct capability *capability, bool ad)
{
	struct ept *ept = platform_pages_alloc(1);

	if (!ept)
		return NULL;
	ept->root = table_alloc();
	if (!ept->root)
		return NULL;
	ept->rights = EPT_RWX;
	ept->execute_only = capability->ept_vpid & CAP_EPT_EXECUTE_ONLY;
	ept->shift_max = capability->ept_vpid & CAP_EPT_1G   ? GIGA_SHIFT
			 : capability->ept_vpid & CAP_EPT_2M ? LARGE_SHIFT
							     : PAGE_SHIFT;
	ept->pointer = platform_phys(ept->root) | EPTP_WRITE_BACK | EPTP_WALK_4;
	if (ad && capability->ept_vpid & CAP_EPT_AD)
		ept->pointer |= EPTP_AD;
	return ept;
}

/** An entry that leads to a table allows all; the leaf says what is allowed. */
static uint64_t *table_below(uint64_t *entry)
{
	uint64_t *table;

	if (*entry)
		return platform_virt(*entry & EPT_ADDRESS);
	table = table_alloc();
	if (table)
		*entry = platform_phys(table) | EPT_RWX;
	return table;
}

bool ept_map(struct ept *ept, uint64_t gpa, uint64_t hpa, unsigned shift, uint64_t rights)
{
	uint64_t *table = ept->root;

	for (unsigned at = 39; at > shift; at -= 9) {
		table = table_below(&table[gpa >> at & 511]);
		if (!table)
			return false;
	}
	table[gpa >> shift & 511] = (hpa & ~((1ull << shift) - 1)) | rights | EPT_WRITE_BACK |
				    (shift > PAGE_SHIFT ? EPT_LARGE : 0);
	return true;
}

uint64_t *ept_find(struct ept *ept, uint64_t gpa, unsigned *shift)
{
	uint64_t *table = ept->root;

	for (unsigned at = 39;; at -= 9) {
		uint64_t *entry = &table[gpa >> at & 511];

		if (!*entry)
			return NULL;
		if (at == PAGE_SHIFT || *entry & EPT_LARGE) {
			*shift = at;
			return entry;
		}
		table = platform_virt(*entry & EPT_ADDRESS);
	}
}

/** One level down: @entry, a leaf of 1 << @shift bytes, becomes a table of 512. */
static bool leaf_split(uint64_t *entry, unsigned shift)
{
	unsigned below = shift - 9;
	uint64_t *table = platform_pages_alloc(1);
	uint64_t first = below == PAGE_SHIFT ? *entry & ~EPT_LARGE : *entry;

	if (!table)
		return false;
	for (uint64_t i = 0; i < 512; i++)
		table[i] = first + (i << below);
	*entry = platform_phys(table) | EPT_RWX;
	return true;
}

bool ept_split(struct ept *ept, uint64_t gpa)
{
	unsigned shift;
	uint64_t *entry;

	while ((entry = ept_find(ept, gpa, &shift)) && shift > PAGE_SHIFT)
		if (!leaf_split(entry, shift))
			return false;
	return true;
}

static void table_rights_set(uint64_t *table, unsigned shift, uint64_t rights)
{
	for (unsigned i = 0; i < 512; i++) {
		if (!table[i] || table[i] & EPT_KEPT)
			continue;
		if (shift == PAGE_SHIFT || table[i] & EPT_LARGE)
			table[i] = (table[i] & ~EPT_RWX) | rights;
		else
			table_rights_set(platform_virt(table[i] & EPT_ADDRESS), shift - 9, rights);
	}
}

void ept_rights_set(struct ept *ept, uint64_t rights)
{
	ept->rights = rights;
	table_rights_set(ept->root, 39, rights);
}
