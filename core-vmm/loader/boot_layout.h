/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the boot structures lie in a guest's memory: below 640 KiB, where a native machine has free memory too. */
#ifndef CORE_VMM_LOADER_BOOT_LAYOUT_H
#define CORE_VMM_LOADER_BOOT_LAYOUT_H

#include "core-vmm/memory/guest_memory.h"

#define AT_PML4	     0x10000ull
#define AT_PDPT	     0x11000ull
#define AT_PD	     0x12000ull /* four of them */
#define AT_GDT	     0x16000ull
#define AT_TSS	     0x16100ull
#define AT_BOOT_INFO 0x17000ull
#define AT_ARGS	     0x18000ull
#define AT_STACK_TOP 0x1d000ull /* 16 KiB below */

#define TSS_BYTES 104u

/** Clear all that. 0, or -1: no memory. */
int boot_pages_clear(struct guest_memory *memory);
/** Clear it, and write page tables: all guest memory, and at least the first GiB, at its physical address. 0, or -1: no
 *  memory. */
int boot_pages_write(struct guest_memory *memory);

/**
 * Write a GDT whose first segments are for 64-bit or 32-bit code at @code_selector, for data at the next and, at the next, for an empty TSS,
 * which is written too; all others are null. 0, or -1: no memory.
 */
int boot_segments_write(struct guest_memory *memory, unsigned code_selector, bool code64);
/** Bytes of that GDT. */
static inline unsigned boot_gdt_bytes(unsigned code_selector)
{
	return code_selector + 4 * 8;
}

/** The guest's memory map: memory, and what of it is the ACPI tables'. */
#define BOOT_MAP 3
struct boot_range {
	uint64_t start, end;
	uint32_t type; /* ACPI specification 6.4, table 15.1; Multiboot has the same */
};
void boot_map(const struct guest_memory *memory, struct boot_range map[BOOT_MAP]);

/** @text, cut at GUEST_ARGS_BYTES - 1, to AT_ARGS. Its length, or -1: no memory. */
int boot_args_write(struct guest_memory *memory, const char *text);

#endif
