/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report: what the results of a run say, as tables. Every figure is worked out here, from
 * results only.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/result.h"
#include "bench/table.h"

struct vtb_report {
	const struct vtb_result *results;
	size_t count;
	const char *unit; /* of every time */
};

/** 0, or -1 and @error if the results mix units. */
int vtb_report_init(struct vtb_report *report, const struct vtb_result *results, size_t count,
		    struct vts_error *error);

/** The first result of @like's configuration with this paging mode, output and build that is ok,
 *  or NULL. Native has one configuration. */
const struct vtb_result *vtb_report_find(const struct vtb_report *report,
					 const struct vtb_cell *like, enum vtb_paging paging,
					 enum vtb_io io, enum vtb_vmm vmm);

/** Whether the report is of the suite that has this workload. */
bool vtb_report_covers(const struct vtb_report *report, const char *workload);

/** "holds", or "FAILS" and counted in @failed; "not measured" (@figure NAN) and counted in @missing. */
const char *vtb_verdict(double figure, double limit, unsigned *failed, unsigned *missing);

/** @number / ops of a result; NAN if the result is NULL or either is unknown. */
double vtb_per_op(const struct vtb_result *result, uint64_t number);
/** One operation as the guest measured it; NAN if unknown. */
double vtb_round_trip(const struct vtb_result *result);
/** KVM's figure for an operation of this cell; NAN if there is none. */
double vtb_kvm_per_op(const struct vtb_cell *cell);
/** What the cell is, beside its paging mode: "console pv". */
void vtb_row_label(const struct vtb_cell *cell, char *text, size_t bytes);

/* The tables; free each with vtb_table_free. */
struct vtb_table vtb_table_costs(const struct vtb_report *report); /* time an operation, by mode */
struct vtb_table vtb_table_peers(const struct vtb_report *report); /* measured in the guest; KVM */
struct vtb_table
vtb_table_events(const struct vtb_report *report); /* exits, flushes, faults an operation */
struct vtb_table vtb_table_shares(const struct vtb_report *report);  /* guest and VMM */
struct vtb_table vtb_table_console(const struct vtb_report *report); /* trapped and paravirtual */
struct vtb_table vtb_table_apicv(const struct vtb_report *report);   /* with and without */
struct vtb_table vtb_table_linux(const struct vtb_report *report);   /* what shadow paging adds */
struct vtb_table vtb_table_requests(
    const struct vtb_report *report); /* of disks: exits, interrupts, notifications */
struct vtb_table vtb_table_request_times(const struct vtb_report *report);
struct vtb_table vtb_table_bars(const struct vtb_report *report, unsigned *failed,
				unsigned *missing);
struct vtb_table vtb_table_exit_bars(const struct vtb_report *report, unsigned *failed,
				     unsigned *missing);
struct vtb_table vtb_table_linux_bars(const struct vtb_report *report, unsigned *failed,
				      unsigned *missing);
struct vtb_table vtb_table_recording(const struct vtb_report *report, unsigned *failed,
				     unsigned *missing);
struct vtb_table vtb_table_counts(const struct vtb_report *report, bool all, unsigned *failed,
				  unsigned *judged);
struct vtb_table vtb_table_failures(const struct vtb_report *report);

/** Print everything. Returns 0, or -1 when out of memory. */
int vtb_report_print(const struct vtb_report *report, enum vtb_form form, FILE *file);

#endif
