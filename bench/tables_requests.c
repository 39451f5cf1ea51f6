// SPDX-License-Identifier: GPL-2.0-only
/* What a disk request costs, trapped and paravirtual. */
#include <math.h>

#include "bench/disk.h"
#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct vtb_column request_columns[] = {
    {"workload", "workload", "", 0, NULL}, {"paging", "paging", "", 0, NULL},
    {"exits", "exits", "/req", 3, NULL},   {"port", "port", "/req", 3, NULL},
    {"memory", "memory", "/req", 3, NULL}, {"interrupts", "intr", "/req", 3, NULL},
    {"vmm", "VMM", "@/req", 0, NULL},	   {"guest", "guest", "@/req", 0, NULL},
    {"total", "total", "@/req", 0, NULL},  {"ratio", "ratio", "", 2, "x"},
};

static double count_per_op(const struct vtb_result *result, json_t *counts, const char *name)
{
	return vtb_per_op(result, (uint64_t)json_integer_value(json_object_get(counts, name)));
}

static void request_row(const struct vtb_report *report, struct vtb_table *table,
			const struct vtb_result *result)
{
	const struct vtb_cell *cell = &result->cell;
	const struct vtb_result *trapped =
	    vtb_report_find(report, cell, cell->paging, VTB_TRAPPED, VTB_STANDARD);
	json_t *row = vtb_table_add(table, json_object());
	bool shadow = cell->paging == VTB_SHADOW;
	char label[96];

	vtb_row_label(cell, label, sizeof(label));
	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "paging", vtb_paging_names[cell->paging]);
	vtb_row_number(row, "exits", vtb_per_op(result, result->exits));
	vtb_row_number(row, "port",
		       count_per_op(result, result->exits_by_reason, "io_instruction"));
	vtb_row_number(row, "memory",
		       shadow ? count_per_op(result, result->shadow_faults, "mmio")
			      : count_per_op(result, result->ept_violations, "mmio"));
	vtb_row_number(row, "interrupts", count_per_op(result, result->injections, "external"));
	vtb_row_number(row, "vmm", vtb_per_op(result, result->vmm));
	vtb_row_number(row, "guest", vtb_per_op(result, result->guest));
	vtb_row_number(row, "total", vtb_per_op(result, result->total));
	if (trapped && cell->io == VTB_PV)
		vtb_row_number(row, "ratio",
			       vtb_per_op(trapped, trapped->total) /
				   vtb_per_op(result, result->total));
}

struct vtb_table vtb_table_requests(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "requests", "Disk requests: trapped ATA against paravirtual virtio", report->unit,
	    request_columns, COUNT(request_columns),
	    "Polled. port, memory: exits by which the guest spoke to the device; a REP string\n"
	    "instruction is one up to a page boundary. ratio: trapped to paravirtual.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];

		if (result->ok && !result->cell.rep && result->cell.vmm == VTB_STANDARD &&
		    result->cell.paging != VTB_NATIVE && vtb_disk_needed(result->cell.workload))
			request_row(report, &table, result);
	}
	return table;
}
