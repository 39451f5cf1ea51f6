// SPDX-License-Identifier: GPL-2.0-only
/* What it saves that the processor virtualizes the local APIC. */
#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct vtb_column columns[] = {
    {"workload", "workload", "", 0, NULL},
    {"paging", "paging", "", 0, NULL},
    {"exits_with", "exits with", "/op", 3, NULL},
    {"exits_without", "without", "/op", 3, NULL},
    {"vmm_with", "VMM with", "@/op", 0, NULL},
    {"vmm_without", "without", "@/op", 0, NULL},
    {"total_with", "total with", "@/op", 0, NULL},
    {"total_without", "without", "@/op", 0, NULL},
    {"ratio", "ratio", "", 2, "x"},
};

/* The same cell with it; NULL: there is none. */
static const struct vtb_result *with_apicv(const struct vtb_report *report,
					   const struct vtb_result *without)
{
	struct vtb_cell like = without->cell;

	like.no_apicv = false;
	return vtb_report_find(report, &like, like.paging, like.io, like.vmm);
}

static void add_row(struct vtb_table *table, const struct vtb_result *with,
		    const struct vtb_result *without)
{
	json_t *row = vtb_table_add(table, json_object());
	char label[96];

	vtb_row_label(&with->cell, label, sizeof(label));
	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "paging", vtb_paging_names[with->cell.paging]);
	vtb_row_number(row, "exits_with", vtb_per_op(with, with->exits));
	vtb_row_number(row, "exits_without", vtb_per_op(without, without->exits));
	vtb_row_number(row, "vmm_with", vtb_per_op(with, with->vmm));
	vtb_row_number(row, "vmm_without", vtb_per_op(without, without->vmm));
	vtb_row_number(row, "total_with", vtb_per_op(with, with->total));
	vtb_row_number(row, "total_without", vtb_per_op(without, without->total));
	vtb_row_number(row, "ratio",
		       vtb_per_op(without, without->total) / vtb_per_op(with, with->total));
}

struct vtb_table vtb_table_apicv(const struct vtb_report *report)
{
	struct vtb_table table =
	    vtb_table_make("apicv", "The processor's virtual APIC: with, and without (no-apicv)",
			   report->unit, columns, COUNT(columns), NULL);

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *without = &report->results[i], *with;

		if (!without->ok || !without->cell.no_apicv || without->cell.rep ||
		    without->cell.vmm != VTB_STANDARD)
			continue;
		with = with_apicv(report, without);
		if (with)
			add_row(&table, with, without);
	}
	return table;
}
