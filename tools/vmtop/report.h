/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be shown of one VM, as values: the screen, the text and the JSON form are all made
 * from this, so that they cannot disagree. A report is a copy: it stays as it is while sampling
 * goes on.
 */
#ifndef VMTOP_REPORT_H
#define VMTOP_REPORT_H

#include "tools/vmtop/model.h"

#define REPORT_NAME    24
#define REPORT_TEXT    160
#define REPORT_ROWS    1024
#define ROW_TREND      60
#define ROW_LABEL      64
#define REPORT_PANELS  9
#define REPORT_SUBS    VTS_STATS_CAUSES
#define REPORT_ENTRIES (VTS_STATS_HOWS + 1)

/** One line of a view, or several together. Times in the trace's unit. */
struct row {
	char label[ROW_LABEL], what[REPORT_NAME];
	uint64_t number, number2; /* the item's key */
	bool together;		  /* several: their percentiles are not known */
	bool whole;		  /* all of the view's table */
	unsigned vm;		  /* which, where there are several (view vms) */
	uint64_t count;
	double per_second; /* NaN: not known */
	double share;	   /* of VMM time, 0 to 1 */
	double part;	   /* of the counts, 0 to 1 */
	uint64_t sum;
	double mean;
	uint64_t min, p50, p90, p99, p999, max;
	uint64_t host[VTS_HOST_PARTS]; /* of sum */
	double host_share;	       /* of sum, 0 to 1: scheduled out, or in interrupts */
	char why[REPORT_NAME];	       /* the largest part of sum, in words; "": not known */
	uint8_t trend
	    [ROW_TREND]; /* its rate in the last steps, 0 to 8 of its highest; the newest last */
	/* Of a comparison: the same of B, and how B stands to A; NaN: not to be told. */
	uint64_t b_number, b_number2, b_count, b_sum, b_exits, b_p50, b_p99;
	double b_mean, count_difference, count_ratio, sum_difference, sum_ratio, mean_ratio;
	uint64_t exits, guest, idle, bytes, clear, ops, runs, lost;
	double exits_each, time_each; /* a request, or an operation; NaN: there was none */
	double guest_share, vmm_share, idle_share; /* of the row's own time, 0 to 1 */
};

/** One line of a panel: a kind, how many, and what that consists of. */
struct panel_entry {
	char name[REPORT_NAME];
	uint64_t count;
	struct {
		char name[REPORT_NAME];
		uint64_t count;
	} sub[REPORT_SUBS];
	size_t subs;
};

struct panel {
	const char *title; /* for people */
	const char *key;   /* for programs */
	uint64_t total;
	struct panel_entry entry[REPORT_ENTRIES];
	size_t entries;
};

enum report_state { STATE_WAITING, STATE_RUNNING, STATE_ENDED, STATE_GONE };

struct view;

struct report {
	const struct view *view;
	char name[REPORT_TEXT];
	char engine[REPORT_NAME], paging[REPORT_NAME], io[REPORT_NAME], vpid[REPORT_NAME];
	char guest[REPORT_TEXT];
	char unit[REPORT_NAME]; /* of every time: instr or cycles */
	double hz;		/* time units a second; 0: not known */
	bool live;		/* otherwise a recorded trace: seconds are the trace's */
	enum scope scope;
	uint64_t interval; /* which; 0: none complete yet */
	double seconds;	   /* that the scope covers */
	enum report_state state;
	char state_text[REPORT_TEXT]; /* running, or how it ended */
	const char *cause;	      /* of the VM's end; NULL: it did not say */
	uint64_t status;
	double progress; /* of a recorded trace, 0 to 1; NaN: not known */
	char phase[REPORT_NAME];
	uint64_t events, exits, span;
	uint64_t guest_time, vmm_time, clear_time, idle_time;
	double guest_share, vmm_share; /* of guest and VMM time together */
	uint64_t lost;		       /* since the beginning, whatever the scope */
	unsigned problems;
	char problem[REPORT_TEXT];
	struct row all, row[REPORT_ROWS];
	size_t rows;
	struct row rest;  /* the sum of what is in no row */
	size_t rest_rows; /* how many rows were put into it */
	bool same_unit;	  /* of a comparison: times can be compared */
	bool has_host;	  /* some exit came with the host's share */
	struct panel panel[REPORT_PANELS];
	size_t panels;
};

/** Fill @report from the model as it stands. */
void report_build(struct report *report, const struct model *model, const struct view *view,
		  enum scope scope);
/** The same, with a row for each of @count models, and for each vCPU of those that have several. */
void report_build_vms(struct report *report, const struct model *model,
		      const struct model *const *all, size_t count, enum scope scope);
/** waiting, running, ended or gone. */
const char *report_state_name(enum report_state state);
/** Fill @row from @item of report->view's table; NULL: from all of it. */
void row_build(struct row *row, const struct report *report, const struct model *model,
	       const struct item *item);
/** Fill the rows of report->view. */
void rows_build(struct report *report, const struct model *model);
/** The derived figures of rows put together; @row's words are sums already. */
void row_derive(struct row *row, const struct report *report);
/** Put the rows whose names do not contain @filter, in either case, into the rest; NULL: none. */
void rows_filter(struct report *report, const char *filter);
/** Keep @count rows from row @first on, and put the others into the rest. */
void rows_window(struct report *report, size_t first, size_t count);
/** Is there anything in the rest? */
bool rows_have_rest(const struct report *report);
/** The exits that @row, of a view of @table, is about. */
uint64_t row_exits(const struct row *row, enum table table);
/** Add @from's sums to @into. */
void row_add(struct row *into, const struct row *from);

#endif
