/* SPDX-License-Identifier: GPL-2.0-only */
/* Folded stacks: the exits by several dimensions at once, the outermost first. */
#ifndef EXITSTAT_FOLDED_H
#define EXITSTAT_FOLDED_H

#include "dimension.h"

struct folded {
	/* Set by the caller. */
	enum dimension by[DIMENSIONS]; /* the frames, outermost first */
	size_t depth;
	bool counts; /* values are exits, not time */
	/* private */
	struct intern stacks;
	struct folded_value {
		uint64_t count, sum;
	} * values; /* by number of their stack */
	size_t room;
};

/** The usual frames: process, call stack (where there are @symbols), reason, resolution. */
void folded_usual(struct folded *folded, bool symbols);
/** All ends the program when there is no memory. */
void folded_init(struct folded *folded);
void folded_free(struct folded *folded);
void folded_add(struct folded *folded, const struct exit_group *group, const struct guest *guest);
/** One line a stack, `frame;frame value`, in order of the text, to @file. */
void folded_text(const struct folded *folded, const struct guest *guest, FILE *file);
/** An array of {frames, count, sum}, in the same order. */
json_t *folded_json(const struct folded *folded, const struct guest *guest);

#endif
