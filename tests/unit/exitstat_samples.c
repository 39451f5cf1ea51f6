// SPDX-License-Identifier: GPL-2.0-only
/* The test of Mann and Whitney, and intervals that hold what they promise. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

#include "tools/exitstat/samples.h"

static struct samples make(const double *values, size_t count)
{
	struct samples samples = {.count = 0};

	for (size_t i = 0; i < count; i++)
		samples_add(&samples, values[i]);
	return samples;
}

#define MAKE(...)                                                                                  \
	make((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

Test(samples, medians)
{
	struct samples odd = MAKE(3, 1, 2), even = MAKE(4, 1, 2, 3), none = {0};

	cr_assert_eq(samples_median(&odd), 2);
	cr_assert_eq(samples_median(&even), 2.5);
	cr_assert(isnan(samples_median(&none)));
}

/* Tables of the rank sum's exact distribution: Hollander, Wolfe, Chicken, table A.6. */
Test(samples, probabilities_are_exact)
{
	struct samples a = MAKE(1, 2, 3, 4), b = MAKE(5, 6, 7, 8), same = MAKE(5, 5, 5, 5);
	struct samples c = MAKE(1, 2, 3, 5), d = MAKE(4, 6, 7, 8, 9), none = {0};

	cr_assert_float_eq(samples_p(&a, &b), 2.0 / 70, 1e-12);
	cr_assert_float_eq(samples_p(&b, &a), 2.0 / 70, 1e-12);
	cr_assert_float_eq(samples_p(&c, &d), 4.0 / 126, 1e-12);
	cr_assert_float_eq(samples_p(&same, &same), 1, 1e-12);
	cr_assert_float_eq(samples_p(&a, &a), 1, 1e-12);
	cr_assert_float_eq(samples_p(&a, &none), 1, 1e-12);
}

Test(samples, shift_and_interval)
{
	struct samples a = MAKE(1, 2, 3, 4), b = MAKE(11, 12, 13, 14), few = MAKE(1, 2, 3);
	struct interval interval = samples_shift(&a, &b, 0.95);

	cr_assert(interval.known);
	cr_assert_eq(interval.shift, 10);
	cr_assert_eq(interval.low, 7); /* P(U = 0) is 1/70: all 16 differences, the extremes too */
	cr_assert_eq(interval.high, 13);
	cr_assert_not(samples_shift(&few, &few, 0.95).known);
	cr_assert(samples_suffice(4, 4, 0.95));
	cr_assert(samples_suffice(3, 5, 0.95));
	cr_assert_not(samples_suffice(3, 4, 0.95));
	cr_assert_not(samples_suffice(2, MEASURED_RUNS_MAX, 0.95), "however many the others");
}

static uint64_t state = 1;

static double uniform(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (double)(state >> 11) / 9007199254740992.0;
}

/** Skewed, with a heavy tail and ties: nothing like a normal distribution. */
static double draw(void)
{
	return floor(10 / (uniform() + 0.01));
}

/* The promise is 95 %; what is kept must not be less (but for the luck of 2,000 trials). */
Test(samples, intervals_hold_the_true_shift)
{
	unsigned held = 0, alarms = 0, trials = 2000;

	for (unsigned t = 0; t < trials; t++) {
		struct samples a = {.count = 0}, b = {.count = 0};
		struct interval interval;

		for (unsigned i = 0; i < 8; i++) {
			samples_add(&a, draw());
			samples_add(&b, draw() + 7);
		}
		interval = samples_shift(&a, &b, 0.95);
		held += interval.low <= 7 && interval.high >= 7;
		for (unsigned i = 0; i < 8; i++)
			b.value[i] -= 7;
		alarms += samples_p(&a, &b) <= 0.05;
	}
	printf(
	    "intervals held the true shift in %.1f %% of %u trials, alarms without one: %.1f %%\n",
	    100.0 * held / trials, trials, 100.0 * alarms / trials);
	cr_assert_geq(held, trials * 94 / 100);
	cr_assert_leq(alarms, trials * 6 / 100);
}

Test(samples, median_interval)
{
	struct samples six = MAKE(1, 2, 3, 4, 5, 6), five = MAKE(1, 2, 3, 4, 5);
	struct interval interval = samples_median_interval(&six, 0.95);

	cr_assert(interval.known); /* 2 * 2^-6 is 3.1 % */
	cr_assert_eq(interval.low, 1);
	cr_assert_eq(interval.high, 6);
	cr_assert_not(samples_median_interval(&five, 0.95).known);
}

Test(samples, largest_samples_stay_in_bounds)
{
	struct samples a = {.count = 0}, b = {.count = 0};

	for (unsigned i = 0; i < MEASURED_RUNS_MAX; i++) {
		samples_add(&a, i);
		samples_add(&b, 1000 + i);
	}
	cr_assert_lt(samples_p(&a, &b), 1e-20);
	cr_assert_gt(samples_shift(&a, &b, 0.95).low, 900);
}
