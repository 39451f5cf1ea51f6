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
#define REPORT_PANELS  9
#define REPORT_SUBS    VTS_STATS_CAUSES
#define REPORT_ENTRIES (VTS_STATS_HOWS + 1)

/** One exit reason, or all together. Times in the trace's unit. */
struct reason_row {
	char reason[REPORT_NAME];
	unsigned number;
	uint64_t count;
	double per_second; /* NaN: not known */
	double share;	   /* of VMM time, 0 to 1 */
	uint64_t sum;
	double mean;
	uint64_t min, p50, p90, p99, p999, max;
	uint64_t host[VTS_HOST_PARTS]; /* of sum */
	double host_share;	       /* of sum, 0 to 1: scheduled out, or in interrupts */
	char why[REPORT_NAME];	       /* the largest part of sum, in words; "": not known */
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

struct report {
	char name[REPORT_TEXT];
	char engine[REPORT_NAME], paging[REPORT_NAME], io[REPORT_NAME], vpid[REPORT_NAME];
	char guest[REPORT_TEXT];
	char unit[REPORT_NAME]; /* of every time: instr or cycles */
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
	struct reason_row all, row[VTS_STATS_REASONS];
	size_t rows;
	bool has_host; /* some exit came with the host's share */
	struct panel panel[REPORT_PANELS];
	size_t panels;
};

/** Fill @report from the model as it stands. */
void report_build(struct report *report, const struct model *model, enum scope scope);

#endif
