/* SPDX-License-Identifier: GPL-2.0-only */
/* What oracle and guest print, in the same words: a digest for each block of seeds, or every step.
 */
#ifndef TESTS_DIFF_PRINT_H
#define TESTS_DIFF_PRINT_H

#include "tests/diff/model.h"

struct print {
	uint64_t block; /* seeds in a digest */
	bool show;	/* every step */
	/* The rest starts as 0. */
	uint64_t digest, seeds, first;
	uint64_t faults[32]; /* accesses that fault, by error code */
	uint64_t levels[5];  /* those that do not, by the entries on their way */
};

/** The side's own: to the console. */
void print_text(const char *text);

void print_seed(struct print *print, uint64_t seed);
/** @words: the entries on the way of an access, as they are after it. */
void print_step(struct print *print, const struct model *model, uint64_t step,
		const struct model_op *op, const struct model_outcome *outcome,
		const uint64_t *words);
/** A word of the arena at the end of a seed. */
void print_word(struct print *print, unsigned page, unsigned slot, uint64_t word);
void print_seed_end(struct print *print, uint64_t seed);
/** How often each outcome was seen. */
void print_end(struct print *print);

#endif
