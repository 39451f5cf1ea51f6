// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two sides of several runs each, where runs vary. A figure has changed if the Mann-Whitney test says
 * so, at a rate of false discoveries of 5 % among all figures (Benjamini, Hochberg 1995); it is the same if the
 * confidence interval of its change lies within the margin; else it is uncertain.
 */
#include "diff_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** What is compared: counts, sums, medians and tails. What follows from others is left out, since
 *  every figure more makes each less certain. */
static bool is_compared(const struct figure_row *row, enum metric metric)
{
	switch (row->table) {
	case TABLE_RUN:
		return metric == METRIC_GUEST || metric == METRIC_VMM;
	case TABLE_REASON:
	case TABLE_DEVICE:
	case TABLE_FUNCTION:
		return metric == METRIC_COUNT || metric == METRIC_SUM || metric == METRIC_P50 ||
		       metric == METRIC_P99 || metric == METRIC_P999;
	default:
		return metric == METRIC_COUNT && row->table != TABLE_EXITS &&
		       row->table != TABLE_RESOLUTION;
	}
}

/** A percentile of fewer exits than this is but their maximum, or hangs on a single one. */
static double least_count(enum metric metric)
{
	return metric == METRIC_P50    ? 10
	       : metric == METRIC_P99  ? 100
	       : metric == METRIC_P999 ? 1000
				       : 0;
}

static void compare_figure(struct comparison *comparison, const struct figure_row *row,
			   enum metric metric)
{
	struct compared *compared = &comparison->list[comparison->count];
	struct samples samples[2];

	for (size_t i = 0; i < 2; i++) {
		double least = least_count(metric);

		samples_of(&comparison->side[i], row, metric, &samples[i]);
		if (!samples[i].count ||
		    (least > 0 &&
		     !(samples_median_of(&comparison->side[i], row, METRIC_COUNT) >= least)))
			return;
	}
	*compared = (struct compared){.row = *row, .metric = metric};
	for (size_t i = 0; i < 2; i++)
		compared->side[i] = samples_median_interval(&samples[i], DIFF_CONFIDENCE);
	compared->change = samples_shift(&samples[0], &samples[1], DIFF_CONFIDENCE);
	compared->p = samples_p(&samples[0], &samples[1]);
	compared->constant = samples[0].value[0] == samples[1].value[samples[1].count - 1] &&
			     samples[1].value[0] == samples[0].value[samples[0].count - 1];
	comparison->count++;
}

static int compare_p(const void *left, const void *right)
{
	const struct compared *a = left, *b = right;

	if (a->constant != b->constant)
		return a->constant - b->constant;
	return (a->p > b->p) - (a->p < b->p);
}

static bool is_total(const struct compared *compared)
{
	return compared->metric == METRIC_SUM || compared->metric == METRIC_GUEST ||
	       compared->metric == METRIC_VMM;
}

/** The certain first; sums of time by size, which say where it went; then the others by share. */
static int compare_weight(const void *left, const void *right)
{
	const struct compared *a = left, *b = right;
	double x = fabs(a->change.shift), y = fabs(b->change.shift);

	if (a->finding != b->finding)
		return a->finding < b->finding ? 1 : -1;
	if (is_total(a) != is_total(b))
		return is_total(a) ? -1 : 1;
	if (!is_total(a)) {
		x /= a->side[0].shift > 0 ? a->side[0].shift : 1;
		y /= b->side[0].shift > 0 ? b->side[0].shift : 1;
	}
	if (x != y)
		return x < y ? 1 : -1;
	if (figure_row_compare(&a->row, &b->row))
		return figure_row_compare(&a->row, &b->row);
	return (a->metric > b->metric) - (a->metric < b->metric);
}

static enum finding judge(const struct compared *compared, double margin)
{
	double allowed = margin * compared->side[0].shift;
	const struct interval *change = &compared->change;

	if (compared->constant)
		return FINDING_SAME;
	if (compared->q <= 1 - DIFF_CONFIDENCE && change->known && change->low * change->high > 0)
		return fabs(change->shift) > allowed ? FINDING_CHANGED : FINDING_SAME;
	if (change->known && change->low >= -allowed && change->high <= allowed)
		return FINDING_SAME;
	return FINDING_UNCERTAIN;
}

/** Judge the figures. Those that never vary take no part in the correction: they cannot be found by
 *  chance; their p is 1, so that they come last. */
static void judge_all(struct comparison *comparison)
{
	size_t vary = 0;
	double q = 1;

	qsort(comparison->list, comparison->count, sizeof(*comparison->list), compare_p);
	for (size_t i = 0; i < comparison->count; i++)
		vary += !comparison->list[i].constant;
	for (size_t i = comparison->count; i-- > 0;) {
		struct compared *compared = &comparison->list[i];

		if (!compared->constant)
			q = fmin(q, compared->p * (double)vary / (double)(i + 1));
		compared->q = q;
		compared->finding = judge(compared, comparison->request->margin);
		comparison->of[compared->finding]++;
	}
	qsort(comparison->list, comparison->count, sizeof(*comparison->list), compare_weight);
}

static void compare_all(struct comparison *comparison)
{
	const char *phase = comparison->request->phase;
	struct figures all[2], rows;

	for (size_t i = 0; i < 2; i++)
		figures_union(&all[i], comparison->side[i].runs, comparison->side[i].count);
	figures_union(&rows, all, 2);
	comparison->list = calloc(rows.count * METRICS + 1, sizeof(*comparison->list));
	if (!comparison->list)
		die_of_memory();
	for (size_t i = 0; i < rows.count; i++) {
		if (phase && strcmp(rows.rows[i].phase, phase))
			continue;
		for (int m = 0; m < METRICS; m++)
			if (is_compared(&rows.rows[i], m))
				compare_figure(comparison, &rows.rows[i], m);
	}
	figures_free(&all[0]);
	figures_free(&all[1]);
	figures_free(&rows);
	judge_all(comparison);
}

/** Read both sides, and see that they can be compared. */
static int prepare(struct comparison *comparison, struct vts_error *error)
{
	const struct diff_samples *request = comparison->request;

	for (size_t i = 0; i < 2; i++)
		if (measured_read(&comparison->side[i], request->dirs[i], request->count[i],
				  &request->measured, error) < 0)
			return -1;
	if (strcmp(measured_unit(&comparison->side[0]), measured_unit(&comparison->side[1])) ||
	    !request->measured.force)
		return measured_match(&comparison->side[0], &comparison->side[1], false, error)
			   ? 0
			   : -1;
	return 0;
}

static int compare_sides(struct comparison *comparison)
{
	static const char *const verdicts[] = {"equal within the margin", "different",
					       "uncertain: it cannot be judged"};
	int status;

	compare_all(comparison);
	if (!comparison->count) {
		complain("diff: nothing to compare: no phase is named %s",
			 comparison->request->phase ? comparison->request->phase : "so");
		return STATUS_FAILED;
	}
	status = comparison->of[FINDING_CHANGED]     ? STATUS_NO
		 : comparison->of[FINDING_UNCERTAIN] ? STATUS_FAILED
						     : STATUS_OK;
	if (comparison->request->json)
		comparison_print_json(comparison, verdicts[status]);
	else
		comparison_print_text(comparison, verdicts[status]);
	return status;
}

int diff_samples(const struct diff_samples *request, bool *exact)
{
	struct comparison comparison = {.request = request};
	struct vts_error error;
	int status = STATUS_FAILED;

	*exact = false;
	if (prepare(&comparison, &error) < 0)
		complain("diff: %s", error.text);
	else if (comparison.side[0].exact)
		*exact = true;
	else
		status = compare_sides(&comparison);
	for (size_t i = 0; i < 2; i++)
		measured_free(&comparison.side[i]);
	free(comparison.list);
	return status;
}
