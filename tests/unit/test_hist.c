/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "trace/hist.h"

/* xorshift64: the same values on every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

Test(hist, buckets_cover_every_value_once)
{
	cr_assert_eq(vts_hist_low(0), 0);
	for (unsigned i = 0; i + 1 < VTS_HIST_BUCKETS; i++)
		cr_assert_eq(vts_hist_high(i) + 1, vts_hist_low(i + 1), "bucket %u", i);
	cr_assert_eq(vts_hist_high(VTS_HIST_BUCKETS - 1), UINT64_MAX);
	for (unsigned i = 0; i < VTS_HIST_BUCKETS; i++) {
		cr_assert_eq(vts_hist_bucket(vts_hist_low(i)), i);
		cr_assert_eq(vts_hist_bucket(vts_hist_high(i)), i);
	}
}

Test(hist, a_bucket_is_at_most_a_64th_wide)
{
	for (unsigned i = 0; i < VTS_HIST_BUCKETS; i++)
		cr_assert_leq(vts_hist_high(i) - vts_hist_low(i), vts_hist_low(i) / 64, "bucket %u",
			      i);
}

Test(hist, empty)
{
	static struct vts_hist hist;

	vts_hist_init(&hist);
	cr_assert_eq(vts_hist_percentile(&hist, 500), 0);
	cr_assert_eq(vts_hist_mean(&hist), 0);
	cr_assert_eq(hist.min, UINT64_MAX);
}

Test(hist, extremes)
{
	static struct vts_hist hist;

	vts_hist_init(&hist);
	vts_hist_record(&hist, 0);
	vts_hist_record(&hist, UINT64_MAX);
	cr_assert_eq(hist.min, 0);
	cr_assert_eq(hist.max, UINT64_MAX);
	cr_assert_eq(vts_hist_percentile(&hist, 0), 0);
	cr_assert_eq(vts_hist_percentile(&hist, 500), 0);
	cr_assert_eq(vts_hist_percentile(&hist, 501), UINT64_MAX);
	cr_assert_eq(vts_hist_percentile(&hist, 4000), UINT64_MAX);
}

Test(hist, percentiles_against_sorting)
{
	enum { COUNT = 20001 };
	static const unsigned per_mille[] = {0, 1, 10, 250, 500, 900, 990, 999, 1000};
	static uint64_t values[COUNT];
	static struct vts_hist hist;
	uint64_t state = 88172645463325252ull, sum = 0;

	vts_hist_init(&hist);
	for (unsigned i = 0; i < COUNT; i++) {
		values[i] = next_random(&state) >> (next_random(&state) % 60 + 4);
		sum += values[i];
		vts_hist_record(&hist, values[i]);
	}
	qsort(values, COUNT, sizeof(values[0]), compare);
	cr_assert_eq(hist.min, values[0]);
	cr_assert_eq(hist.max, values[COUNT - 1]);
	cr_assert_eq(hist.sum, sum);
	for (unsigned i = 0; i < sizeof(per_mille) / sizeof(per_mille[0]); i++) {
		size_t rank = ((size_t)COUNT * per_mille[i] + 999) / 1000;
		uint64_t exact = values[rank ? rank - 1 : 0];
		uint64_t said = vts_hist_percentile(&hist, per_mille[i]);

		cr_assert_geq(said, exact, "p%u", per_mille[i]);
		cr_assert_leq(said - exact, exact / 64, "p%u", per_mille[i]);
	}
}

Test(hist, merge_is_recording_both)
{
	static struct vts_hist a, b, both;
	uint64_t state = 1;

	vts_hist_init(&a);
	vts_hist_init(&b);
	vts_hist_init(&both);
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t value = next_random(&state) >> (i % 64);

		vts_hist_record(i % 3 ? &a : &b, value);
		vts_hist_record(&both, value);
	}
	vts_hist_merge(&a, &b);
	cr_assert_arr_eq(&a, &both, sizeof(a));
}

Test(hist, subtract_leaves_what_came_between)
{
	static struct vts_hist now, before, between;

	vts_hist_init(&now);
	vts_hist_record(&now, 5);
	vts_hist_record(&now, 1u << 20);
	before = now;
	vts_hist_record(&now, 1000);
	vts_hist_record(&now, 3000);
	vts_hist_subtract(&between, &now, &before);
	cr_assert_eq(between.count, 2);
	cr_assert_eq(between.sum, 4000);
	cr_assert_eq(between.min, vts_hist_low(vts_hist_bucket(1000)));
	cr_assert_eq(between.max, vts_hist_high(vts_hist_bucket(3000)));
	vts_hist_subtract(&between, &now, &now);
	cr_assert_eq(between.count, 0);
	cr_assert_eq(between.min, UINT64_MAX);
	cr_assert_eq(between.max, 0);
}
