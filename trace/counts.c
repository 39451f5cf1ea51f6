/* SPDX-License-Identifier: GPL-2.0-only */
#include "counts.h"

#include "alike.h"

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
