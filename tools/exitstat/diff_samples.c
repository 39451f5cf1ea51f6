// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two sides of several runs each, where runs vary. A figure has changed if the Mann-Whitney test says
 * so, at a rate of false discoveries of 5 % among all figures (Benjamini, Hochberg 1995); it is the same if the
 * confidence interval of its change lies within the margin; else it is uncertain.
 */
#include "diff_samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes.h"
#include "samples.h"
#include "text.h"

#define CONFIDENCE 0.95

#define NAMED	      3	 /* changes that the sentence names */
#define UNCERTAIN_MAX 10 /* rows shown of what is uncertain */

enum finding { FINDING_SAME, FINDING_UNCERTAIN, FINDING_CHANGED, FINDINGS };

static const char *const finding_names[FINDINGS] = {"same", "uncertain", "changed"};

struct compared {
	struct figure_row row;
	enum metric metric;
	struct interval side[2], change;
	bool constant; /* the same in every run of both sides */
	double p, q;   /* q: of false discoveries, were this one and all more certain ones taken */
	enum finding finding;
};

struct comparison {
	const struct diff_samples *request;
	struct measured side[2];
	struct compared *list;
	size_t count, of[FINDINGS];
};

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
		compared->side[i] = samples_median_interval(&samples[i], CONFIDENCE);
	compared->change = samples_shift(&samples[0], &samples[1], CONFIDENCE);
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
	if (compared->q <= 1 - CONFIDENCE && change->known && change->low * change->high > 0)
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

/* ---- what is printed ---------------------------------------------------------------------------- */

static const char *interval_text(const struct interval *interval, bool sign, char *text,
				 size_t size)
{
	if (interval->known)
		snprintf(text, size, sign ? "%+.6g to %+.6g" : "%.6g to %.6g", interval->low,
			 interval->high);
	else
		snprintf(text, size, "-");
	return text;
}

static void put_row(struct table *table, const struct compared *compared)
{
	const struct figure_row *row = &compared->row;
	char text[FIGURE_KEY_MAX + 32];

	table_cell(table, "%s", finding_names[compared->finding]);
	table_cell(table, "%s", row->phase);
	snprintf(text, sizeof(text), "%s%s%s", figure_tables[row->table].name, *row->key ? " " : "",
		 row->key);
	table_cell(table, "%s", text_clean(text));
	table_cell(table, "%s", metrics[compared->metric].name);
	for (size_t i = 0; i < 2; i++) {
		table_cell(table, "%.6g", compared->side[i].shift);
		table_cell(table, "%s",
			   interval_text(&compared->side[i], false, text, sizeof(text)));
	}
	table_cell(table, "%+.6g", compared->change.shift);
	if (compared->side[0].shift > 0)
		table_cell(table, "%+.2f %%",
			   100 * compared->change.shift / compared->side[0].shift);
	else
		table_cell(table, "-");
	table_cell(table, "%s", interval_text(&compared->change, true, text, sizeof(text)));
	table_cell(table, "%.2g", compared->q);
}

/** "sum of reason cpuid by +1346.5 cycles (+8.21 %; with 95 % confidence +552 to +2192)" */
static void put_change(FILE *out, const struct comparison *comparison,
		       const struct compared *compared)
{
	const char *unit = metrics[compared->metric].type == TYPE_TIME
			       ? measured_unit(&comparison->side[0])
			       : "in number";
	char title[FIGURE_KEY_MAX + 64], interval[64];

	fprintf(out, "%s of %s by %+.6g %s (", metrics[compared->metric].name,
		figure_title(&compared->row, title, sizeof(title)), compared->change.shift, unit);
	if (compared->side[0].shift > 0)
		fprintf(out, "%+.2f %%; ", 100 * compared->change.shift / compared->side[0].shift);
	fprintf(out, "with %.0f %% confidence %s)", 100 * CONFIDENCE,
		interval_text(&compared->change, true, interval, sizeof(interval)));
}

/** What was found, in words; allocated. */
static char *sentence(const struct comparison *comparison)
{
	size_t changed = comparison->of[FINDING_CHANGED], size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_of_memory();
	if (!changed)
		fprintf(out, "No figure of %zu surely changed.", comparison->count);
	for (size_t i = 0; i < changed && i < NAMED; i++) {
		fputs(i ? ", " : "Changed: ", out);
		put_change(out, comparison, &comparison->list[i]);
	}
	if (changed > NAMED)
		fprintf(out, ", and %zu more", changed - NAMED);
	fprintf(out, "%s", changed ? "." : "");
	if (comparison->of[FINDING_UNCERTAIN])
		fprintf(out, " %zu are uncertain: record more runs, in turn.",
			comparison->of[FINDING_UNCERTAIN]);
	if (comparison->of[FINDING_SAME])
		fprintf(out, " %zu are the same within %.3g %%.", comparison->of[FINDING_SAME],
			100 * comparison->request->margin);
	if (fclose(out))
		die_of_memory();
	return text;
}

static void print_text(const struct comparison *comparison, const char *verdict)
{
	static const char *const columns[] = {"<",
					      "<phase",
					      "<of",
					      "<figure",
					      ">A",
					      "<95 % confidence",
					      ">B",
					      "<95 % confidence",
					      ">change",
					      ">",
					      "<95 % confidence",
					      ">q",
					      NULL};
	struct table *table = table_new(columns);
	char *text = sentence(comparison);
	size_t uncertain = 0;

	for (size_t i = 0; i < 2; i++)
		printf("%c: %zu runs, the first %s\n", 'A' + (int)i, comparison->side[i].count,
		       comparison->side[i].title);
	printf("%s\n", text);
	for (size_t i = 0; i < comparison->count; i++) {
		enum finding finding = comparison->list[i].finding;

		if (comparison->request->all || finding == FINDING_CHANGED ||
		    (finding == FINDING_UNCERTAIN && uncertain++ < UNCERTAIN_MAX))
			put_row(table, &comparison->list[i]);
	}
	if (table_rows(table))
		printf("medians of runs; times in %s\n", measured_unit(&comparison->side[0]));
	table_print(table, stdout);
	if (uncertain > UNCERTAIN_MAX && !comparison->request->all)
		printf("... and %zu more that are uncertain; --all shows them\n",
		       uncertain - UNCERTAIN_MAX);
	puts(verdict);
	free(text);
}

static json_t *interval_json(const struct interval *interval)
{
	json_t *object = json_new_object();

	json_put_real(object, "median", interval->shift);
	json_put(object, "low", interval->known ? json_real(interval->low) : json_null());
	json_put(object, "high", interval->known ? json_real(interval->high) : json_null());
	return object;
}

static json_t *compared_json(const struct compared *compared)
{
	json_t *object = json_new_object();

	json_put_text(object, "phase", compared->row.phase);
	json_put_text(object, "table", figure_tables[compared->row.table].name);
	json_put_text(object, "key", compared->row.key);
	json_put_text(object, "figure", metrics[compared->metric].name);
	json_put(object, "a", interval_json(&compared->side[0]));
	json_put(object, "b", interval_json(&compared->side[1]));
	json_put(object, "change", interval_json(&compared->change));
	json_put_real(object, "p", compared->p);
	json_put_real(object, "q", compared->q);
	json_put_text(object, "finding", finding_names[compared->finding]);
	return object;
}

static void print_json(const struct comparison *comparison, const char *verdict)
{
	const char *phase = comparison->request->phase;
	json_t *root = json_new_object(), *rows = json_new_array();
	char *text = sentence(comparison);

	json_put_text(root, "a", comparison->side[0].title);
	json_put_text(root, "b", comparison->side[1].title);
	json_put_count(root, "runs_a", comparison->side[0].count);
	json_put_count(root, "runs_b", comparison->side[1].count);
	json_put_text(root, "unit", measured_unit(&comparison->side[0]));
	json_put_real(root, "confidence", CONFIDENCE);
	json_put_text(root, "verdict", verdict);
	json_put_text(root, "summary", text);
	for (size_t i = 0; i < FINDINGS; i++)
		json_put_count(root, finding_names[i], comparison->of[i]);
	json_put(root, "causes",
		 causes_json(&comparison->side[0], &comparison->side[1], phase ? phase : "",
			     comparison->request->all));
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->request->all || comparison->list[i].finding != FINDING_SAME)
			json_add(rows, compared_json(&comparison->list[i]));
	json_put(root, "rows", rows);
	json_print(root);
	free(text);
}

/* ---- the command -------------------------------------------------------------------------------- */

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
		print_json(comparison, verdicts[status]);
	else
		print_text(comparison, verdicts[status]);
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
