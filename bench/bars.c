// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bars: what an operation, and recording it, may cost.
 */
#include <math.h>
#include <string.h>

#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define RECORDING_LIMIT 40 /* time units a record */
#define TEXT_OF_(x)	#x
#define TEXT_OF(x)	TEXT_OF_(x)

struct bar {
	const char *workload;
	enum vtb_paging paging;
	double limit;
	bool beside_clear;
};

static const struct bar bars[] = {
#define BAR(workload, paging, limit, beside_clear) {#workload, VTB_##paging, limit, beside_clear},
#include "bench/bars.def"
};

static const struct exit_bar {
	const char *workload;
	enum vtb_paging paging;
	enum vtb_io io;
	double limit;
} exit_bars[] = {
#define EXITS(workload, paging, io, limit) {#workload, VTB_##paging, VTB_##io, limit},
#include "bench/bars.def"
};

static const struct vtb_column bar_columns[] = {
    {"workload", "workload", "", 0, NULL},	  {"paging", "paging", "", 0, NULL},
    {"measured", "measured", "@/op", 0, NULL},	  {"limit", "at most", "@/op", 0, NULL},
    {"verdict", "verdict", "", 0, NULL},	  {"kvm", "KVM", "instr/op", 0, NULL},
    {"kvm_ratio", "KVM : ours", "ratio", 1, "x"}, {"operation", "operation", "", 0, NULL},
};

/* The cell that a bar is about: VPID on, the virtual APIC off where it matters, the workload's own page size and number of operations. */
static const struct vtb_result *find_cell(const struct vtb_report *report, const char *workload,
					  enum vtb_paging paging, enum vtb_io io, enum vtb_vmm vmm)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];
		const struct vtb_cell *cell = &result->cell;

		if (result->ok && !cell->rep && cell->paging == paging && cell->vmm == vmm &&
		    cell->vpid && cell->no_apicv == vtb_apicv_both(cell->workload) &&
		    cell->io == io && cell->pages == cell->workload->pages &&
		    !strcmp(cell->workload->name, workload))
			return result;
	}
	return NULL;
}

const char *vtb_verdict(double figure, double limit, unsigned *failed, unsigned *missing)
{
	if (isnan(figure)) {
		(*missing)++;
		return "not measured";
	}
	if (figure <= limit)
		return "holds";
	(*failed)++;
	return "FAILS";
}

struct vtb_table vtb_table_bars(const struct vtb_report *report, unsigned *failed,
				unsigned *missing)
{
	struct vtb_table table = vtb_table_make(
	    "bars", "Bars: round trips measured inside the guest", report->unit, bar_columns,
	    COUNT(bar_columns), "demand: beside the clearing of the page.");

	for (size_t i = 0; i < COUNT(bars); i++) {
		const struct bar *bar = &bars[i];
		const struct vtb_result *result =
		    find_cell(report, bar->workload, bar->paging, VTB_TRAPPED, VTB_STANDARD);
		double measured = vtb_round_trip(result);
		json_t *row;

		if (!vtb_report_covers(report, bar->workload))
			continue;
		row = vtb_table_add(&table, json_object());
		if (result && bar->beside_clear)
			measured -= vtb_per_op(result, result->clear);
		vtb_row_text(row, "workload", bar->workload);
		vtb_row_text(row, "paging", vtb_paging_names[bar->paging]);
		vtb_row_number(row, "measured", measured);
		vtb_row_number(row, "limit", bar->limit);
		vtb_row_text(row, "verdict", vtb_verdict(measured, bar->limit, failed, missing));
		vtb_row_text(row, "operation", vtb_workload_find(bar->workload)->operation);
		if (result && !strcmp(report->unit, "instr")) {
			vtb_row_number(row, "kvm", vtb_kvm_per_op(&result->cell));
			vtb_row_number(row, "kvm_ratio", vtb_kvm_per_op(&result->cell) / measured);
		}
	}
	return table;
}

static const struct vtb_column exit_columns[] = {
    {"workload", "workload", "", 0, NULL}, {"paging", "paging", "", 0, NULL},
    {"counted", "exits", "/op", 3, NULL},  {"limit", "fewer than", "/op", 0, NULL},
    {"verdict", "verdict", "", 0, NULL},   {"operation", "operation", "", 0, NULL},
};

struct vtb_table vtb_table_exit_bars(const struct vtb_report *report, unsigned *failed,
				     unsigned *missing)
{
	struct vtb_table table = vtb_table_make("exit_bars", "Bars: exits", report->unit,
						exit_columns, COUNT(exit_columns), NULL);

	for (size_t i = 0; i < COUNT(exit_bars); i++) {
		const struct exit_bar *bar = &exit_bars[i];
		const struct vtb_result *result =
		    find_cell(report, bar->workload, bar->paging, bar->io, VTB_STANDARD);
		double exits = result ? vtb_per_op(result, result->exits) : NAN;
		json_t *row;

		if (!vtb_report_covers(report, bar->workload))
			continue;
		row = vtb_table_add(&table, json_object());
		vtb_row_text(row, "workload", bar->workload);
		vtb_row_text(row, "paging", vtb_paging_names[bar->paging]);
		vtb_row_number(row, "counted", exits);
		vtb_row_number(row, "limit", bar->limit);
		vtb_row_text(row, "verdict",
			     vtb_verdict(exits, nextafter(bar->limit, 0), failed, missing));
		vtb_row_text(row, "operation", vtb_workload_find(bar->workload)->operation);
	}
	return table;
}

static const struct vtb_column recording_columns[] = {
    {"workload", "workload", "", 0, NULL},    {"paging", "paging", "", 0, NULL},
    {"with", "with", "@/op", 0, NULL},	      {"without", "without", "@/op", 0, NULL},
    {"exits", "exits", "/op", 3, NULL},	      {"records", "records", "/op", 3, NULL},
    {"cost_exit", "cost", "@/exit", 1, NULL}, {"cost_record", "cost", "@/record", 1, NULL},
    {"verdict", "verdict", "", 0, NULL},
};

static bool has_bar(const struct vtb_cell *cell)
{
	for (size_t i = 0; i < COUNT(bars); i++)
		if (!strcmp(bars[i].workload, cell->workload->name) &&
		    bars[i].paging == cell->paging)
			return true;
	return false;
}

/* The row of a cell of which there is also one with recording compiled out. */
static void add_recording(struct vtb_table *table, const struct vtb_result *with,
			  const struct vtb_result *without, unsigned *failed, unsigned *missing)
{
	double cost = vtb_round_trip(with) - vtb_round_trip(without);
	double record = cost / vtb_per_op(with, with->events);
	json_t *row = vtb_table_add(table, json_object());
	char label[96];

	vtb_row_label(&with->cell, label, sizeof(label));
	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "paging", vtb_paging_names[with->cell.paging]);
	vtb_row_number(row, "with", vtb_round_trip(with));
	vtb_row_number(row, "without", vtb_round_trip(without));
	vtb_row_number(row, "exits", vtb_per_op(with, with->exits));
	vtb_row_number(row, "records", vtb_per_op(with, with->events));
	vtb_row_number(row, "cost_exit", cost / vtb_per_op(with, with->exits));
	vtb_row_number(row, "cost_record", record);
	vtb_row_text(row, "verdict",
		     has_bar(&with->cell) ? vtb_verdict(record, RECORDING_LIMIT, failed, missing)
					  : "not judged");
}

struct vtb_table vtb_table_recording(const struct vtb_report *report, unsigned *failed,
				     unsigned *missing)
{
	struct vtb_table table = vtb_table_make(
	    "recording", "What recording costs: at most " TEXT_OF(RECORDING_LIMIT) " a record",
	    report->unit, recording_columns, COUNT(recording_columns),
	    "With, and without (compiled out). An exit is one record, and what happens "
	    "within it one each.\n"
	    "Judged are the operations that have a bar.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *without = &report->results[i];
		const struct vtb_cell *cell = &without->cell;
		const struct vtb_result *with;

		if (!without->ok || cell->rep || cell->vmm != VTB_NORECORD)
			continue;
		with = vtb_report_find(report, cell, cell->paging, cell->io, VTB_STANDARD);
		/* Of an operation that is only part of an exit the guest measures too little. */
		if (with && with->exits >= with->ops)
			add_recording(&table, with, without, failed, missing);
	}
	return table;
}
