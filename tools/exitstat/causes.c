// SPDX-License-Identifier: GPL-2.0-only
#include "causes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"
#include "text.h"

/* The sentence names so many causes, and after the first none that is a smaller share of it. */
#define NAMED	    3
#define NAMED_SHARE 0.01

/* ---- making them -------------------------------------------------------------------------------- */

/** NAN, which a figure that is not there has, counts as 0. */
static double value_of(const struct measured *measured, const struct figure_row *row,
		       enum metric metric)
{
	double value = samples_median_of(measured, row, metric);

	return isnan(value) ? 0 : value;
}

static int compare(const void *left, const void *right)
{
	const struct cause *a = left, *b = right;
	double x = fabs(a->change), y = fabs(b->change);

	if (x != y)
		return x < y ? 1 : -1;
	return figure_row_compare(&a->row, &b->row);
}

static struct cause make(const struct measured *const sides[2], const struct figure_row *row)
{
	struct cause cause = {.row = *row};

	for (size_t i = 0; i < 2; i++) {
		cause.count[i] = value_of(sides[i], row, METRIC_COUNT);
		cause.sum[i] = value_of(sides[i], row, METRIC_SUM);
		cause.mean[i] = cause.count[i] > 0 ? cause.sum[i] / cause.count[i] : 0;
		cause.p50[i] = value_of(sides[i], row, METRIC_P50);
		cause.p99[i] = value_of(sides[i], row, METRIC_P99);
	}
	cause.change = cause.sum[1] - cause.sum[0];
	return cause;
}

void causes_make(struct causes *causes, const struct measured *a, const struct measured *b,
		 enum figure_table table, const char *phase)
{
	const struct measured *const sides[2] = {a, b};
	struct figures all[2], rows;

	figures_union(&all[0], a->runs, a->count);
	figures_union(&all[1], b->runs, b->count);
	figures_union(&rows, all, 2);
	causes->count = 0;
	causes->list = calloc(rows.count + 1, sizeof(*causes->list));
	if (!causes->list)
		die_of_memory();
	for (size_t i = 0; i < rows.count; i++) {
		const struct figure_row *row = &rows.rows[i];

		if (row->table == table && (phase ? !strcmp(row->phase, phase) : *row->phase))
			causes->list[causes->count++] = make(sides, row);
	}
	qsort(causes->list, causes->count, sizeof(*causes->list), compare);
	figures_free(&all[0]);
	figures_free(&all[1]);
	figures_free(&rows);
}

void causes_free(struct causes *causes)
{
	free(causes->list);
	*causes = (struct causes){0};
}

/* ---- the sentence ------------------------------------------------------------------------------- */

/** "+1,234" */
static const char *signed_text(double value, char *text)
{
	*text = value < 0 ? '-' : '+';
	text_count(text + 1, (uint64_t)llround(fabs(value)));
	return text;
}

/** More of them, or each longer? */
static void put_why(FILE *out, const struct cause *cause, const char *unit)
{
	char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX];

	text_count(a, (uint64_t)llround(cause->count[0]));
	text_count(b, (uint64_t)llround(cause->count[1]));
	if (cause->count[0] == 0) {
		fprintf(out, "%s of them, where there were none", b);
		return;
	}
	if (cause->count[1] == 0) {
		fprintf(out, "none, where there were %s", a);
		return;
	}
	if (cause->count[0] != cause->count[1])
		fprintf(out, "%s of them instead of %s", b, a);
	text_mean(a, cause->mean[0]);
	text_mean(b, cause->mean[1]);
	if (strcmp(a, b))
		fprintf(out, "%seach takes %s instead of %s %s",
			cause->count[0] != cause->count[1] ? ", and " : "", b, a, unit);
	else if (cause->count[0] == cause->count[1])
		fprintf(out, "a little for each");
}

static void put_causes(FILE *out, const struct causes *causes, const char *unit)
{
	char change[TEXT_NUMBER_MAX + 1], title[FIGURE_KEY_MAX + 32];
	size_t named = 0;

	for (size_t i = 0; i < causes->count && causes->list[i].change != 0; i++) {
		const struct cause *cause = &causes->list[i];

		if (named == NAMED ||
		    fabs(cause->change) < NAMED_SHARE * fabs(causes->list[0].change)) {
			fputs("; and others", out);
			break;
		}
		snprintf(title, sizeof(title), "%s", cause->row.key);
		fprintf(out, "%s%s %s (", named ? "; " : ": ", text_clean(title),
			signed_text(cause->change, change));
		put_why(out, cause, unit);
		fputs(")", out);
		named++;
	}
}

/** "VMM time rose by 7 instr (+0.04 %)"; false if it did not change. */
static bool put_total(FILE *out, const char *what, const struct measured *a,
		      const struct measured *b, const char *phase, enum metric metric)
{
	struct figure_row run = {.table = TABLE_RUN};
	char number[TEXT_NUMBER_MAX];
	double x, y;

	snprintf(run.phase, sizeof(run.phase), "%s", phase);
	x = value_of(a, &run, metric);
	y = value_of(b, &run, metric);
	if (x == y) {
		fprintf(out, "%s is the same", what);
		return false;
	}
	fprintf(out, "%s %s by %s %s", what, y > x ? "rose" : "fell",
		text_count(number, (uint64_t)llround(fabs(y - x))), measured_unit(b));
	if (x > 0)
		fprintf(out, " (%+.2f %%)", 100 * (y - x) / x);
	return true;
}

char *causes_sentence(const struct measured *a, const struct measured *b, const char *phase)
{
	struct causes reasons;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_of_memory();
	causes_make(&reasons, a, b, TABLE_REASON, phase);
	if (put_total(out, "VMM time", a, b, phase, METRIC_VMM))
		put_causes(out, &reasons, measured_unit(b));
	else if (reasons.count && reasons.list[0].change != 0) {
		fputs(", but not where it goes", out);
		put_causes(out, &reasons, measured_unit(b));
	}
	fputs(". ", out);
	put_total(out, "Guest time", a, b, phase, METRIC_GUEST);
	fputs(".", out);
	causes_free(&reasons);
	if (fclose(out))
		die_of_memory();
	return text;
}

/* ---- the tables --------------------------------------------------------------------------------- */

/* What is shown, in this order. */
static const struct {
	enum figure_table table;
	bool phases; /* a row for each phase */
	const char *name, *title, *column;
} views[] = {
    {TABLE_REASON, false, "reason", "by exit reason", "<reason"},
    {TABLE_EXITS, true, "phase", "by phase", "<phase"},
    {TABLE_DEVICE, false, "device", "by device", "<device"},
    {TABLE_FUNCTION, false, "function", "by guest function", "<function"},
};

#define VIEWS (sizeof(views) / sizeof(views[0]))

static bool is_equal(const struct cause *cause)
{
	return cause->count[0] == cause->count[1] && cause->sum[0] == cause->sum[1] &&
	       cause->p50[0] == cause->p50[1] && cause->p99[0] == cause->p99[1];
}

static void total(const struct causes *causes, double sum[2], double *changed)
{
	sum[0] = sum[1] = *changed = 0;
	for (size_t i = 0; i < causes->count; i++) {
		sum[0] += causes->list[i].sum[0];
		sum[1] += causes->list[i].sum[1];
		*changed += fabs(causes->list[i].change);
	}
}

static void put_cell(struct table *table, double value, bool there)
{
	char text[TEXT_NUMBER_MAX];

	table_cell(table, "%s", there ? text_count(text, (uint64_t)llround(value)) : "-");
}

static void put_row(struct table *table, const struct cause *cause, const char *name,
		    const double sum[2], double changed)
{
	char text[FIGURE_KEY_MAX];

	snprintf(text, sizeof(text), "%s", name);
	table_cell(table, "%s", text_clean(text));
	table_cell(table, "%s", cause->change == 0 ? "0" : signed_text(cause->change, text));
	table_share(table, (uint64_t)llround(fabs(cause->change)), (uint64_t)llround(changed));
	for (size_t i = 0; i < 2; i++)
		put_cell(table, cause->count[i], true);
	for (size_t i = 0; i < 2; i++)
		table_cell(table, "%s",
			   cause->count[i] > 0 ? text_mean(text, cause->mean[i]) : "-");
	for (size_t i = 0; i < 2; i++)
		put_cell(table, cause->p50[i], cause->p50[i] > 0);
	for (size_t i = 0; i < 2; i++)
		put_cell(table, cause->p99[i], cause->p99[i] > 0);
	for (size_t i = 0; i < 2; i++)
		table_share(table, (uint64_t)llround(cause->sum[i]), (uint64_t)llround(sum[i]));
}

void causes_print(const struct measured *a, const struct measured *b, const char *phase, bool all)
{
	for (size_t v = 0; v < VIEWS; v++) {
		const char *const columns[] = {views[v].column,
					       ">time B - A",
					       ">of change",
					       ">count A",
					       ">B",
					       ">mean A",
					       ">B",
					       ">p50 A",
					       ">B",
					       ">p99 A",
					       ">B",
					       ">of A",
					       ">of B",
					       NULL};
		struct table *table = table_new(columns);
		struct causes causes;
		double sum[2], changed;

		causes_make(&causes, a, b, views[v].table, views[v].phases ? NULL : phase);
		total(&causes, sum, &changed);
		for (size_t i = 0; i < causes.count; i++)
			if (all || !is_equal(&causes.list[i]))
				put_row(table, &causes.list[i],
					views[v].phases ? causes.list[i].row.phase
							: causes.list[i].row.key,
					sum, changed);
		if (table_rows(table))
			printf("VMM time %s, the largest change first; times in %s\n",
			       views[v].title, measured_unit(b));
		table_print(table, stdout);
		causes_free(&causes);
	}
}

static json_t *cause_json(const struct cause *cause, const char *view, const char *key)
{
	static const char *const side[2] = {"a", "b"};
	json_t *object = json_new_object();

	json_put_text(object, "by", view);
	json_put_text(object, "key", key);
	json_put_real(object, "change", cause->change);
	for (size_t i = 0; i < 2; i++) {
		json_t *its = json_new_object();

		json_put_real(its, "count", cause->count[i]);
		json_put_real(its, "sum", cause->sum[i]);
		json_put_real(its, "mean", cause->mean[i]);
		json_put_real(its, "p50", cause->p50[i]);
		json_put_real(its, "p99", cause->p99[i]);
		json_put(object, side[i], its);
	}
	return object;
}

json_t *causes_json(const struct measured *a, const struct measured *b, const char *phase, bool all)
{
	json_t *array = json_new_array();

	for (size_t v = 0; v < VIEWS; v++) {
		struct causes causes;

		causes_make(&causes, a, b, views[v].table, views[v].phases ? NULL : phase);
		for (size_t i = 0; i < causes.count; i++)
			if (all || !is_equal(&causes.list[i]))
				json_add(array,
					 cause_json(&causes.list[i], views[v].name,
						    views[v].phases ? causes.list[i].row.phase
								    : causes.list[i].row.key));
		causes_free(&causes);
	}
	return array;
}
