// SPDX-License-Identifier: GPL-2.0-only
/* Rules: what they select, what they allow, and what is no rule. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exitstat/rules.h"

static struct figure_row row(enum figure_table table, const char *key, const char *phase)
{
	struct figure_row made = {.table = table};

	strcpy(made.key, key);
	strcpy(made.phase, phase);
	return made;
}

static void add(struct rules *rules, const char *line)
{
	struct vts_error error;

	cr_assert_eq(rules_add(rules, line, "test", &error), 0, "%s", error.text);
}

Test(rules, select_by_metric_table_key_and_phase)
{
	struct figure_row cpuid = row(TABLE_REASON, "cpuid", "alpha");
	struct figure_row uart = row(TABLE_DEVICE, "uart", "");
	struct rules rules = {0};

	add(&rules, "count");
	add(&rules, "p99 reason=cpuid");
	add(&rules, "sum phase=");
	add(&rules, "mean table=device # and a comment");
	add(&rules, "  # nothing else");
	add(&rules, "\n");
	cr_assert_eq(rules.count, 4);
	cr_assert_eq(rules_find(&rules, &cpuid, METRIC_COUNT), &rules.list[0]);
	cr_assert_eq(rules_find(&rules, &uart, METRIC_COUNT), &rules.list[0]);
	cr_assert_eq(rules_find(&rules, &cpuid, METRIC_P99), &rules.list[1]);
	cr_assert_null(rules_find(&rules, &uart, METRIC_P99));
	cr_assert_null(rules_find(&rules, &cpuid, METRIC_SUM));
	cr_assert_eq(rules_find(&rules, &uart, METRIC_SUM), &rules.list[2]);
	cr_assert_null(rules_find(&rules, &cpuid, METRIC_MEAN));
	cr_assert_eq(rules_find(&rules, &uart, METRIC_MEAN), &rules.list[3]);
	add(&rules, "* reason=cpuid ignore");
	cr_assert(rules_find(&rules, &cpuid, METRIC_P99)->ignore, "the last one counts");
	rules_free(&rules);
}

Test(rules, thresholds)
{
	struct rules rules = {0};

	add(&rules, "sum abs=50 rel=2%");
	cr_assert_eq(rule_allows(&rules.list[0], METRIC_SUM, true, 1000), 50);
	cr_assert_eq(rule_allows(&rules.list[0], METRIC_SUM, true, 10000), 200);
	add(&rules, "sum exact");
	cr_assert_eq(rule_allows(&rules.list[1], METRIC_SUM, true, 10000), 0);
	add(&rules, "*");
	cr_assert_eq(rule_allows(&rules.list[2], METRIC_COUNT, true, 1000), 0);
	cr_assert_eq(rule_allows(&rules.list[2], METRIC_SUM, true, 1000), 10);
	cr_assert_eq(rule_allows(&rules.list[2], METRIC_COUNT, false, 1000), 50);
	cr_assert_eq(rules.list[2].worse, WORSE_UP);
	rules_free(&rules);
}

Test(rules, what_is_no_rule_is_refused)
{
	static const char *const lines[] = {
	    "p98",
	    "sum =",
	    "sum reason=",
	    "sum reason=cpuid device=uart",
	    "sum rel=-1%",
	    "sum rel=nan%",
	    "sum abs=1e99",
	    "sum abs=1x",
	    "sum colour=red",
	    "sum reason=nosuch",
	    "sum upp",
	    "s\x01m",
	    "sum "
	    "phase=a-name-that-is-much-too-long-for-one-even-though-the-title-of-a-cell-of-vtbench-"
	    "is-longer-than-the-sixteen-bytes-of-a-mark",
	};
	struct rules rules = {0};
	struct vts_error error;
	char line[400];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect_lt(rules_add(&rules, lines[i], "test", &error), 0, "'%s'", lines[i]);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	cr_expect_lt(rules_add(&rules, line, "test", &error), 0);
	rules_free(&rules);
}

Test(rules, reasons_without_a_name_are_numbers)
{
	struct rules rules = {0};

	add(&rules, "count reason=200 both");
	cr_assert_str_eq(rules.list[0].key, "200");
	cr_assert_eq(rules.list[0].worse, WORSE_BOTH);
	rules_free(&rules);
}
