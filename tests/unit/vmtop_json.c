/* SPDX-License-Identifier: GPL-2.0-only */
/* vmtop's JSON: one object a line, and the same values as the report. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vmtop/views.h"
#include "tools/vmtop/json.h"

static const struct detail *const none_open[2];

static json_t *print_and_parse(const struct report *report)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	json_t *root;

	cr_assert_eq(json_print(stream, report, none_open, NULL), 0);
	fclose(stream);
	cr_assert_eq(strchr(text, '\n'), text + size - 1);
	root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(root, "%s", text);
	free(text);
	return root;
}

static json_int_t number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	cr_assert(json_is_integer(value), "%s", key);
	return json_integer_value(value);
}

static struct report *new_report(void)
{
	struct report *report = calloc(1, sizeof(*report));

	report->view = &views[VIEW_EXITS];
	strcpy(report->name, "vm\"1");
	strcpy(report->unit, "instr");
	report->state = STATE_ENDED;
	report->cause = "guest_exit";
	report->status = 3;
	report->lost = 7;
	report->exits = 12;
	report->rows = 1;
	strcpy(report->row[0].label, "cpuid");
	report->row[0].number = 10;
	report->row[0].count = 12;
	report->row[0].per_second = NAN;
	report->row[0].mean = 100.5;
	report->row[0].max = UINT64_MAX;
	report->panels = 1;
	report->panel[0].key = "tlb_flushes";
	report->panel[0].entries = 1;
	strcpy(report->panel[0].entry[0].name, "invvpid_single");
	report->panel[0].entry[0].count = 4;
	report->panel[0].entry[0].subs = 1;
	strcpy(report->panel[0].entry[0].sub[0].name, "guest_cr3");
	report->panel[0].entry[0].sub[0].count = 4;
	return report;
}

Test(vmtop_json, fields)
{
	struct report *report = new_report();
	json_t *root = print_and_parse(report), *row, *flushes;

	cr_assert_str_eq(json_string_value(json_object_get(root, "name")), "vm\"1");
	cr_assert_str_eq(json_string_value(json_object_get(root, "unit")), "instr");
	cr_assert_str_eq(json_string_value(json_object_get(root, "state")), "ended");
	cr_assert_eq(number(root, "status"), 3);
	cr_assert_eq(number(root, "lost"), 7);
	cr_assert_eq(number(root, "exits"), 12);
	row = json_array_get(json_object_get(root, "reasons"), 0);
	cr_assert_eq(number(row, "number"), 10);
	cr_assert_eq(number(row, "count"), 12);
	cr_assert(json_is_null(json_object_get(row, "per_second")));
	cr_assert_float_eq(json_real_value(json_object_get(row, "mean")), 100.5, 1e-9);
	cr_assert_float_eq(json_real_value(json_object_get(row, "max")), 1.8446744e19, 1e13);
	flushes = json_object_get(root, "tlb_flushes");
	cr_assert_eq(number(flushes, "invvpid_single"), 4);
	flushes = json_object_get(json_object_get(root, "tlb_flushes_detail"), "invvpid_single");
	cr_assert_eq(number(flushes, "guest_cr3"), 4);
	json_decref(root);
	free(report);
}

/** Every column is a field of every row, so that no view has more than another. */
Test(vmtop_json, every_column)
{
	struct report *report = new_report();
	const struct column *table;
	const json_t *row;
	json_t *root;
	size_t count;

	report->has_host = true;
	root = print_and_parse(report);
	row = json_array_get(json_object_get(root, "reasons"), 0);
	table = report->view->column;
	count = report->view->columns;
	for (size_t i = 0; i < count; i++) {
		cr_assert(json_object_get(row, table[i].name), "%s", table[i].name);
		cr_assert(json_object_get(json_object_get(root, "all"), table[i].name));
	}
	json_decref(root);
	free(report);
}

/** The host's share is absent, not 0, where the source does not tell it. */
Test(vmtop_json, host_columns_only_where_they_are_known)
{
	struct report *report = new_report();
	json_t *root = print_and_parse(report);

	cr_assert(!json_object_get(json_object_get(root, "all"), "why"));
	cr_assert(!json_object_get(json_object_get(root, "all"), "host_time"));
	json_decref(root);
	report->has_host = true;
	report->all.sum = 10;
	report->all.host[VTS_HOST_OFF_CPU] = 7;
	root = print_and_parse(report);
	cr_assert_eq(number(json_object_get(json_object_get(root, "all"), "host_time"), "off_cpu"),
		     7);
	cr_assert_eq(
	    number(json_object_get(json_object_get(root, "all"), "host_time"), "hypervisor"), 3);
	json_decref(root);
	free(report);
}

/** A full disk is not success. */
Test(vmtop_json, write_error)
{
	struct report *report = new_report();
	FILE *full = fopen("/dev/full", "w");

	cr_assert(full);
	cr_assert_eq(json_print(full, report, none_open, NULL), -1);
	fclose(full);
	free(report);
}
