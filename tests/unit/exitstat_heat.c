// SPDX-License-Identifier: GPL-2.0-only
/* Latency over time: no exit is lost when the grid grows, and each is in its time and octave. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/heat.h"

static struct heat heat;

/** All exits of a row that lie in a band; @slots: sum over so many. */
static uint64_t band_sum(unsigned reason, unsigned band)
{
	uint64_t sum = 0;

	for (size_t i = 0; heat.rows[reason].band[band] && i < HEAT_SLOTS; i++)
		sum += heat.rows[reason].band[band][i];
	return sum;
}

Test(heat, bands_are_octaves)
{
	heat_init(&heat);
	heat_add(&heat, 10, 0, 0);
	heat_add(&heat, 10, 0, 1);
	heat_add(&heat, 10, 0, 127);
	heat_add(&heat, 10, 0, 128);
	heat_add(&heat, 10, 0, UINT64_MAX);
	cr_expect_eq(band_sum(10, 0), 1);
	cr_expect_eq(band_sum(10, 1), 1);
	cr_expect_eq(band_sum(10, 7), 1);
	cr_expect_eq(band_sum(10, 8), 1);
	cr_expect_eq(band_sum(10, 64), 1);
	for (unsigned band = 0; band < HEAT_BANDS - 1; band++)
		cr_expect_eq(heat_high(band) + 1, heat_low(band + 1));
	heat_free(&heat);
}

Test(heat, the_grid_is_as_fine_as_it_can_be)
{
	heat_init(&heat);
	cr_expect_eq(heat_slots(&heat), 0);
	for (uint64_t tsc = 1000; tsc < 1000 + HEAT_SLOTS; tsc++)
		heat_add(&heat, 10, tsc, 1);
	cr_expect_eq(heat.width, 1);
	cr_expect_eq(heat_slots(&heat), HEAT_SLOTS);
	heat_add(&heat, 10, 1000 + HEAT_SLOTS, 1);
	cr_expect_eq(heat.width, 2);
	cr_expect_eq(heat.base * heat.width, 1000);
	cr_expect_eq(heat.rows[10].band[1][0], 2);
	cr_expect_eq(heat_slots(&heat), HEAT_SLOTS / 2 + 1);
	heat_free(&heat);
}

/** Times in any order: compare with what counting afterwards gives. */
Test(heat, exits_in_any_order_are_in_their_slot)
{
	enum { EXITS = 3000 };
	static uint64_t times[EXITS];
	uint64_t state = 12345, want;

	heat_init(&heat);
	for (size_t i = 0; i < EXITS; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		times[i] = (1ull << 40) + (state >> 20 >> (i % 30));
		heat_add(&heat, 30, times[i], 100);
	}
	cr_assert_leq(heat_slots(&heat), HEAT_SLOTS);
	cr_assert_gt(heat_slots(&heat), HEAT_SLOTS / 2, "%zu", heat_slots(&heat));
	for (size_t slot = 0; slot < HEAT_SLOTS; slot++) {
		want = 0;
		for (size_t i = 0; i < EXITS; i++)
			want += times[i] / heat.width - heat.base == slot;
		cr_expect_eq(heat.rows[30].band[7][slot], want, "slot %zu", slot);
	}
	heat_free(&heat);
}

Test(heat, the_widest_times_fit)
{
	heat_init(&heat);
	heat_add(&heat, 10, UINT64_MAX, 5);
	heat_add(&heat, 10, 0, 5);
	cr_expect_eq(band_sum(10, 3), 2);
	cr_expect_leq(heat_slots(&heat), HEAT_SLOTS);
	heat_free(&heat);
}

static void draws(struct heat_style style, const char *want)
{
	uint64_t band[HEAT_SLOTS] = {0, 1, 4, 16, 100, 0, 0, 0};
	char *line = heat_line(&style, band, 8, 1, 100);

	cr_expect_str_eq(line, want, "%s", line);
	free(line);
}

Test(heat, cells_are_shaded_by_the_logarithm)
{
	draws((struct heat_style){.width = 80}, " .-+@");
	draws((struct heat_style){.width = 80, .utf8 = true}, " \u2591\u2591\u2592\u2588");
	draws((struct heat_style){.width = 80, .colour = true},
	      " \033[38;5;238m#\033[0m\033[38;5;124m#\033[0m\033[38;5;202m#\033[0m"
	      "\033[38;5;226m#\033[0m");
}

Test(heat, columns_merge_slots)
{
	uint64_t band[HEAT_SLOTS] = {1, 1, 1, 0, 0, 0, 5};
	struct heat_row row = {.band = {band}};
	const struct heat_style style = {.width = 3};
	size_t merge;
	char *line;

	cr_assert_eq(heat_columns(&style, 7, &merge), 3);
	cr_assert_eq(merge, 3);
	cr_assert_eq(heat_peak(&row, 7, merge), 5);
	line = heat_line(&style, band, 7, merge, 5);
	cr_expect_str_eq(line, "* @");
	free(line);
	cr_assert_eq(heat_columns(&style, 2, &merge), 2);
	cr_assert_eq(merge, 1);
}
