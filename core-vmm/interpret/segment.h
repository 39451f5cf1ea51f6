/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments, and the offsets into them: what a memory operand's address is made of before paging
 * (SDM vol. 1, 3.3.7; vol. 3, 5.3 to 5.5). */
#ifndef CORE_VMM_INTERPRET_SEGMENT_H
#define CORE_VMM_INTERPRET_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/vector.h"

/** Segment registers in the order of their encoding. */
enum { SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS, SEGMENT_COUNT };

#define RIGHTS_BIG (1u << 14) /* CS: 32-bit operands and addresses; SS: ESP; others: see 5.3 */

/** As the VMCS has it (SDM vol. 3, 25.4.1). In 64-bit mode nothing but the bases of FS and GS
 *  counts. */
struct segment {
	uint64_t base;
	uint32_t limit; /* in bytes, whatever the granularity */
	uint32_t rights;
};

/**
 * Outside 64-bit mode: whether @bytes (at least 1) at @offset may be accessed: PF_W to write, PF_ID
 * to fetch, 0 to read.
 */
bool segment_allows(const struct segment *segment, uint32_t offset, unsigned bytes,
		    uint32_t access);

/** What an access that is not allowed, or an address that is not canonical, raises: error code 0
 *  (SDM vol. 3, 6.15). */
static inline unsigned segment_vector(unsigned number)
{
	return number == SEGMENT_SS ? VECTOR_SS : VECTOR_GP;
}

/** The low @bytes (1 to 8) all ones. */
static inline uint64_t bytes_mask(unsigned bytes)
{
	return ~0ull >> (64 - 8 * bytes);
}

static inline uint64_t low_bytes(uint64_t value, unsigned bytes)
{
	return value & bytes_mask(bytes);
}

/** Add to a register that addresses with its low @bytes (2, 4, 8): what is above 16 bits stays,
 *  what is above 32 is cleared (SDM vol. 1, 3.4.1.1). */
static inline void address_add(uint64_t *reg, uint64_t value, unsigned bytes)
{
	uint64_t kept = bytes == 2 ? *reg & ~0xffffull : 0;

	*reg = kept | low_bytes(*reg + value, bytes);
}

#endif
