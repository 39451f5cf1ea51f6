/* SPDX-License-Identifier: GPL-2.0-only */
/* The figures in which two traces can differ. */
#ifndef EXITSTAT_DIFF_H
#define EXITSTAT_DIFF_H

#include "tally.h"

/** One figure of both traces. */
struct diff_row {
	const char *table;   /* "total", "exit", "tlb_flush", ... */
	char key[64];	     /* which row of it */
	const char *measure; /* "count", "time", ... */
	bool time;	     /* in the traces' unit; otherwise a number of something */
	uint64_t a, b;
};

struct diff_rows {
	struct diff_row *list;
	size_t count, room;
};

/** All figures of which at least one is not 0, in a fixed order; list is to be freed by the caller. */
void diff_rows_make(struct diff_rows *rows, const struct tally *a, const struct tally *b);

#endif
