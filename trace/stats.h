/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tools show, counted from events: one object that vmtop, exitstat and vtbench share, so
 * that no two of them can disagree. Memory is bounded whatever the trace's length.
 *
 * Totals of time come from exit records only: VMM time is the sum of their latencies, guest time is
 * what lies between one exit's entry and the next exit.
 */
#ifndef TRACE_STATS_H
#define TRACE_STATS_H

#include <stdbool.h>

#include "event.h"
#include "hist.h"
#include "host_time.h"

#define VTS_STATS_REASONS    401 /* rows: see vts_stats_reason_row */
#define VTS_STATS_HOWS	     32
#define VTS_STATS_CAUSES     32
#define VTS_STATS_DEVICES    72
#define VTS_STATS_CALLS	     32 /* hypercall numbers: see vts_stats_call_row */
#define VTS_STATS_CALL_OTHER 15
#define VTS_STATS_PHASES     32
#define VTS_STATS_RECENT     16 /* details of an end mark's exit that are kept out of its phase */

struct vts_io_stats {
	uint64_t requests, bytes, trapped, pv;
	uint64_t writes;
	uint64_t depth; /* sum over the requests */
};

/** A phase between a begin and an end mark of one id; times exclude the two marks themselves. */
struct vts_phase {
	char name[17];
	uint16_t id;
	bool ended;
	uint64_t ops;	     /* of the end mark */
	uint64_t value;	     /* of the end mark */
	uint64_t begin, end; /* TSC: entry that ended the begin mark's exit; the end mark's exit */
	/* What happened within, once it has ended; until then all counters as they stood at its
	 * begin (vts_stats_phase_counts gives the difference so far). Owned by the stats. */
	struct vts_counts *counts;
	/* private */
	uint8_t vcpu;
	uint64_t begin_exit; /* exit_tsc of the begin mark */
};

/** Plain counters, so that two can be subtracted (vts_counts_subtract). */
struct vts_counts {
	uint64_t events; /* records of any kind */
	uint64_t exits;
	uint64_t vmm_time; /* sum of latencies */
	uint64_t guest_time;
	uint64_t clear_time;	     /* of vmm_time: clearing memory for the guest */
	uint64_t idle_time;	     /* warps */
	uint64_t transition_flushes; /* exits whose transition dropped all translations (no VPID) */
	uint64_t reason[VTS_STATS_REASONS];
	uint64_t reason_time[VTS_STATS_REASONS];
	uint64_t reason_host[VTS_STATS_REASONS][VTS_HOST_PARTS]; /* of it, where the source tells */
	uint64_t exit_how[VTS_STATS_HOWS];
	uint64_t flush[VTS_STATS_HOWS][VTS_STATS_CAUSES]; /* [how][cause] */
	uint64_t ept_violation[VTS_STATS_HOWS];
	uint64_t shadow_fault[VTS_STATS_HOWS];
	uint64_t shadow_zap[VTS_STATS_HOWS];	     /* zap operations */
	uint64_t shadow_zap_entries[VTS_STATS_HOWS]; /* entries they removed */
	uint64_t injection[VTS_STATS_HOWS];
	uint64_t hypercall[VTS_STATS_CALLS];
	struct vts_io_stats io[VTS_STATS_DEVICES];
	uint64_t io_refused[VTS_STATS_HOWS]; /* requests that broke a rule, by which */
	uint64_t lost;			     /* of LOST records */
};

struct vts_stats {
	struct vts_counts total;
	struct vts_hist *reason[VTS_STATS_REASONS]; /* latency; NULL until the reason occurs */
	struct vts_hist all;			    /* latency of every exit */
	struct vts_phase phase[VTS_STATS_PHASES];   /* in order of begin */
	size_t phases;
	uint64_t phases_dropped; /* begun when phase[] was full */
	uint64_t first_tsc, last_tsc;
	bool started, stopped;
	struct vts_event start, stop; /* the vm_start and vm_stop records */
	bool partial; /* exits were left out: how long the guest ran is not known, and counts 0 */
	/* private */
	uint64_t previous_entry[256]; /* by vCPU; UINT64_MAX: not known */
	int pending_phase; /* begun by a mark whose exit record is still to come; -1: none */
	struct vts_event recent[VTS_STATS_RECENT]; /* the latest details of one exit */
	unsigned recent_count;
};

/** 0, or -1 when out of memory (in vts_stats_add: the event is then not counted). */
int vts_stats_init(struct vts_stats *stats);
void vts_stats_free(struct vts_stats *stats);
int vts_stats_add(struct vts_stats *stats, const struct vts_event *events, size_t count);
struct vts_alike;
/** Exits that are alike (alike.h), but for the time that the guest had before each of them, which
 *  vts_stats_pass counts. 0, or -1 when out of memory. */
int vts_stats_add_alike(struct vts_stats *stats, const struct vts_alike *alike);
/** The guest's time before @exit. */
static inline void vts_stats_pass(struct vts_stats *stats, const struct vts_event *exit)
{
	uint64_t *previous = &stats->previous_entry[exit->vcpu];

	if (exit->exit_tsc > *previous)
		stats->total.guest_time += exit->exit_tsc - *previous;
	*previous = stats->partial ? UINT64_MAX : exit->tsc;
}
/** @into = @now - @before, word by word. */
void vts_counts_subtract(struct vts_counts *into, const struct vts_counts *now,
			 const struct vts_counts *before);
/** What happened in a phase so far: to its end if it has ended, else to now. */
void vts_stats_phase_counts(const struct vts_stats *stats, const struct vts_phase *phase,
			    struct vts_counts *into);
/**
 * The row of a reason in reason[]: Intel's known and raw ones below 127, then AMD's (VTS_SVM_BASE)
 * of 192 exit codes and of 16 from 0x400 on, then 64 of user space (VTS_USER_BASE); all others
 * share the last row.
 */
static inline unsigned vts_stats_reason_row(unsigned reason)
{
	if (reason < 127)
		return reason;
	if (reason - VTS_SVM_BASE < 192)
		return 128 + (reason - VTS_SVM_BASE);
	if (reason - (VTS_SVM_BASE + 0x400) < 16)
		return 320 + (reason - (VTS_SVM_BASE + 0x400));
	if (reason - VTS_USER_BASE < 64)
		return 336 + (reason - VTS_USER_BASE);
	return VTS_STATS_REASONS - 1;
}
/** The reason of a row; of the last row, which has many, the least: 127. */
static inline unsigned vts_stats_row_reason(unsigned row)
{
	if (row >= 336 && row < 400)
		return VTS_USER_BASE + (row - 336);
	if (row >= 320 && row < 336)
		return VTS_SVM_BASE + 0x400 + (row - 320);
	if (row >= 128 && row < 320)
		return VTS_SVM_BASE + (row - 128);
	return row < 127 ? row : 127;
}
/** The row of a hypercall: ours below 15, then KVM's first 16 from row 16 on; others share row 15. */
static inline unsigned vts_stats_call_row(unsigned number)
{
	if (number < VTS_STATS_CALL_OTHER)
		return number;
	return number - VTS_KVM_HYPERCALL_BASE < 16 ? 16 + (number - VTS_KVM_HYPERCALL_BASE)
						    : VTS_STATS_CALL_OTHER;
}
/** The hypercall of a row; of row 15, which has many, the least: 15. */
static inline unsigned vts_stats_row_call(unsigned row)
{
	return row >= 16 ? VTS_KVM_HYPERCALL_BASE + (row - 16) : row;
}
/** Sum of flush[how][*] */
uint64_t vts_counts_flushes(const struct vts_counts *counts, unsigned how);

#endif
