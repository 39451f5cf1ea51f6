// SPDX-License-Identifier: GPL-2.0-only
/* Lists and numbers as people type them. */
#include <criterion/criterion.h>
#include <string.h>

#include "bench/list.h"

static const char *const names[] = {"native", "ept", "shadow", "ctxswitch"};

static int parse(const char *text, uint64_t *mask, struct vts_error *error)
{
	return vtb_list_parse("--paging", text, names, 4, mask, error);
}

Test(bench_list, names_become_bits)
{
	struct vts_error error;
	uint64_t mask;

	cr_assert_eq(parse("ept", &mask, &error), 0);
	cr_assert_eq(mask, 2);
	cr_assert_eq(parse("shadow,native", &mask, &error), 0);
	cr_assert_eq(mask, 5);
	cr_assert_eq(parse("ept,ept,EPT", &mask, &error), 0);
	cr_assert_eq(mask, 2);
	cr_assert_eq(parse("all", &mask, &error), 0);
	cr_assert_eq(mask, 15);
}

Test(bench_list, a_typo_gets_the_nearest_name)
{
	struct vts_error error;
	uint64_t mask = 99;

	cr_assert_eq(parse("native,shadw", &mask, &error), -1);
	cr_assert_str_eq(error.text, "--paging: no 'shadw'; did you mean 'shadow'?");
	cr_assert_eq(mask, 99, "a list with an error sets nothing");
	cr_assert_eq(parse("ctxswtich", &mask, &error), -1);
	cr_assert(strstr(error.text, "'ctxswitch'"));
}

Test(bench_list, a_strange_name_gets_all_of_them)
{
	struct vts_error error;
	uint64_t mask;

	cr_assert_eq(parse("hyperthreading", &mask, &error), -1);
	cr_assert_str_eq(error.text,
			 "--paging: no 'hyperthreading'; there are native, ept, shadow, ctxswitch");
}

Test(bench_list, empty_and_endless_names_are_refused)
{
	char longest[300];
	struct vts_error error;
	uint64_t mask;

	cr_assert_eq(parse("", &mask, &error), -1);
	cr_assert_eq(parse(",", &mask, &error), -1);
	cr_assert_eq(parse("ept,", &mask, &error), -1);
	cr_assert_eq(parse("ept,,native", &mask, &error), -1);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_assert_eq(parse(longest, &mask, &error), -1);
}

Test(bench_list, numbers)
{
	struct vts_error error;
	uint64_t value = 7;

	cr_assert_eq(vtb_number_parse("--ops", "20k", 1, 1000000, &value, &error), 0);
	cr_assert_eq(value, 20000);
	cr_assert_eq(vtb_number_parse("--ops", "1m", 1, 1000000, &value, &error), 0);
	cr_assert_eq(value, 1000000);
	cr_assert_eq(vtb_number_parse("--seed", "0", 0, 5, &value, &error), 0);
	cr_assert_eq(value, 0);
}

Test(bench_list, what_is_no_number_in_range_is_refused)
{
	static const char *const bad[] = {"",	 "0",	  "-1", " 5",	"5x",
					  "1e3", "1001k", "2m", "0x10", "99999999999999999999"};
	struct vts_error error;
	uint64_t value = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_assert_eq(vtb_number_parse("--ops", bad[i], 1, 1000000, &value, &error), -1,
			     "'%s' was taken", bad[i]);
	cr_assert_eq(value, 7);
	cr_assert_str_eq(error.text,
			 "--ops: '99999999999999999999' is not a number from 1 to 1000000");
}
