// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of times: what an operation costs in each mode, beside KVM, and where the time went.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/disk.h"
#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* A cell that is shown: the shipped VMM, its first repetition, ok. Disks without the virtual APIC have their rows in its table
 * only: they would not fit. */
static bool shown(const struct vtb_result *result)
{
	const struct vtb_cell *cell = &result->cell;

	return result->ok && !cell->rep && cell->vmm == VTB_STANDARD &&
	       !(cell->no_apicv && vtb_disk_needed(cell->workload));
}

static json_t *labelled_row(struct vtb_table *table, const struct vtb_cell *cell)
{
	json_t *row = vtb_table_add(table, json_object());
	char label[96];

	vtb_row_label(cell, label, sizeof(label));
	vtb_row_text(row, "workload", label);
	return row;
}

static const struct vtb_column cost_columns[] = {
    {"workload", "workload", "", 0, NULL},	    {"ops", "ops", "", 0, NULL},
    {"native", "native", "@/op", 1, NULL},	    {"ept", "EPT", "@/op", 1, NULL},
    {"shadow", "shadow", "@/op", 1, NULL},	    {"ept_more", "EPT-native", "@/op", 1, NULL},
    {"shadow_more", "sh.-native", "@/op", 1, NULL}, {"shadow_ept", "sh. : EPT", "ratio", 2, NULL},
};

/* EPT and shadow of one configuration share a row: EPT's cell opens it, or shadow's where there
 * is none. */
static bool opens_row(const struct vtb_report *report, const struct vtb_result *result)
{
	const struct vtb_cell *cell = &result->cell;

	if (!shown(result))
		return false;
	if (cell->paging == VTB_EPT)
		return true;
	if (cell->paging == VTB_SHADOW)
		return !vtb_report_find(report, cell, VTB_EPT, cell->io, VTB_STANDARD);
	for (enum vtb_io io = 0; io < VTB_IOS; io++)
		if (vtb_report_find(report, cell, VTB_EPT, io, VTB_STANDARD) ||
		    vtb_report_find(report, cell, VTB_SHADOW, io, VTB_STANDARD))
			return false;
	return true;
}

static double total_per_op(const struct vtb_result *result)
{
	return result ? vtb_per_op(result, result->total) : NAN;
}

struct vtb_table vtb_table_costs(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "costs", "What an operation costs", report->unit, cost_columns, COUNT(cost_columns),
	    "The whole marked phase, loop included. Native: the same guest with no VMM under it.\n"
	    "Natively console waits for the emulated UART, which sends at its baud rate.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];
		const struct vtb_cell *cell = &result->cell;
		double native, ept, shadow;
		json_t *row;

		if (!opens_row(report, result))
			continue;
		native = total_per_op(
		    vtb_report_find(report, cell, VTB_NATIVE, VTB_TRAPPED, VTB_STANDARD));
		ept = total_per_op(vtb_report_find(report, cell, VTB_EPT, cell->io, VTB_STANDARD));
		shadow =
		    total_per_op(vtb_report_find(report, cell, VTB_SHADOW, cell->io, VTB_STANDARD));
		row = labelled_row(&table, cell);
		vtb_row_number(row, "ops", (double)result->ops);
		vtb_row_number(row, "native", native);
		vtb_row_number(row, "ept", ept);
		vtb_row_number(row, "shadow", shadow);
		vtb_row_number(row, "ept_more", ept - native);
		vtb_row_number(row, "shadow_more", shadow - native);
		vtb_row_number(row, "shadow_ept", shadow / ept);
	}
	return table;
}

static const struct vtb_column peer_columns[] = {
    {"workload", "workload", "", 0, NULL},	    {"paging", "paging", "", 0, NULL},
    {"measured", "round trip", "@/op", 0, NULL},    {"clear", "clearing", "@/op", 0, NULL},
    {"beside_clear", "beside it", "@/op", 0, NULL}, {"kvm", "KVM", "instr/op", 0, NULL},
    {"kvm_ratio", "KVM : ours", "ratio", 1, "x"},   {"operation", "operation", "", 0, NULL},
};

/* KVM's figures have memory cleared beforehand, so clearing does not count in the comparison. */
struct vtb_table vtb_table_peers(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "round_trips", "Measured inside the guest, beside KVM on the same processor",
	    report->unit, peer_columns, COUNT(peer_columns),
	    "Medians, net of the instructions that time them; recording on. KVM: Linux 6.1, see "
	    "docs/peers.md.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];
		double measured = vtb_round_trip(result);
		double clear = vtb_per_op(result, result->clear);
		double kvm = vtb_kvm_per_op(&result->cell);
		json_t *row;

		if (!shown(result) || result->cell.paging == VTB_NATIVE || isnan(measured) ||
		    isnan(kvm))
			continue;
		row = labelled_row(&table, &result->cell);
		vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
		vtb_row_number(row, "measured", measured);
		if (clear > 0) {
			vtb_row_number(row, "clear", clear);
			vtb_row_number(row, "beside_clear", measured - clear);
		}
		if (!strcmp(report->unit, "instr")) {
			vtb_row_number(row, "kvm", kvm);
			vtb_row_number(row, "kvm_ratio", kvm / (measured - clear));
		}
		vtb_row_text(row, "operation", result->cell.workload->operation);
	}
	return table;
}

static const struct vtb_column share_columns[] = {
    {"workload", "workload", "", 0, NULL},  {"paging", "paging", "", 0, NULL},
    {"total", "phase", "@", 0, NULL},	    {"guest", "guest", "%", 1, NULL},
    {"vmm", "VMM", "%", 1, NULL},	    {"clear", "clearing", "%", 1, NULL},
    {"idle", "idle", "@", 0, NULL},	    {"exits", "exits", "", 0, NULL},
    {"vmm_exit", "VMM", "@/exit", 1, NULL},
};

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : NAN;
}

struct vtb_table vtb_table_shares(const struct vtb_report *report)
{
	struct vtb_table table =
	    vtb_table_make("shares", "Where the time went", report->unit, share_columns,
			   COUNT(share_columns), "Cells without an exit are all guest.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];
		json_t *row;

		if (!shown(result) || !result->exits)
			continue;
		row = labelled_row(&table, &result->cell);
		vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
		vtb_row_number(row, "total", (double)result->total);
		vtb_row_number(row, "guest", percent(result->guest, result->total));
		vtb_row_number(row, "vmm", percent(result->vmm, result->total));
		vtb_row_number(row, "clear", percent(result->clear, result->total));
		vtb_row_number(row, "idle", (double)result->idle);
		vtb_row_number(row, "exits", (double)result->exits);
		vtb_row_number(row, "vmm_exit", (double)result->vmm / (double)result->exits);
	}
	return table;
}

static const struct vtb_column console_columns[] = {
    {"workload", "workload", "", 0, NULL},	 {"paging", "paging", "", 0, NULL},
    {"trapped", "trapped", "@/byte", 2, NULL},	 {"trapped_exits", "exits", "/byte", 4, NULL},
    {"pv", "paravirtual", "@/byte", 2, NULL},	 {"pv_exits", "exits", "/byte", 4, NULL},
    {"ratio", "trapped : pv", "ratio", 1, NULL}, {"native", "native", "@/byte", 2, NULL},
};

struct vtb_table vtb_table_console(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "console", "Console output: trapped UART against a paravirtual console", report->unit,
	    console_columns, COUNT(console_columns),
	    "Natively a guest waits for the emulated UART, which sends at its baud rate.");

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *pv = &report->results[i];
		const struct vtb_result *trapped, *native;
		json_t *row;

		if (!shown(pv) || pv->cell.io != VTB_PV || pv->cell.workload->linux ||
		    vtb_disk_needed(pv->cell.workload))
			continue;
		trapped =
		    vtb_report_find(report, &pv->cell, pv->cell.paging, VTB_TRAPPED, VTB_STANDARD);
		native = vtb_report_find(report, &pv->cell, VTB_NATIVE, VTB_TRAPPED, VTB_STANDARD);
		row = labelled_row(&table, &pv->cell);
		vtb_row_text(row, "paging", vtb_paging_names[pv->cell.paging]);
		vtb_row_number(row, "pv", total_per_op(pv));
		vtb_row_number(row, "pv_exits", vtb_per_op(pv, pv->exits));
		vtb_row_number(row, "native", total_per_op(native));
		if (!trapped)
			continue;
		vtb_row_number(row, "trapped", total_per_op(trapped));
		vtb_row_number(row, "trapped_exits", vtb_per_op(trapped, trapped->exits));
		vtb_row_number(row, "ratio", total_per_op(trapped) / total_per_op(pv));
	}
	return table;
}

static const struct vtb_column failure_columns[] = {
    {"cell", "cell", "", 0, NULL},
    {"error", "why", "", 0, NULL},
};

struct vtb_table vtb_table_failures(const struct vtb_report *report)
{
	struct vtb_table table =
	    vtb_table_make("failures", "Cells that are not ok, and not in the tables", report->unit,
			   failure_columns, COUNT(failure_columns), NULL);

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];
		char name[128];
		json_t *row;

		if (result->ok)
			continue;
		vtb_cell_name(&result->cell, ' ', name, sizeof(name));
		row = vtb_table_add(&table, json_object());
		vtb_row_text(row, "cell", name);
		vtb_row_text(row, "error", result->error);
	}
	return table;
}
