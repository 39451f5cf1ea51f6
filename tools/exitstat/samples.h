/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Distribution-free statistics of small samples: one value a run. The Mann-Whitney test gives the
 * probability of so large a difference by chance, from the exact distribution of the rank sum (ties
 * share their mean rank); its inversion gives the Hodges-Lehmann estimate of the shift and a
 * confidence interval for it. Nothing is assumed of the values' distribution but that runs are
 * independent: so record the runs of both sides in turn (A B A B ...).
 * Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, 3rd ed., chapter 4.
 */
#ifndef EXITSTAT_SAMPLES_H
#define EXITSTAT_SAMPLES_H

#include "measured.h"

struct samples {
	double value[MEASURED_RUNS_MAX]; /* in ascending order */
	size_t count;
};

/** The values of a figure, one for each run that has it. */
void samples_of(const struct measured *measured, const struct figure_row *like, enum metric metric,
		struct samples *samples);
void samples_add(struct samples *samples, double value);
/** NAN if there are none. */
double samples_median(const struct samples *samples);
double samples_median_of(const struct measured *measured, const struct figure_row *like,
			 enum metric metric);

/** The probability that two samples of one distribution differ in rank as much as these, or more:
 *  two-sided. 1 if either is empty. */
double samples_p(const struct samples *a, const struct samples *b);

struct interval {
	bool known; /* the samples are large enough for an interval of that confidence */
	double low, shift, high; /* of what B has more than A */
};

/** The shift from @a to @b, with a confidence interval of at least @confidence (0.95). */
struct interval samples_shift(const struct samples *a, const struct samples *b, double confidence);
/** An interval for the median of what @samples come from; shift: their own median. */
struct interval samples_median_interval(const struct samples *samples, double confidence);
#define SAMPLES_LEAST 3 /* one odd run must not decide */

/** Can samples of these sizes tell anything at that confidence? */
bool samples_suffice(size_t a, size_t b, double confidence);

#endif
