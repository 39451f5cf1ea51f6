// SPDX-License-Identifier: GPL-2.0-only
#include "tests/guest/target.h"

#include "tests/guest/test.h"
#include "workloads/lib/memory.h"

uint64_t *target_ptes, target_frame[4];

void target_init(void)
{
	uint64_t memory = (uint64_t)memory_take(4 * PAGE_SIZE, 16 * PAGE_SIZE);

	target_ptes = paging_window(paging_init(), TARGET_BASE, 2 * WINDOW_TABLE_PAGES);
	for (uint64_t i = 0; i < 4; i++) {
		target_frame[i] = memory + i * PAGE_SIZE;
		((uint64_t *)target_frame[i])[1] = i;
	}
}

void target_reset(uint64_t index, uint64_t pte)
{
	pte_write(&target_ptes[index], pte);
	invlpg(TARGET_BASE + index * PAGE_SIZE);
	try_read(TARGET_BASE + index * PAGE_SIZE);
}

int target_behind(uint64_t index)
{
	uint64_t value;

	invlpg(TARGET_BASE + index * PAGE_SIZE);
	value = try_read(TARGET_BASE + index * PAGE_SIZE + 8);
	return trap_seen.vector == TRAP_NONE ? (int)value : -1;
}

void target_check(uint64_t index, uint64_t pte, const char *name)
{
	int want = pte & PTE_P ? (int)(pte >> 12 & 3) : -1, got = target_behind(index);
	uint64_t found = pte_read(&target_ptes[index]);
	bool good = (found & ~TARGET_BITS) == (pte & ~TARGET_BITS) && got == want;

	test_ok(good, name);
	if (!good)
		printf("# PTE 0x%lx, expected 0x%lx; frame %d, expected %d\n", found, pte, got,
		       want);
}
