// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what happened: exits by reason, flushes by kind and cause, EPT violations and
 * shadow faults by resolution, each an operation.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct vtb_column event_columns[] = {
    {"workload", "workload", "", 0, NULL}, {"paging", "paging", "", 0, NULL},
    {"events", "events", "", 0, NULL},	   {"per_op", "all", "/op", 3, NULL},
    {"by", "each", "/op", 0, NULL},
};

/* What the rows of a cell show, in this order. */
static const struct {
	const char *name;
	size_t counts, causes; /* offsets of json_t * in struct vtb_result; 0: no causes */
} groups[] = {
    {"exits", offsetof(struct vtb_result, exits_by_reason), 0},
    {"flushes", offsetof(struct vtb_result, tlb_flushes),
     offsetof(struct vtb_result, flush_causes)},
    {"EPT violations", offsetof(struct vtb_result, ept_violations), 0},
    {"shadow faults", offsetof(struct vtb_result, shadow_faults), 0},
    {"shadow zaps", offsetof(struct vtb_result, shadow_zaps), 0},
    {"injections", offsetof(struct vtb_result, injections), 0},
};

static json_t *counts_at(const struct vtb_result *result, size_t offset)
{
	return *(json_t *const *)((const char *)result + offset);
}

static uint64_t sum_of(json_t *counts)
{
	const char *name;
	json_t *value;
	uint64_t sum = 0;

	json_object_foreach(counts, name, value) sum += (uint64_t)json_integer_value(value);
	return sum;
}

/* "cpuid 1.000, wrmsr 0.001"; what is less than a thousandth an operation is given as it is:
 * "xsetbv 3 in all". */
static void describe(const struct vtb_result *result, json_t *counts, FILE *text)
{
	const char *separator = "";
	const char *name;
	json_t *value;

	json_object_foreach(counts, name, value)
	{
		uint64_t count = (uint64_t)json_integer_value(value);
		double each = vtb_per_op(result, count);
		char number[64];

		vtb_number_text(each, 3, number, sizeof(number));
		if (each < 0.001)
			snprintf(number, sizeof(number), "%" PRIu64 " in all", count);
		fprintf(text, "%s%s %s", separator, name, number);
		separator = ", ";
	}
}

static void add_row(struct vtb_table *table, const struct vtb_result *result, const char *events,
		    uint64_t sum, const char *by)
{
	json_t *row = vtb_table_add(table, json_object());
	char label[96];

	vtb_row_label(&result->cell, label, sizeof(label));
	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
	vtb_row_text(row, "events", events);
	vtb_row_number(row, "per_op", vtb_per_op(result, sum));
	vtb_row_text(row, "by", by);
}

static void add_group(struct vtb_table *table, const struct vtb_result *result, size_t group)
{
	json_t *counts = counts_at(result, groups[group].counts);
	uint64_t sum = sum_of(counts);
	char *by = NULL;
	size_t bytes;
	FILE *text;

	if (!sum)
		return;
	text = open_memstream(&by, &bytes);
	if (!text)
		return;
	describe(result, counts, text);
	if (groups[group].causes) {
		fputs("; caused by ", text);
		describe(result, counts_at(result, groups[group].causes), text);
	}
	fclose(text);
	add_row(table, result, groups[group].name, sum, by);
	free(by);
}

struct vtb_table vtb_table_events(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "events", "What happened, an operation", report->unit, event_columns,
	    COUNT(event_columns),
	    "Cells that are not listed had no event. Under EPT a guest's own flushes do not "
	    "exit.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];

		if (!result->ok || result->cell.rep || result->cell.vmm != VTB_STANDARD ||
		    result->cell.paging == VTB_NATIVE)
			continue;
		for (size_t group = 0; group < COUNT(groups); group++)
			add_group(&table, result, group);
		if (result->transition_flushes)
			add_row(&table, result, "flushes", result->transition_flushes,
				"by the processor at exit and entry (VPID off)");
	}
	return table;
}
