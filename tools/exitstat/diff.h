/* SPDX-License-Identifier: GPL-2.0-only */
/* Two traces, the figures in which they can differ, and what is printed of them. */
#ifndef EXITSTAT_DIFF_H
#define EXITSTAT_DIFF_H

#include <time.h>

#include "measured.h"

/** One of the two traces. */
struct diff_side {
	const char *dir;	 /* what messages call it */
	struct source_args args; /* a trace; the second may be what goes on on KVM */
	time_t end;		 /* of reading that, if args.seconds */
	struct vts_source *source;
	struct tally tally;
	const struct vts_event *events; /* read last; at is the next of count */
	size_t at, count;
	struct measured measured; /* what the tally holds, once read */
};

struct diff {
	struct diff_side side[2];
	bool all, force, json;
	const char *symbols; /* an ELF file, for figures by function; or NULL */
	char
	    phase[FIGURE_PHASE_MAX]; /* the only one compared, as figures name it; "": everything */
	bool differ;		     /* event for event */
	uint64_t index;		     /* number of the first event that differs */
	bool has[2];		     /* does either trace have one there? */
	struct vts_event event[2];   /* they */
};

struct diff_samples;

/** Fill in @diff, and @samples if several traces a side were named (its count is then not 0). Below 0:
 *  go on; else leave with this status. */
int diff_parse(struct diff *diff, struct diff_samples *samples, int argc, char **argv);

/** Keys of the configuration that may differ between comparable traces, since what is compared is
 *  the VMM; ended by NULL. */
extern const char *const diff_subjects[];
/** The value of a key of the configuration; "nothing" if there is none. */
const char *diff_value(const struct vts_source *source, const char *key);

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

/** All figures of which at least one is not 0, in a fixed order; list is to be freed by the
 *  caller. */
void diff_rows_make(struct diff_rows *rows, const struct tally *a, const struct tally *b);

/** The figures that differ (diff->all: all), the first event that does, and the verdict. */
void diff_print_text(const struct diff *diff, const struct diff_rows *rows, bool equal);
void diff_print_json(const struct diff *diff, const struct diff_rows *rows, bool equal);

#endif
