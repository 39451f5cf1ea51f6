/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting one event into struct vts_counts; private to trace/. */
#ifndef TRACE_COUNTS_H
#define TRACE_COUNTS_H

#include "stats.h"

static inline uint64_t saturating_sub(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The row of a number in a table; numbers beyond it share its last row. */
static inline unsigned counts_row(unsigned number, unsigned rows)
{
	return number < rows ? number : rows - 1;
}

/* An exit whose work took @latency. */
static inline void counts_add_exit(struct vts_counts *counts, const struct vts_event *event,
				   uint64_t latency)
{
	unsigned row = vts_stats_reason_row(event->reason);

	counts->events++;
	counts->exits++;
	counts->vmm_time += latency;
	counts->transition_flushes += !!(event->flags & VTS_FLAG_TRANSITION_FLUSH);
	counts->reason[row]++;
	counts->reason_time[row] += latency;
	counts->exit_how[counts_row(event->how, VTS_STATS_HOWS)]++;
}

/* Exits that are alike. */
void counts_add_alike(struct vts_counts *counts, const struct vts_alike *alike);

/* A record of any other kind. */
void counts_add_detail(struct vts_counts *counts, const struct vts_event *event);

#endif
