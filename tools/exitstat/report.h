/* SPDX-License-Identifier: GPL-2.0-only */
/* The two forms of a report, over one tally. */
#ifndef EXITSTAT_REPORT_H
#define EXITSTAT_REPORT_H

#include "json.h"
#include "tally.h"

struct report {
	const struct tally *tally;
	const struct vts_source *source;
	const char *title; /* of the source */
	uint64_t top;	   /* rows of a breakdown; the rest is one row `other` */
	bool by;	   /* breakdowns were asked for: show them instead of the usual tables */
};

/** The whole report, with the breakdowns that the tally has. */
void report_text(const struct report *report);
/** Its head: what ran, how it ended, and the totals. */
void report_text_summary(const struct report *report);
json_t *report_json(const struct report *report);
/** The host's share, where the trace has it. */
void report_host_text(const struct report *report);
void report_host_json(const struct report *report, json_t *root);

/** How the slowest exits are shown, where they were asked for. */
struct slowest_view report_slowest(const struct report *report);

/** A row that sums up what a breakdown's first @top rows leave out; count 0 if they leave nothing
 *  out. */
void report_other(const struct breakdown_row **rows, size_t count, size_t top,
		  struct vts_hist *other);
/** "vm_start"'s paging and options, as the record has them: "ept, vpid on, ...", in @text. */
void report_configuration(const struct vts_event *start, char *text, size_t size);

#endif
