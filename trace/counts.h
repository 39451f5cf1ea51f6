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

static inline void counts_add_io(struct vts_io_stats *io, const struct vts_event *event)
{
	io->requests++;
	io->bytes += event->io_request.bytes;
	io->trapped += event->how == VTS_IO_REQUEST_TRAPPED;
	io->pv += event->how == VTS_IO_REQUEST_PV || event->how == VTS_IO_REQUEST_DISCARD;
	io->writes += !!(event->flags & VTS_FLAG_WRITE);
	io->depth += event->io_request.depth;
}

static inline void counts_add_host(uint64_t part[VTS_HOST_PARTS], const struct vts_event *event)
{
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		part[i] += event->word[i];
}

/* A record of any other kind. */
static inline void counts_add_detail(struct vts_counts *counts, const struct vts_event *event)
{
	unsigned how = counts_row(event->how, VTS_STATS_HOWS);

	counts->events++;
	switch (event->kind) {
	case VTS_KIND_TLB_FLUSH:
		counts->flush[how][counts_row(event->reason, VTS_STATS_CAUSES)]++;
		break;
	case VTS_KIND_EPT_VIOLATION:
		counts->ept_violation[how]++;
		counts->clear_time += event->ept_violation.clear;
		break;
	case VTS_KIND_SHADOW_FAULT:
		counts->shadow_fault[how]++;
		counts->clear_time += event->shadow_fault.clear;
		break;
	case VTS_KIND_SHADOW_ZAP:
		counts->shadow_zap[how]++;
		counts->shadow_zap_entries[how] += event->shadow_zap.entries;
		break;
	case VTS_KIND_IO_REQUEST:
		counts_add_io(&counts->io[counts_row(event->reason, VTS_STATS_DEVICES)], event);
		if (__builtin_expect(event->how >= VTS_IO_REQUEST_BAD_STATUS, 0))
			counts->io_refused[how]++;
		break;
	case VTS_KIND_INJECTION:
		counts->injection[how]++;
		break;
	case VTS_KIND_HYPERCALL:
		counts->hypercall[vts_stats_call_row(event->reason)]++;
		break;
	case VTS_KIND_TIME_WARP:
		/* word[0] from, word[1] to */
		counts->idle_time += saturating_sub(event->word[1], event->word[0]);
		break;
	case VTS_KIND_HOST_TIME:
		counts_add_host(counts->reason_host[vts_stats_reason_row(event->reason)], event);
		break;
	case VTS_KIND_LOST:
		counts->lost += event->lost.count;
		break;
	default: /* marks and the VM's start and end only count as events; so do kinds unknown here
		  */
		break;
	}
}

#endif
