// SPDX-License-Identifier: GPL-2.0-only
/* What the time of a Linux guest under shadow paging consists of, beside its time under EPT. */
#include <math.h>
#include <stdlib.h>

#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/** Of EPT's time: what adds or saves less has no row of its own. */
#define SHOWN 0.005

static const struct vtb_column columns[] = {
    {"workload", "workload", "", 0, NULL},
    {"what", "what", "", 0, NULL},
    {"ept_exits", "EPT", "exits/op", 2, NULL},
    {"ept", "EPT", "@/op", 0, NULL},
    {"shadow_exits", "shadow", "exits/op", 2, NULL},
    {"shadow", "shadow", "@/op", 0, NULL},
    {"adds", "adds", "@/op", 0, NULL},
    {"share", "of EPT's", "", 1, " %"},
};

enum { EPT, SHADOW, MODES };

/** Of an operation: the guest's own time, that of the exits of one reason, or of several. */
struct part {
	const char *name;
	double exits[MODES], time[MODES]; /* exits NAN: it has none */
};

static double adds(const struct part *part)
{
	return part->time[SHADOW] - part->time[EPT];
}

static int by_addition(const void *a, const void *b)
{
	double first = fabs(adds(a)), second = fabs(adds(b));

	return (first < second) - (first > second);
}

static void add_row(struct vtb_table *table, const char *label, const struct part *part, double all)
{
	json_t *row = vtb_table_add(table, json_object());

	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "what", part->name);
	vtb_row_number(row, "ept_exits", part->exits[EPT]);
	vtb_row_number(row, "ept", part->time[EPT]);
	vtb_row_number(row, "shadow_exits", part->exits[SHADOW]);
	vtb_row_number(row, "shadow", part->time[SHADOW]);
	vtb_row_number(row, "adds", adds(part));
	vtb_row_number(row, "share", 100 * adds(part) / all);
}

/** Exits by reason, those that add most first; what is left of them is one row. */
static void add_reasons(struct vtb_table *table, const char *label,
			const struct vtb_result *const result[MODES], double all)
{
	json_t *reasons = json_copy(result[SHADOW]->exit_times);
	struct part *parts, rest = {.name = "other exits"};
	size_t count = 0;
	const char *name;
	json_t *value;

	json_object_update_missing(reasons, result[EPT]->exit_times);
	parts = calloc(json_object_size(reasons) + 1, sizeof(*parts));
	if (!parts) {
		json_decref(reasons);
		return;
	}
	json_object_foreach(reasons, name, value)
	{
		struct part *part = &parts[count++];

		part->name = name;
		for (unsigned i = 0; i < MODES; i++) {
			const struct vtb_result *from = result[i];

			part->exits[i] = vtb_per_op(from, vtb_count(from->exits_by_reason, name));
			part->time[i] = vtb_per_op(from, vtb_count(from->exit_times, name));
		}
	}
	qsort(parts, count, sizeof(*parts), by_addition);
	for (size_t i = 0; i < count; i++) {
		if (fabs(adds(&parts[i])) >= SHOWN * all) {
			add_row(table, label, &parts[i], all);
			continue;
		}
		for (unsigned mode = 0; mode < MODES; mode++) {
			rest.exits[mode] += parts[i].exits[mode];
			rest.time[mode] += parts[i].time[mode];
		}
	}
	add_row(table, label, &rest, all);
	free(parts);
	json_decref(reasons);
}

static void add_workload(struct vtb_table *table, const struct vtb_result *const result[MODES])
{
	struct part all = {.name = "all"}, guest = {"the guest itself", {NAN, NAN}, {0}};
	char label[96];

	for (unsigned i = 0; i < MODES; i++) {
		all.exits[i] = vtb_per_op(result[i], result[i]->exits);
		all.time[i] = vtb_per_op(result[i], result[i]->total);
		guest.time[i] = vtb_per_op(result[i], result[i]->guest);
	}
	vtb_row_label(&result[EPT]->cell, label, sizeof(label));
	add_row(table, label, &all, all.time[EPT]);
	add_row(table, label, &guest, all.time[EPT]);
	add_reasons(table, label, result, all.time[EPT]);
}

struct vtb_table vtb_table_linux(const struct vtb_report *report)
{
	struct vtb_table table =
	    vtb_table_make("linux", "A Linux guest: what shadow paging adds, by exit reason",
			   report->unit, columns, COUNT(columns),
			   "Reasons whose times differ by less than 0.5 % of EPT's are one row.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_cell *cell = &report->results[i].cell;
		const struct vtb_result *result[MODES] = {
		    [EPT] = &report->results[i],
		    [SHADOW] = vtb_report_find(report, cell, VTB_SHADOW, cell->io, VTB_STANDARD)};

		if (!cell->workload->linux || cell->paging != VTB_EPT || cell->rep ||
		    cell->vmm != VTB_STANDARD || !result[EPT]->ok || !result[SHADOW] ||
		    !result[EPT]->exit_times || !result[SHADOW]->exit_times)
			continue;
		add_workload(&table, result);
	}
	return table;
}
