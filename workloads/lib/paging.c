// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/paging.h"

#include <stddef.h>

#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/string.h"

#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U)

uint64_t *paging_entry(uint64_t *root, uint64_t address, unsigned level)
{
	uint64_t *table = root, *entry;

	for (unsigned at = 4;; at--) {
		entry = &table[address >> (12 + 9 * (at - 1)) & 511];
		if (at == level)
			return entry;
		if (!(pte_read(entry) & PTE_P))
			pte_write(entry, (uint64_t)memory_take_tables(1) | TABLE_FLAGS);
		table = (uint64_t *)(pte_read(entry) & PTE_ADDRESS);
	}
}

void paging_map(uint64_t *root, uint64_t address, uint64_t physical, uint64_t flags)
{
	pte_write(paging_entry(root, address, 1), physical | flags);
}

static uint64_t window_tables(uint64_t pages)
{
	return (pages + WINDOW_TABLE_PAGES - 1) / WINDOW_TABLE_PAGES;
}

/* The page of table @index that is no part of the window. */
static uint64_t window_last(uint64_t address, uint64_t index)
{
	return address + index * LARGE_SIZE + (LARGE_SIZE - PAGE_SIZE);
}

void window_touch(uint64_t address, uint64_t pages)
{
	cr3_write(cr3_read());
	for (uint64_t i = 0; i < window_tables(pages); i++)
		*(volatile uint64_t *)window_last(address, i) = 0;
}

uint64_t *paging_window(uint64_t *root, uint64_t address, uint64_t pages)
{
	uint64_t count = window_tables(pages), *tables = memory_take_tables(count);
	uint64_t *scratch = memory_take(PAGE_SIZE, PAGE_SIZE);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t *table = tables + i * 512;

		pte_write(&table[511], (uint64_t)scratch | TABLE_FLAGS);
		pte_write(paging_entry(root, window_last(address, i), 2),
			  (uint64_t)table | TABLE_FLAGS);
	}
	window_touch(address, pages);
	return tables;
}

uint64_t *paging_init(void)
{
	static uint64_t *root;

	if (root)
		return root;
	root = memory_take_tables(1);
	for (uint64_t at = 0; at < machine.boot->memory_bytes; at += LARGE_SIZE)
		pte_write(paging_entry(root, at, 2), at | TABLE_FLAGS | PTE_PS);
	cr3_write((uint64_t)root);
	return root;
}

uint64_t *paging_clone(const uint64_t *root)
{
	return memcpy(memory_take_tables(1), root, PAGE_SIZE);
}
