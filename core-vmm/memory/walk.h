/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest walker: translates a linear address by the guest's own tables, in whatever format they
 * are, as the processor would (Intel SDM vol. 3, 4.3 to 4.8), accessed and dirty bits included.
 */
#ifndef CORE_VMM_MEMORY_WALK_H
#define CORE_VMM_MEMORY_WALK_H

#include <stdint.h>

#include "core-vmm/memory/guest_memory.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"

/* Paging-structure entries (SDM vol. 3, tables 4-15 to 4-20). */
#define PTE_P	    (1ull << 0)
#define PTE_W	    (1ull << 1)
#define PTE_U	    (1ull << 2)
#define PTE_A	    (1ull << 5)
#define PTE_D	    (1ull << 6)
#define PTE_PS	    (1ull << 7)
#define PTE_G	    (1ull << 8)
#define PTE_ADDRESS 0x000ffffffffff000ull
#define PTE_NX	    (1ull << 63)

/* Bits that are reserved in PAE's entries, and ignored in four-level ones. */
#define PAE_RESERVED 0x7ff0000000000000ull

/* Page-fault error code (SDM vol. 3, 4.7). */
#define PF_P	(1u << 0)
#define PF_W	(1u << 1)
#define PF_U	(1u << 2)
#define PF_RSVD (1u << 3)
#define PF_ID	(1u << 4)

/*
 * What is accessed and by whom: PF_W, PF_U and PF_ID as in an error code, with one bit more. A
 * supervisor-mode access with neither PF_U nor ACCESS_AC obeys SMAP; implicit ones (descriptor
 * tables, TSS) never set it.
 */
#define ACCESS_AC (1u << 8) /* an explicit access, and EFLAGS.AC is 1 */

/* Rights over all levels; W and U where an entry has them. */
#define RIGHT_X (1u << 0)
#define RIGHT_W (1u << 1)
#define RIGHT_U (1u << 2)

/** Formats of the guest's tables: SDM vol. 3, 4.1.1. */
enum walk_format {
	WALK_LONG, /* four-level */
	WALK_PAE,
	WALK_32,  /* 32-bit */
	WALK_OFF, /* CR0.PG is 0 */
};

enum walk_outcome {
	WALK_OK,
	WALK_FAULT,   /* the processor would raise #PF with walk.error_code */
	WALK_OUTSIDE, /* a table lies outside guest memory; walk.gpa says where */
};

struct walk {
	uint64_t gpa;	   /* what the linear address leads to; not necessarily guest memory */
	uint64_t table[5]; /* by level, 4 down to the leaf's: guest-physical address of the table */
	uint64_t entry[5]; /* and the entry used, accessed and dirty bits as after the access */
	unsigned level;	   /* of the leaf: 1 4 KiB, 2 2 MiB (32-bit paging: 4 MiB), 3 1 GiB */
	unsigned rights;   /* RIGHT_*: all levels together */
	bool dirtied;	   /* this access set the dirty bit */
	uint32_t error_code; /* WALK_FAULT only */
};

/** Whether bits 63 to 47 are all the same (SDM vol. 1, 3.3.7.1). */
static inline bool address_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/** Bits that no entry may have: those between MAXPHYADDR (the guest's, at most 52) and bit 52. */
static inline uint64_t walk_reserved(unsigned maxphyaddr)
{
	return (1ull << 52) - (1ull << maxphyaddr);
}

/** Index into the table of @level (1 to 4). */
static inline unsigned walk_index(uint64_t gla, unsigned level)
{
	return gla >> (PAGE_SHIFT + 9 * (level - 1)) & 511;
}

/** log2 of the bytes that an entry of @level translates. */
static inline unsigned walk_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

static inline enum walk_format walk_format(const struct guest_paging *paging)
{
	if (paging->efer & EFER_LMA)
		return WALK_LONG;
	if (!(paging->cr0 & CR0_PG))
		return WALK_OFF;
	return paging->cr4 & CR4_PAE ? WALK_PAE : WALK_32;
}

/**
 * Translate @gla (canonical) for an access (PF_W, PF_U, PF_ID, ACCESS_AC). @reserved:
 * walk_reserved(). Sets accessed bits, and the dirty bit on a write, with locked operations, and
 * only if the access is allowed; always fills @walk as far as the walk went.
 */
enum walk_outcome guest_walk(const struct guest_memory *memory, const struct guest_paging *paging,
			     uint64_t reserved, uint64_t gla, uint32_t access, struct walk *walk);

/**
 * The same in format WALK_LONG from a table further down, whose upper levels are known: walk->level
 * is its level, walk->table[level] its address, walk->rights those of the levels above.
 */
enum walk_outcome guest_walk_on(const struct guest_memory *memory,
				const struct guest_paging *paging, uint64_t reserved, uint64_t gla,
				uint32_t access, struct walk *walk);

/**
 * The same in the other formats (walk_legacy.c), whose top is level 3: there are PAE's registers, or
 * one entry that is not in memory, and leads to CR3's table, or with paging off is a page of 1 GiB.
 */
enum walk_outcome guest_walk_legacy_on(const struct guest_memory *memory,
				       const struct guest_paging *paging, uint64_t reserved,
				       uint64_t gla, uint32_t access, struct walk *walk);

#endif
