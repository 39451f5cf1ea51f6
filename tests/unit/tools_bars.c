// SPDX-License-Identifier: GPL-2.0-only
/* Histograms as lines of text: nothing is lost or counted twice, whatever the grouping. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/bars.h"

/** The bars cover every value, in order, without overlap, and hold all of the count. */
static void check(const struct vts_hist *hist, const struct bar *bars, unsigned lines)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < lines; i++) {
		cr_assert_leq(bars[i].low, bars[i].high);
		if (i)
			cr_assert_eq(bars[i].low, bars[i - 1].high + 1);
		count += bars[i].count;
	}
	cr_assert_eq(count, hist->count);
	cr_assert_leq(bars[0].low, hist->min);
	cr_assert_geq(bars[lines - 1].high, hist->max);
}

Test(bars, one_value_is_one_exact_line)
{
	static struct vts_hist hist;
	struct bar *bars;

	vts_hist_init(&hist);
	vts_hist_record(&hist, 42);
	vts_hist_record(&hist, 42);
	cr_assert_eq(bars_make(&hist, 40, &bars), 1);
	cr_assert(bars[0].low == 42 && bars[0].high == 42 && bars[0].count == 2);
	free(bars);
}

Test(bars, an_empty_stretch_is_one_line)
{
	static struct vts_hist hist;
	struct bar *bars;

	vts_hist_init(&hist);
	vts_hist_record(&hist, 10);
	vts_hist_record(&hist, 1000000);
	cr_assert_eq(bars_make(&hist, 40, &bars), 3);
	cr_assert_eq(bars[1].count, 0);
	check(&hist, bars, 3);
	free(bars);
}

Test(bars, many_values_are_grouped)
{
	static struct vts_hist hist;
	struct bar *bars;
	unsigned lines;

	vts_hist_init(&hist);
	for (uint64_t i = 0; i < 100000; i++)
		vts_hist_record(&hist, i * i);
	lines = bars_make(&hist, 40, &bars);
	cr_assert(lines > 20 && lines <= 40, "%u lines", lines);
	check(&hist, bars, lines);
	free(bars);
}

Test(bars, the_largest_and_the_smallest_value)
{
	static struct vts_hist hist;
	struct bar *bars;
	unsigned lines;

	vts_hist_init(&hist);
	vts_hist_record(&hist, 0);
	vts_hist_record(&hist, UINT64_MAX);
	lines = bars_make(&hist, 40, &bars);
	check(&hist, bars, lines);
	cr_assert_eq(bars[lines - 1].high, UINT64_MAX);
	free(bars);
}

Test(bars, nothing_gives_no_line)
{
	static struct vts_hist hist;
	struct bar *bars;

	vts_hist_init(&hist);
	cr_assert_eq(bars_make(&hist, 40, &bars), 0);
	free(bars);
}

Test(bars, lengths)
{
	char text[11];

	cr_assert_str_eq(bars_line(text, 10, 50, 100), "#####");
	cr_assert_str_eq(bars_line(text, 10, 100, 100), "##########");
	cr_assert_str_eq(bars_line(text, 10, 1, 1000000), "#");
	cr_assert_str_eq(bars_line(text, 10, 0, 100), "");
	cr_assert_str_eq(bars_line(text, 10, 0, 0), "");
}
