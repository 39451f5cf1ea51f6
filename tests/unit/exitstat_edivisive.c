// SPDX-License-Identifier: GPL-2.0-only
/* Change points: those of a stored series are found, and noise has none. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/edivisive.h"
#include "tools/exitstat/history.h"

#define SERIES_MAX 500

static const struct edivisive_options defaults = EDIVISIVE_DEFAULTS;

struct series {
	double value[SERIES_MAX];
	size_t count;
	size_t change[SERIES_MAX];
	size_t changes;
};

/** tests/data/series-changes.txt: a value a line; `# changes: N ...` */
static void load(struct series *series)
{
	const char *srcdir = getenv("SRCDIR");
	char path[4096], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/data/series-changes.txt", srcdir ? srcdir : ".");
	file = fopen(path, "re");
	cr_assert(file, "%s", path);
	memset(series, 0, sizeof(*series));
	while (fgets(line, sizeof(line), file)) {
		char *at = line + strlen("# changes:");

		if (*line != '#')
			series->value[series->count++] = atof(line);
		else if (!strncmp(line, "# changes:", strlen("# changes:")))
			while (strtoul(at, NULL, 10))
				series->change[series->changes++] = strtoul(at, &at, 10);
	}
	fclose(file);
}

static uint64_t state;

static double uniform(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (double)(state >> 11) / 9007199254740992.0;
}

Test(edivisive, known_changes_are_found)
{
	struct series series;
	struct change_point points[SERIES_MAX];
	size_t found;

	load(&series);
	cr_assert_eq(series.count, 160);
	cr_assert_eq(series.changes, 5);
	found = edivisive(series.value, series.count, &defaults, points);
	for (size_t i = 0; i < found; i++)
		printf("change at %zu, p %.3f\n", points[i].at, points[i].p);
	cr_assert_eq(found, series.changes);
	for (size_t i = 0; i < found; i++) {
		cr_expect_leq(labs((long)points[i].at - (long)series.change[i]), 1,
			      "at %zu, not %zu", points[i].at, series.change[i]);
		cr_expect_leq(points[i].p, defaults.significance);
	}
}

Test(edivisive, same_input_same_answer)
{
	struct change_point a[SERIES_MAX], b[SERIES_MAX];
	struct series series;
	size_t found;

	load(&series);
	found = edivisive(series.value, series.count, &defaults, a);
	cr_assert_eq(edivisive(series.value, series.count, &defaults, b), found);
	cr_assert_arr_eq(a, b, found * sizeof(*a));
}

/* How often noise alone raises an alarm: the promise is the test's significance. */
static unsigned count_alarms(const char *name, double (*noise)(void), size_t count, unsigned trials)
{
	struct change_point points[SERIES_MAX];
	double values[SERIES_MAX];
	unsigned alarms = 0;

	for (unsigned t = 0; t < trials; t++) {
		for (size_t i = 0; i < count; i++)
			values[i] = noise();
		alarms += edivisive(values, count, &defaults, points) > 0;
	}
	printf("%s: false alarms in %u of %u series of %zu values: %.2f %% (promised: at most %.0f "
	       "%%)\n",
	       name, alarms, trials, count, 100.0 * alarms / trials, 100 * defaults.significance);
	return alarms;
}

static double even(void)
{
	return uniform();
}

static double heavy(void) /* no mean, no variance */
{
	return tan(3.14159265 * (uniform() - 0.5));
}

static double spikes(void)
{
	return uniform() < 0.05 ? 10 : uniform();
}

static double few(void) /* mostly ties */
{
	return floor(3 * uniform());
}

/* Of 400 series with 1 % each, more than 12 would be a chance of one in 1,000. */
Test(edivisive, noise_has_no_changes, .timeout = 120)
{
	state = 42;
	cr_expect_leq(count_alarms("even", even, 40, 400), 12);
	cr_expect_leq(count_alarms("heavy tails", heavy, 40, 400), 12);
	cr_expect_leq(count_alarms("spikes", spikes, 40, 400), 12);
	cr_expect_leq(count_alarms("ties", few, 40, 400), 12);
}

Test(edivisive, short_and_constant_series)
{
	const double step[] = {1, 1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9};
	const double flat[12] = {0};
	struct change_point points[12];

	cr_assert_eq(edivisive(step, 5, &defaults, points), 0);
	cr_assert_eq(edivisive(flat, 12, &defaults, points), 0);
	cr_assert_eq(edivisive(step, 12, &defaults, points), 1);
	cr_assert_eq(points[0].at, 6);
}

/* Changes that are found in another order than they stand in. */
Test(edivisive, order)
{
	struct change_point points[SERIES_MAX];
	double values[90];
	size_t found;

	state = 11;
	for (size_t i = 0; i < 90; i++)
		values[i] = uniform() + (i >= 60 ? 100 : i >= 30 ? 3 : i >= 15 ? 1.5 : 0);
	found = edivisive(values, 90, &defaults, points);
	for (size_t i = 0; i < found; i++)
		printf("change at %zu, p %.3f\n", points[i].at, points[i].p);
	cr_assert_eq(found, 3);
	cr_assert_eq(points[0].at, 15);
	cr_assert_eq(points[1].at, 30);
	cr_assert_eq(points[2].at, 60);
}

/* Where figures are exact: every step beyond what is allowed, small ones once they have added up. */
Test(history, exact_steps)
{
	const double values[] = {1000, 1005, 1009, 1012, 1012, 900};
	const struct history_entry entries[6] = {{.commit = "a"}};
	const struct history_entry *entry[6];
	struct history_change like = {.metric = METRIC_SUM};
	struct history_changes changes = {0};
	struct rule rule = {.has_threshold = true, .relative = 0.01};

	for (size_t i = 0; i < 6; i++)
		entry[i] = &entries[i];
	history_find_series(values, 6, true, &defaults, &changes, &like, &rule, entry);
	cr_assert_eq(changes.count, 2);
	cr_assert_eq(changes.list[0].entry, entry[3]);
	cr_assert_eq(changes.list[0].after, 1012);
	cr_assert_eq(changes.list[1].entry, entry[5]);
	cr_assert_eq(changes.list[1].before, 1012);
	free(changes.list);
}
