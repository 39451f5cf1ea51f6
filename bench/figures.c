// SPDX-License-Identifier: GPL-2.0-only
/*
 * The figures behind the tables: which result belongs to which, and what an operation cost.
 */
#include <math.h>
#include <string.h>

#include "bench/report.h"

struct peer {
	const char *workload;
	double per_op[VTB_PAGINGS]; /* 0: none */
};

static const struct peer peers[] = {
#define PEER(workload, native, ept, shadow, ops, what)                                             \
	{#workload, {(native) / (double)(ops), (ept) / (double)(ops), (shadow) / (double)(ops)}},
#include "bench/kvm_peers.def"
#undef PEER
};

int vtb_report_init(struct vtb_report *report, const struct vtb_result *results, size_t count,
		    struct vts_error *error)
{
	*report = (struct vtb_report){results, count, ""};
	for (size_t i = 0; i < count; i++) {
		if (!*results[i].unit)
			continue;
		if (*report->unit && strcmp(report->unit, results[i].unit)) {
			snprintf(error->text, sizeof(error->text),
				 "these results are in %s and in %s, which cannot be compared; "
				 "run them on one engine",
				 report->unit, results[i].unit);
			return -1;
		}
		report->unit = results[i].unit;
	}
	if (!*report->unit)
		report->unit = "instr";
	return 0;
}

/* A cell of @paging that is compared with @like. Native has one configuration. */
static bool matches(const struct vtb_cell *cell, const struct vtb_cell *like,
		    enum vtb_paging paging)
{
	if (cell->workload != like->workload || cell->paging != paging || cell->ops != like->ops ||
	    cell->seed != like->seed)
		return false;
	if (paging == VTB_NATIVE)
		return true;
	return like->paging == VTB_NATIVE ||
	       (cell->vpid == like->vpid && cell->no_apicv == like->no_apicv &&
		cell->pages == like->pages);
}

const struct vtb_result *vtb_report_find(const struct vtb_report *report,
					 const struct vtb_cell *like, enum vtb_paging paging,
					 enum vtb_io io, enum vtb_vmm vmm)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i];

		if (result->ok && !result->cell.rep && matches(&result->cell, like, paging) &&
		    (paging == VTB_NATIVE || (result->cell.io == io && result->cell.vmm == vmm)))
			return result;
	}
	return NULL;
}

double vtb_per_op(const struct vtb_result *result, uint64_t number)
{
	if (!result || number == VTB_UNKNOWN || result->ops == VTB_UNKNOWN || !result->ops)
		return NAN;
	return (double)number / (double)result->ops;
}

double vtb_round_trip(const struct vtb_result *result)
{
	return result && result->measured != VTB_UNKNOWN ? (double)result->measured : NAN;
}

double vtb_kvm_per_op(const struct vtb_cell *cell)
{
	for (size_t i = 0; i < sizeof(peers) / sizeof(*peers); i++) {
		double figure = peers[i].per_op[cell->paging];

		if (!strcmp(peers[i].workload, cell->workload->name))
			return figure > 0 ? figure : NAN;
	}
	return NAN;
}

void vtb_row_label(const struct vtb_cell *cell, char *text, size_t bytes)
{
	bool pages = cell->paging != VTB_NATIVE && cell->pages != cell->workload->pages;

	snprintf(text, bytes, "%s%s%s%s%s%s", cell->workload->name, cell->io == VTB_PV ? " pv" : "",
		 cell->paging != VTB_NATIVE && !cell->vpid ? " no-vpid" : "",
		 cell->no_apicv ? " no-apicv" : "", pages ? " pages-" : "",
		 pages ? vtb_pages_names[cell->pages] : "");
}

bool vtb_report_covers(const struct vtb_report *report, const char *workload)
{
	return report->count &&
	       vtb_workload_find(workload)->linux == report->results[0].cell.workload->linux;
}
