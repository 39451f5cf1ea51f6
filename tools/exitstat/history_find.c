// SPDX-License-Identifier: GPL-2.0-only
/* Finding the commits at which figures changed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "samples.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, size_t count)
{
	double *sorted = malloc(count * sizeof(*sorted)), middle;

	if (!sorted)
		die_of_memory();
	memcpy(sorted, values, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_doubles);
	middle = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
	free(sorted);
	return middle;
}

static bool is_larger(const struct rule *rule, enum metric metric, bool exact, double before,
		      double after)
{
	return fabs(after - before) > rule_allows(rule, metric, exact, before);
}

/** Every value that is further from the last one that counted than is allowed. */
static size_t find_steps(const double *values, size_t count, const struct rule *rule,
			 enum metric metric, struct change_point *points)
{
	size_t found = 0;
	double from = values[0];

	for (size_t i = 1; i < count; i++) {
		if (!is_larger(rule, metric, true, from, values[i]))
			continue;
		points[found++] = (struct change_point){i, 0};
		from = values[i];
	}
	return found;
}

static bool is_constant(const double *values, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

static void add_change(struct history_changes *changes, const struct history_change *change)
{
	if (changes->count == changes->room) {
		size_t room = changes->room ? changes->room * 2 : 32;
		void *list = realloc(changes->list, room * sizeof(*changes->list));

		if (!list)
			die_of_memory();
		changes->list = list;
		changes->room = room;
	}
	changes->list[changes->count++] = *change;
}

void history_find_series(const double *values, size_t count, bool exact,
			 const struct edivisive_options *options, struct history_changes *changes,
			 const struct history_change *like, const struct rule *rule,
			 const struct history_entry *const *entry)
{
	struct change_point *points = calloc(count + 1, sizeof(*points));
	size_t found = 0;

	if (!points)
		die_of_memory();
	changes->series++;
	if (!is_constant(values, count))
		found = exact ? find_steps(values, count, rule, like->metric, points)
			      : edivisive(values, count, options, points);
	for (size_t i = 0; i < found; i++) {
		size_t start = i ? points[i - 1].at : 0, at = points[i].at;
		size_t end = i + 1 < found ? points[i + 1].at : count;
		struct history_change change = *like;

		change.entry = entry[at];
		change.of_before = at - start;
		change.of_after = end - at;
		/* Exact figures are as they are beside the change: what is allowed may add up. */
		change.before = exact ? values[at - 1] : median(values + start, at - start);
		change.after = exact ? values[at] : median(values + at, end - at);
		change.p = points[i].p;
		if (exact || is_larger(rule, like->metric, false, change.before, change.after))
			add_change(changes, &change);
	}
	free(points);
}

/** The entries of one group, and all rows that any of them has. */
struct group {
	const struct history_entry **entry;
	size_t count;
	struct figures rows;
};

static void group_make(struct group *group, const struct history *history, size_t number)
{
	struct figures *all = calloc(history->count + 1, sizeof(*all));

	*group =
	    (struct group){.entry = calloc(history->count + 1, sizeof(struct history_entry *))};
	if (!all || !group->entry)
		die_of_memory();
	for (size_t i = 0; i < history->count; i++) {
		const struct measured *measured = &history->list[i].measured;

		if (history->list[i].group != number)
			continue;
		figures_union(&all[group->count], measured->runs, measured->count);
		group->entry[group->count++] = &history->list[i];
	}
	figures_union(&group->rows, all, group->count);
	for (size_t i = 0; i < group->count; i++)
		figures_free(&all[i]);
	free(all);
}

static void find_figure(const struct group *group, const struct figure_row *row, enum metric metric,
			const struct rule *rule, const struct edivisive_options *options,
			struct history_changes *changes)
{
	const struct history_change like = {.row = *row, .metric = metric};
	const struct history_entry **entry = calloc(group->count + 1, sizeof(*entry));
	double *values = calloc(group->count + 1, sizeof(*values));
	size_t count = 0;

	if (!entry || !values)
		die_of_memory();
	for (size_t i = 0; i < group->count; i++) {
		double value = samples_median_of(&group->entry[i]->measured, row, metric);

		if (isnan(value)) /* nothing to have a latency */
			continue;
		entry[count] = group->entry[i];
		values[count++] = value;
	}
	if (count > 1)
		history_find_series(values, count, group->entry[0]->measured.exact, options,
				    changes, &like, rule, entry);
	free(entry);
	free(values);
}

/** Of the figure before. */
static double share(const struct history_change *change)
{
	double by = fabs(change->after - change->before);

	return change->before > 0 ? by / change->before : INFINITY;
}

static int compare(const void *left, const void *right)
{
	const struct history_change *a = left, *b = right;
	double x = share(a), y = share(b);

	if (a->entry != b->entry)
		return a->entry < b->entry ? -1 : 1;
	if (x != y)
		return x < y ? 1 : -1;
	if (figure_row_compare(&a->row, &b->row))
		return figure_row_compare(&a->row, &b->row);
	return (a->metric > b->metric) - (a->metric < b->metric);
}

void history_find(const struct history *history, const struct rules *rules,
		  const struct edivisive_options *options, struct history_changes *changes)
{
	*changes = (struct history_changes){0};
	for (size_t g = 0; g < history->groups; g++) {
		struct group group;

		group_make(&group, history, g);
		for (size_t i = 0; i < group.rows.count; i++)
			for (int m = 0; m < METRICS; m++) {
				const struct figure_row *row = &group.rows.rows[i];
				const struct rule *rule = rules_find(rules, row, m);

				if (rule && !rule->ignore)
					find_figure(&group, row, m, rule, options, changes);
			}
		free(group.entry);
		figures_free(&group.rows);
	}
	if (changes->count)
		qsort(changes->list, changes->count, sizeof(*changes->list), compare);
}
