// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and tables for people, and the guess at a mistyped name. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/exitstat.h"
#include "tools/exitstat/text.h"

Test(text, counts_have_thousands_separators)
{
	char text[TEXT_NUMBER_MAX];

	cr_assert_str_eq(text_count(text, 0), "0");
	cr_assert_str_eq(text_count(text, 999), "999");
	cr_assert_str_eq(text_count(text, 1000), "1,000");
	cr_assert_str_eq(text_count(text, 1234567), "1,234,567");
	cr_assert_str_eq(text_count(text, UINT64_MAX), "18,446,744,073,709,551,615");
}

Test(text, shares_means_sizes)
{
	char text[TEXT_NUMBER_MAX];

	cr_assert_str_eq(text_share(text, 1, 8), "12.5 %");
	cr_assert_str_eq(text_share(text, 0, 0), "-");
	cr_assert_str_eq(text_mean(text, 0), "0.0");
	cr_assert_str_eq(text_mean(text, 1234.56), "1,234.6");
	cr_assert_str_eq(text_mean(text, 1e18), "1.000e+18");
	cr_assert_str_eq(text_size(text, 64 << 20), "64 MiB");
	cr_assert_str_eq(text_size(text, 4097), "4097 B");
	cr_assert_str_eq(text_size(text, 0), "0 B");
}

Test(text, what_a_guest_wrote_is_made_harmless)
{
	char text[] = "ab\x1b[31m\tc\xc3\xa4\x7f";

	cr_assert_str_eq(text_clean(text), "ab?[31m?c???");
}

/** What a table prints, malloc'd. */
static char *printed(struct table *table)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	cr_assert_not_null(file);
	table_print(table, file);
	fclose(file);
	return text;
}

Test(table, aligns_columns_and_leaves_no_blanks_at_the_end)
{
	static const char *const columns[] = {"<name", ">count", "<unit", NULL};
	struct table *table = table_new(columns);
	char *text;

	table_cell(table, "a");
	table_count(table, 1234);
	table_cell(table, "instr");
	table_cell(table, "a longer one");
	table_count(table, 5);
	table_skip_row(table);
	cr_assert_eq(table_rows(table), 2);
	text = printed(table);
	cr_assert_str_eq(text, "name          count  unit\n"
			       "a             1,234  instr\n"
			       "a longer one      5\n");
	free(text);
}

Test(table, without_rows_it_prints_nothing)
{
	static const char *const columns[] = {"<name", NULL};
	char *text = printed(table_new(columns));

	cr_assert_str_eq(text, "");
	free(text);
}

Test(nearest, guesses_what_was_meant)
{
	static const char *const names[] = {"record", "report", "hist", "ept_violation", NULL};

	cr_assert_str_eq(nearest_name("reprot", names), "report");
	cr_assert_str_eq(nearest_name("rec", names), "record");
	cr_assert_str_eq(nearest_name("ept-violatoin", names), "ept_violation");
	cr_assert_null(nearest_name("frobnicate", names));
	cr_assert_null(nearest_name("", names));
	cr_assert_null(
	    nearest_name("a very long word that cannot be a name of anything at all", names));
}

Test(number, only_whole_decimal_numbers_in_range)
{
	uint64_t number;

	cr_assert(parse_number("20", 0, 100, &number) && number == 20);
	cr_assert(parse_number("18446744073709551615", 0, UINT64_MAX, &number));
	cr_assert_not(parse_number("18446744073709551616", 0, UINT64_MAX, &number));
	cr_assert_not(parse_number("", 0, 100, &number));
	cr_assert_not(parse_number("-1", 0, UINT64_MAX, &number));
	cr_assert_not(parse_number(" 1", 0, 100, &number));
	cr_assert_not(parse_number("0x10", 0, 100, &number));
	cr_assert_not(parse_number("101", 0, 100, &number));
}
