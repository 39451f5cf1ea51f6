/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a few instructions in code of any width, privilege and segments, and catches what comes of
 * it. */
#ifndef TESTS_GUEST_STEP_H
#define TESTS_GUEST_STEP_H

#include <stdint.h>

/** Where the code under test ends: INT 0x80, also at CPL 3. */
#define STEP_END    "\xcd\x80"
#define STEP_VECTOR 0x80

/** Segment registers in the order of their encoding. */
enum { STEP_ES, STEP_CS, STEP_SS, STEP_DS, STEP_FS, STEP_GS, STEP_SEGMENTS };

/** What the processor starts with; registers in the order of their encoding. step_switch.S knows
 *  the offsets. */
struct step {
	uint64_t gpr[16];
	uint64_t rflags, rip;
	uint16_t selector[STEP_SEGMENTS];
	uint32_t unused;
	uint8_t xmm[16][16];
};

/** What it traps with: STEP_VECTOR at the code's end, or an exception before. */
struct step_result {
	uint64_t gpr[16];
	uint64_t rflags, rip;
	uint64_t vector, error, cr2; /* error and cr2: 0 where there is none */
};

/** A GDT with room for test segments, and handlers. Once. */
void step_init(void);

/**
 * Set the descriptor of segment register @number. @rights: bits 40 to 55 of a descriptor, limit
 * left out; @limit: as in the descriptor, in bytes or pages. Returns its selector.
 */
uint16_t step_segment(unsigned number, uint64_t base, uint32_t limit, uint16_t rights);

/** Bits of @rights: SDM vol. 3, figure 5-1. */
#define STEP_TYPE(type, dpl) (0x90 | (dpl) << 5 | (type))
#define STEP_LONG	     (1u << 13)
#define STEP_BIG	     (1u << 14)
#define STEP_PAGES	     (1u << 15) /* the limit is in pages */

void step_run(const struct step *step, struct step_result *result);

#endif
