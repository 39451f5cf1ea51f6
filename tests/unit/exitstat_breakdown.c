// SPDX-License-Identifier: GPL-2.0-only
/* Breakdown tables: against a plain count of the same values, and their percentiles against
 * sorting. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tools/exitstat/breakdown.h"

#define KEYS   5000
#define VALUES 200000

/** A small generator with a long period (Marsaglia's xorshift64), so that failures repeat. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(breakdown, counts_as_a_plain_array_does)
{
	static uint64_t count[KEYS], sum[KEYS], largest[KEYS];
	struct breakdown breakdown;
	uint64_t state = 88172645463325252ull;
	size_t rows = 0;

	breakdown_init(&breakdown);
	for (int i = 0; i < VALUES; i++) {
		uint64_t key = next_random(&state) % KEYS,
			 value = next_random(&state) >> (key % 60);

		breakdown_add(&breakdown, key * 4096, value);
		count[key]++;
		sum[key] += value;
		largest[key] = value > largest[key] ? value : largest[key];
	}
	for (uint64_t key = 0; key < KEYS; key++) {
		const struct breakdown_row *row = breakdown_find(&breakdown, key * 4096);

		rows += count[key] > 0;
		cr_assert_eq(row ? row->count : 0, count[key]);
		cr_assert_eq(row ? row->sum : 0, sum[key]);
		cr_assert_eq(row ? row->max : 0, largest[key]);
	}
	cr_assert_eq(breakdown.rows, rows);
	cr_assert_null(breakdown_find(&breakdown, 1));
	breakdown_free(&breakdown);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

Test(breakdown, percentiles_are_those_of_sorting_within_one_64th)
{
	static const unsigned per_mille[] = {1, 500, 900, 990, 999, 1000};
	static uint64_t values[10007];
	struct breakdown breakdown;
	struct vts_hist hist;
	uint64_t state = 1234567;
	size_t count = sizeof(values) / sizeof(values[0]);

	breakdown_init(&breakdown);
	for (size_t i = 0; i < count; i++) {
		values[i] = next_random(&state) >> (20 + next_random(&state) % 40);
		breakdown_add(&breakdown, 7, values[i]);
	}
	qsort(values, count, sizeof(values[0]), ascending);
	vts_hist_init(&hist);
	breakdown_merge(&hist, breakdown_find(&breakdown, 7));
	cr_assert_eq(hist.min, values[0]);
	cr_assert_eq(hist.max, values[count - 1]);
	for (size_t i = 0; i < 6; i++) {
		uint64_t exact = values[(count * per_mille[i] + 999) / 1000 - 1];
		uint64_t ours = vts_hist_percentile(&hist, per_mille[i]);

		cr_assert(ours >= exact && ours - exact <= exact / 64, "p%u: %lu, exactly %lu",
			  per_mille[i], ours, exact);
	}
	breakdown_free(&breakdown);
}

Test(breakdown, sorts_by_total_then_key)
{
	struct breakdown breakdown;
	const struct breakdown_row **rows;

	breakdown_init(&breakdown);
	breakdown_add(&breakdown, 3, 10);
	breakdown_add(&breakdown, 9, 50);
	breakdown_add(&breakdown, 1, 4);
	breakdown_add(&breakdown, 1, 6);
	rows = breakdown_sort(&breakdown);
	cr_assert_eq(breakdown.rows, 3);
	cr_assert_eq(rows[0]->key, 9);
	cr_assert_eq(rows[1]->key, 1);
	cr_assert_eq(rows[2]->key, 3);
	free(rows);
	breakdown_free(&breakdown);
}

Test(breakdown, an_empty_one_has_no_rows)
{
	struct breakdown breakdown;
	const struct breakdown_row **rows;

	breakdown_init(&breakdown);
	rows = breakdown_sort(&breakdown);
	cr_assert_eq(breakdown.rows, 0);
	cr_assert_null(breakdown_find(&breakdown, 0));
	free(rows);
	breakdown_free(&breakdown);
}
