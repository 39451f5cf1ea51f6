/* SPDX-License-Identifier: GPL-2.0-only */
/* exitstat diff of several runs a side. */
#ifndef EXITSTAT_DIFF_SAMPLES_H
#define EXITSTAT_DIFF_SAMPLES_H

#include "measured.h"

struct diff_samples {
	const char *const *dirs[2];
	size_t count[2];
	struct measured_options measured; /* force: judge other configurations too */
	const char *phase;		  /* only this one; NULL: all */
	double margin;			  /* share of A's figure: less is no change */
	bool all, json;
};

/** Compare and print: an enum exitstat_status. @exact: on a deterministic engine the runs of each
 *  side are equal, nothing was printed, and the first of each can stand for all. */
int diff_samples(const struct diff_samples *request, bool *exact);

#endif
