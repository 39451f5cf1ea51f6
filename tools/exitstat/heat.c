// SPDX-License-Identifier: GPL-2.0-only
/* Latency over time: counting. */
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "heat.h"
#include "trace/stats.h"

void heat_init(struct heat *heat)
{
	memset(heat, 0, sizeof(*heat));
	heat->width = 1;
	heat->rows = calloc(VTS_STATS_REASONS, sizeof(*heat->rows));
	if (!heat->rows)
		die_of_memory();
}

void heat_free(struct heat *heat)
{
	for (size_t i = 0; i < VTS_STATS_REASONS; i++)
		for (unsigned band = 0; band < HEAT_BANDS; band++)
			free(heat->rows[i].band[band]);
	free(heat->rows);
}

/** Slots of a wider or earlier grid from those of the old one: each lies in one of the new. */
static void regrid_band(uint64_t *band, uint64_t base, uint64_t width, const struct heat *now)
{
	uint64_t old[HEAT_SLOTS];

	memcpy(old, band, sizeof(old));
	memset(band, 0, sizeof(old));
	for (size_t i = 0; i < HEAT_SLOTS; i++)
		if (old[i])
			band[(base + i) / (now->width / width) - now->base] += old[i];
}

/** Choose the narrowest slots with which first to last fits, and move what was counted. */
static void regrid(struct heat *heat)
{
	uint64_t base = heat->base, width = heat->width;

	while (heat->last / heat->width - heat->first / heat->width >= HEAT_SLOTS)
		heat->width *= 2;
	heat->base = heat->first / heat->width;
	for (size_t i = 0; i < VTS_STATS_REASONS; i++)
		for (unsigned band = 0; band < HEAT_BANDS; band++)
			if (heat->rows[i].band[band])
				regrid_band(heat->rows[i].band[band], base, width, heat);
}

/** The slot of a time; the grid grows to hold it. */
static size_t slot_of(struct heat *heat, uint64_t tsc)
{
	if (!heat->count) {
		heat->first = heat->last = heat->base = tsc;
		return 0;
	}
	if (tsc < heat->first || tsc / heat->width - heat->base >= HEAT_SLOTS) {
		heat->first = tsc < heat->first ? tsc : heat->first;
		heat->last = tsc > heat->last ? tsc : heat->last;
		regrid(heat);
	} else if (tsc > heat->last) {
		heat->last = tsc;
	}
	return tsc / heat->width - heat->base;
}

void heat_add(struct heat *heat, unsigned reason, uint64_t tsc, uint64_t latency)
{
	struct heat_row *row = &heat->rows[vts_stats_reason_row(reason)];
	unsigned band = latency ? 64 - (unsigned)__builtin_clzll(latency) : 0;
	size_t slot = slot_of(heat, tsc);

	if (!row->band[band]) {
		row->band[band] = calloc(HEAT_SLOTS, sizeof(uint64_t));
		if (!row->band[band])
			die_of_memory();
	}
	row->band[band][slot]++;
	row->reason = reason;
	row->count++;
	row->sum += latency;
	heat->count++;
	heat->sum += latency;
}

size_t heat_slots(const struct heat *heat)
{
	return heat->count ? heat->last / heat->width - heat->base + 1 : 0;
}

static int compare(const void *left, const void *right)
{
	const struct heat_row *a = *(const struct heat_row *const *)left;
	const struct heat_row *b = *(const struct heat_row *const *)right;

	if (a->sum != b->sum)
		return a->sum < b->sum ? 1 : -1;
	return a->reason < b->reason ? -1 : a->reason > b->reason;
}

const struct heat_row **heat_sort(const struct heat *heat, size_t *count)
{
	const struct heat_row **sorted = calloc(VTS_STATS_REASONS, sizeof(const void *));

	if (!sorted)
		die_of_memory();
	*count = 0;
	for (size_t i = 0; i < VTS_STATS_REASONS; i++)
		if (heat->rows[i].count)
			sorted[(*count)++] = &heat->rows[i];
	qsort(sorted, *count, sizeof(const void *), compare);
	return sorted;
}

uint64_t heat_low(unsigned band)
{
	return band ? 1ull << (band - 1) : 0;
}

uint64_t heat_high(unsigned band)
{
	return band < 64 ? (1ull << band) - 1 : UINT64_MAX;
}
