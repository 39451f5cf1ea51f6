/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMM's own page tables: every address is its physical address, nothing is both writable and
 * executable, and the pages below the stacks are not there.
 */
#include "core-vmm/memory/tlb.h"
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/platform.h"

#define PTE_P	  (1ull << 0)
#define PTE_W	  (1ull << 1)
#define PTE_PS	  (1ull << 7)
#define PTE_NX	  (1ull << 63)
#define PTE_TABLE (PTE_P | PTE_W)

extern char image_start[], rodata_start[], data_start[], image_end[];
extern char bare_stack_guard[], trap_stack_guard[];

static uint64_t *table_alloc(void)
{
	uint64_t *table = platform_pages_alloc(1);

	if (!table)
		platform_panic("no memory for the VMM's page tables");
	platform_clear(table, PAGE_SIZE);
	return table;
}

/** Rights of one 4 KiB page. Page 0 is left out, so that a NULL pointer faults. */
static uint64_t page_rights(uint64_t address)
{
	if (!address || address == (uint64_t)bare_stack_guard ||
	    address == (uint64_t)trap_stack_guard)
		return 0;
	if (address >= (uint64_t)image_start && address < (uint64_t)rodata_start)
		return PTE_P;
	if (address >= (uint64_t)rodata_start && address < (uint64_t)data_start)
		return PTE_P | PTE_NX;
	return PTE_P | PTE_W | PTE_NX;
}

static uint64_t small_map(uint64_t start)
{
	uint64_t *table = table_alloc();

	for (uint64_t i = 0; i < 512; i++) {
		uint64_t rights = page_rights(start + i * PAGE_SIZE);

		table[i] = rights ? (start + i * PAGE_SIZE) | rights : 0;
	}
	return platform_phys(table) | PTE_TABLE;
}

void map_init(uint64_t memory_end)
{
	uint64_t *pml4 = table_alloc(), *pdpt = table_alloc(), *pd = NULL;

	pml4[0] = platform_phys(pdpt) | PTE_TABLE;
	for (uint64_t at = 0; at < memory_end; at += LARGE_SIZE) {
		if (!(at >> LARGE_SHIFT & 511)) {
			pd = table_alloc();
			pdpt[at >> 30] = platform_phys(pd) | PTE_TABLE;
		}
		pd[at >> LARGE_SHIFT & 511] =
		    at < (uint64_t)image_end ? small_map(at) : at | PTE_P | PTE_W | PTE_PS | PTE_NX;
	}
	tlb_host_load(platform_phys(pml4));
}
