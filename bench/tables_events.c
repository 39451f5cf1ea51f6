// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what happened: exits by reason, flushes by kind and cause, EPT violations and shadow faults by
 * resolution, each an operation.
 */
#include <string.h>

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
	size_t offset; /* of the json_t * in struct vtb_result */
} groups[] = {
    {"exits", offsetof(struct vtb_result, exits_by_reason)},
    {"flushes", offsetof(struct vtb_result, tlb_flushes)},
    {"flush causes", offsetof(struct vtb_result, flush_causes)},
    {"EPT violations", offsetof(struct vtb_result, ept_violations)},
    {"shadow faults", offsetof(struct vtb_result, shadow_faults)},
    {"shadow zaps", offsetof(struct vtb_result, shadow_zaps)},
};

static json_t *group_counts(const struct vtb_result *result, size_t group)
{
	return *(json_t *const *)((const char *)result + groups[group].offset);
}

static uint64_t sum_of(json_t *counts)
{
	const char *name;
	json_t *value;
	uint64_t sum = 0;

	json_object_foreach(counts, name, value) sum += (uint64_t)json_integer_value(value);
	return sum;
}

/* "cpuid 1.000, wrmsr 0.001"; what is less than a thousandth an operation is given as it is: "xsetbv 3 in all". */
static void describe(const struct vtb_result *result, json_t *counts, char *text, size_t bytes)
{
	const char *name;
	json_t *value;
	size_t used = 0;

	*text = '\0';
	json_object_foreach(counts, name, value)
	{
		uint64_t count = (uint64_t)json_integer_value(value);
		double each = vtb_per_op(result, count);
		char number[64];

		if (used >= bytes)
			break;
		vtb_number_text(each, 3, number, sizeof(number));
		if (each < 0.001)
			snprintf(number, sizeof(number), "%llu in all", (unsigned long long)count);
		used += (size_t)snprintf(text + used, bytes - used, "%s%s %s", used ? ", " : "",
					 name, number);
	}
}

/* The groups of one cell that have something to show; a cell without any exit says so. */
static void add_cell(struct vtb_table *table, const struct vtb_result *result)
{
	char label[96], text[480];
	bool first = true;

	vtb_row_label(&result->cell, label, sizeof(label));
	for (size_t group = 0; group < COUNT(groups); group++) {
		json_t *counts = group_counts(result, group);
		uint64_t sum = sum_of(counts);
		json_t *row;

		if (!sum && (group || result->exits))
			continue;
		row = vtb_table_add(table, json_object());
		vtb_row_text(row, "workload", label);
		vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
		vtb_row_text(row, "events", groups[group].name);
		vtb_row_number(row, "per_op", vtb_per_op(result, sum));
		describe(result, counts, text, sizeof(text));
		vtb_row_text(row, "by", sum ? text : "none");
		first = false;
	}
	if (!first && result->transition_flushes && result->transition_flushes != VTB_UNKNOWN) {
		json_t *row = vtb_table_add(table, json_object());

		vtb_row_text(row, "workload", label);
		vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
		vtb_row_text(row, "events", "flushes");
		vtb_row_number(row, "per_op", vtb_per_op(result, result->transition_flushes));
		vtb_row_text(row, "by", "at every exit and entry, by the processor (VPID off)");
	}
}

struct vtb_table vtb_table_events(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "events", "What happened, an operation", report->unit, event_columns,
	    COUNT(event_columns),
	    "Under EPT a guest's own flushes do not exit, and are not counted here.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];

		if (result->ok && !result->cell.rep && result->cell.vmm == VTB_STANDARD &&
		    result->cell.paging != VTB_NATIVE)
			add_cell(&table, result);
	}
	return table;
}
