/* SPDX-License-Identifier: GPL-2.0-only */
#include "counts.h"

#include "alike.h"

static void add_io(struct vts_io_stats *io, const struct vts_event *event)
{
	io->requests++;
	io->bytes += event->io_request.bytes;
	io->trapped += event->how == VTS_IO_REQUEST_TRAPPED;
	io->pv += event->how == VTS_IO_REQUEST_PV || event->how == VTS_IO_REQUEST_DISCARD;
	io->writes += !!(event->flags & VTS_FLAG_WRITE);
	io->depth += event->io_request.depth;
}

static void add_host(uint64_t part[VTS_HOST_PARTS], const struct vts_event *event)
{
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		part[i] += event->word[i];
}

void counts_add_alike(struct vts_counts *counts, const struct vts_alike *alike)
{
	unsigned row = vts_stats_reason_row(vts_alike_reason(alike));

	counts->events += alike->count;
	counts->exits += alike->count;
	counts->vmm_time += alike->sum;
	if (vts_alike_flags(alike) & VTS_FLAG_TRANSITION_FLUSH)
		counts->transition_flushes += alike->count;
	counts->reason[row] += alike->count;
	counts->reason_time[row] += alike->sum;
	counts->exit_how[counts_row(vts_alike_how(alike), VTS_STATS_HOWS)] += alike->count;
}

void counts_add_detail(struct vts_counts *counts, const struct vts_event *event)
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
		add_io(&counts->io[counts_row(event->reason, VTS_STATS_DEVICES)], event);
		counts->io_refused[how] += event->how >= VTS_IO_REQUEST_BAD_STATUS;
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
		add_host(counts->reason_host[vts_stats_reason_row(event->reason)], event);
		break;
	case VTS_KIND_LOST:
		counts->lost += event->lost.count;
		break;
	default: /* marks and the VM's start and end only count as events; so do kinds unknown here
		  */
		break;
	}
}

void vts_counts_subtract(struct vts_counts *into, const struct vts_counts *now,
			 const struct vts_counts *before)
{
	/* Nothing but 64-bit counters in there. */
	uint64_t *difference = (uint64_t *)into;
	const uint64_t *a = (const uint64_t *)now, *b = (const uint64_t *)before;

	_Static_assert(sizeof(*into) % sizeof(uint64_t) == 0, "only counters");
	for (size_t i = 0; i < sizeof(*into) / sizeof(uint64_t); i++)
		difference[i] = a[i] - b[i];
}

uint64_t vts_counts_flushes(const struct vts_counts *counts, unsigned how)
{
	uint64_t sum = 0;

	if (how >= VTS_STATS_HOWS)
		return 0;
	for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++)
		sum += counts->flush[how][cause];
	return sum;
}
