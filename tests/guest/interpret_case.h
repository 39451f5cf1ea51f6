/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes up instructions, with registers and segments that suit them (tests/guest/interpret.c). */
#ifndef TESTS_GUEST_INTERPRET_CASE_H
#define TESTS_GUEST_INTERPRET_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/guest/step.h"

/** Memory operands lie in the two pages at CASE_DATA, with nothing mapped around them; code in
 *  those at CASE_CODE. */
#define CASE_DATA 0x50000000ul
#define CASE_CODE 0x50004000ul

/** What operands leave alone, at both ends of the data. */
#define CASE_MARGIN 512

struct interpret_case {
	uint8_t code[24];
	unsigned length;
	struct step step;
	uint64_t place;	    /* of the code */
	uint64_t undefined; /* flags that the manual leaves undefined */
	/* 8 bytes to be put at pointer beforehand, the target of a call; pointer 0: none */
	uint64_t pointer, target;
};

/** An instruction in code of @bits (64, 32 or 16); its segments' descriptors are set. @state: of
 *  the random numbers. */
void interpret_case_make(struct interpret_case *out, unsigned bits, uint64_t *state);

#endif
