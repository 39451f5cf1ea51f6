// SPDX-License-Identifier: GPL-2.0-only
/* What a disk request costs, trapped and paravirtual. */
#include <math.h>

#include "bench/disk.h"
#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct vtb_column request_columns[] = {
    {"workload", "workload", "", 0, NULL},	  {"paging", "paging", "", 0, NULL},
    {"exits", "exits", "/req", 2, NULL},	  {"port", "port", "/req", 2, NULL},
    {"memory", "memory", "/req", 2, NULL},	  {"hlt", "hlt", "/req", 2, NULL},
    {"other", "other", "/req", 2, NULL},	  {"interrupts", "intr", "/req", 2, NULL},
    {"notifications", "notify", "/req", 2, NULL}, {"kib", "KiB", "/req", 0, NULL},
    {"depth", "depth", "mean", 1, NULL},	  {"vmm", "VMM", "@/req", 0, NULL},
};

static const struct vtb_column time_columns[] = {
    {"workload", "workload", "", 0, NULL},   {"paging", "paging", "", 0, NULL},
    {"vmm", "VMM", "@/req", 0, NULL},	     {"guest", "guest", "@/req", 0, NULL},
    {"total", "total", "@/req", 0, NULL},    {"ratio", "trapped : pv", "ratio", 2, "x"},
    {"operation", "operation", "", 0, NULL},
};

static double count_per_op(const struct vtb_result *result, json_t *counts, const char *name)
{
	return vtb_per_op(result, (uint64_t)json_integer_value(json_object_get(counts, name)));
}

/** Exits by which the guest spoke to a device that is memory. */
static double memory_per_op(const struct vtb_result *result)
{
	bool shadow = result->cell.paging == VTB_SHADOW;

	return count_per_op(result, shadow ? result->shadow_faults : result->ept_violations,
			    "mmio");
}

static json_t *labelled_row(struct vtb_table *table, const struct vtb_result *result)
{
	json_t *row = vtb_table_add(table, json_object());
	char label[96];

	vtb_row_label(&result->cell, label, sizeof(label));
	vtb_row_text(row, "workload", label);
	vtb_row_text(row, "paging", vtb_paging_names[result->cell.paging]);
	vtb_row_number(row, "vmm", vtb_per_op(result, result->vmm));
	return row;
}

/** Of @sum over the disk's requests; NAN where the result does not know them. */
static double request_mean(const struct vtb_result *result, uint64_t sum)
{
	if (result->disk_requests == VTB_UNKNOWN || !result->disk_requests)
		return NAN;
	return (double)sum / (double)result->disk_requests;
}

static void request_row(struct vtb_table *table, const struct vtb_result *result)
{
	json_t *row = labelled_row(table, result);
	double exits = vtb_per_op(result, result->exits), memory = memory_per_op(result);
	double port = count_per_op(result, result->exits_by_reason, "io_instruction");
	double hlt = count_per_op(result, result->exits_by_reason, "hlt");

	vtb_row_number(row, "exits", exits);
	vtb_row_number(row, "port", port);
	vtb_row_number(row, "memory", memory);
	vtb_row_number(row, "hlt", hlt);
	vtb_row_number(row, "other", fmax(exits - port - memory - hlt, 0));
	vtb_row_number(row, "interrupts",
		       count_per_op(result, result->injections, "external") +
			   count_per_op(result, result->injections, "posted"));
	vtb_row_number(row, "notifications", vtb_per_op(result, result->notifications));
	vtb_row_number(row, "kib", request_mean(result, result->disk_bytes) / 1024);
	vtb_row_number(row, "depth", request_mean(result, result->disk_depth));
}

static bool is_shown(const struct vtb_result *result)
{
	return result->ok && !result->cell.rep && result->cell.vmm == VTB_STANDARD &&
	       !result->cell.no_apicv && result->cell.paging != VTB_NATIVE &&
	       vtb_disk_needed(result->cell.workload);
}

struct vtb_table vtb_table_requests(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "requests", "Disk requests: trapped ATA and paravirtual virtio, what each takes",
	    report->unit, request_columns, COUNT(request_columns),
	    "port, memory: exits by which the guest spoke to the device, a notification by either; "
	    "a REP string\ninstruction is one up to a page boundary. other: the end of an "
	    "interrupt. "
	    "intr: interrupts raised.\ndepth: requests in flight at the device when "
	    "one is "
	    "served, "
	    "itself included.");

	for (size_t i = 0; i < report->count; i++)
		if (is_shown(&report->results[i]))
			request_row(&table, &report->results[i]);
	return table;
}

struct vtb_table vtb_table_request_times(const struct vtb_report *report)
{
	struct vtb_table table = vtb_table_make(
	    "request_times", "Disk requests: trapped ATA against paravirtual virtio, time",
	    report->unit, time_columns, COUNT(time_columns), NULL);

	for (size_t i = 0; i < report->count; i++) {
		const struct vtb_result *result = &report->results[i], *trapped;
		json_t *row;

		if (!is_shown(result))
			continue;
		row = labelled_row(&table, result);
		vtb_row_number(row, "guest", vtb_per_op(result, result->guest));
		vtb_row_number(row, "total", vtb_per_op(result, result->total));
		vtb_row_text(row, "operation", result->cell.workload->operation);
		trapped = vtb_report_find(report, &result->cell, result->cell.paging, VTB_TRAPPED,
					  VTB_STANDARD);
		if (trapped && result->cell.io == VTB_PV)
			vtb_row_number(row, "ratio",
				       vtb_per_op(trapped, trapped->total) /
					   vtb_per_op(result, result->total));
	}
	return table;
}
