/* SPDX-License-Identifier: GPL-2.0-only */
/* exitstat diff of several runs a side. */
#ifndef EXITSTAT_DIFF_SAMPLES_H
#define EXITSTAT_DIFF_SAMPLES_H

#include "samples.h"

struct diff_samples {
	const char *const *dirs[2];
	size_t count[2];
	struct measured_options measured; /* force: judge other configurations too */
	const char *phase;		  /* only this one; NULL: all */
	double margin;			  /* share of A's figure: less is no change */
	bool all, json;
};

#define DIFF_CONFIDENCE 0.95

enum finding { FINDING_SAME, FINDING_UNCERTAIN, FINDING_CHANGED, FINDINGS };

/** A figure of both sides. */
struct compared {
	struct figure_row row; /* which; its values mean nothing */
	enum metric metric;
	struct interval side[2], change;
	bool constant; /* the same in every run of both sides */
	double p, q;   /* q: of false discoveries, were this one and all more certain ones taken */
	enum finding finding;
};

struct comparison {
	const struct diff_samples *request;
	struct measured side[2];
	struct compared *list; /* what changed first, then what is uncertain; the largest first */
	size_t count, of[FINDINGS];
};

void comparison_print_text(const struct comparison *comparison, const char *verdict);
void comparison_print_json(const struct comparison *comparison, const char *verdict);

/** Compare and print: an enum exitstat_status. @exact: on a deterministic engine the runs of each
 *  side are equal, nothing was printed, and the first of each can stand for all. */
int diff_samples(const struct diff_samples *request, bool *exact);

#endif
