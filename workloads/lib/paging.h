/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of the guest's own: four levels (SDM vol. 3, 4.5). All guest memory is mapped at its
 * physical address, so a table's address is its physical one; what a guest maps besides goes into
 * windows.
 */
#ifndef WORKLOADS_LIB_PAGING_H
#define WORKLOADS_LIB_PAGING_H

#include <stdint.h>

#define PTE_P  (1ul << 0)
#define PTE_W  (1ul << 1)
#define PTE_U  (1ul << 2)
#define PTE_A  (1ul << 5)
#define PTE_D  (1ul << 6)
#define PTE_PS (1ul << 7) /* a PDE that maps 2 MiB */
#define PTE_G  (1ul << 8)
#define PTE_NX (1ul << 63)

#define PTE_ADDRESS 0x000ffffffffff000ul

/** Linear addresses for a guest's own mappings: 512 GiB each, nothing there; @n is 1 to 255. */
#define WINDOW(n) ((uint64_t)(n) << 39)

/**
 * Build the first set of tables and run on it: all memory at its physical address, with 2 MiB pages
 * that also CPL 3 may use. Returns its root; the same one on later calls.
 */
uint64_t *paging_init(void);

/** A new root that shares every table of @root. */
uint64_t *paging_clone(const uint64_t *root);

/**
 * The entry that maps @address at @level (1 PTE, 2 PDE, ...); tables on the way are made, present,
 * writable and open to CPL 3. The entry must not lie below a large page.
 */
uint64_t *paging_entry(uint64_t *root, uint64_t address, unsigned level);

/** Write one PTE; nothing is flushed. @flags: PTE_*. */
void paging_map(uint64_t *root, uint64_t address, uint64_t physical, uint64_t flags);

/**
 * Tables, side by side, for @pages pages from @address (2 MiB aligned) on; returns the first PTE.
 * The last page of each 2 MiB is no part of the window: it is mapped to a scratch page and touched
 * at once on @root, which must be loaded, so that every table is known to whatever shadows it
 * before anything is measured. window_next leaves these pages out.
 */
uint64_t *paging_window(uint64_t *root, uint64_t address, uint64_t pages);

/**
 * Flush, and touch these last pages again: a VMM may have taken a table that was written often for
 * data.
 */
void window_touch(uint64_t address, uint64_t pages);

#define WINDOW_TABLE_PAGES 511

/** Bytes from the window's start to its page @index. */
static inline uint64_t window_offset(uint64_t index)
{
	return (index / WINDOW_TABLE_PAGES * 512 + index % WINDOW_TABLE_PAGES) << 12;
}

/** The offset of the page after the one at @offset. */
static inline uint64_t window_next(uint64_t offset)
{
	offset += 4096;
	return (offset & 0x1ff000) == 0x1ff000 ? offset + 4096 : offset;
}

/** The compiler must store, and exactly once: tables are read behind its back. */
static inline void pte_write(uint64_t *entry, uint64_t value)
{
	__asm__ volatile("mov %1, %0" : "=m"(*entry) : "r"(value) : "memory");
}

/** Add to a word in one instruction, so that its page is accessed once, and to write. */
static inline void word_add(uint64_t address, uint64_t value)
{
	__asm__ volatile("add %1, %0" : "+m"(*(uint64_t *)address) : "r"(value));
}

static inline uint64_t pte_read(const uint64_t *entry)
{
	return *(const volatile uint64_t *)entry;
}

#endif
