// SPDX-License-Identifier: GPL-2.0-only
/* Counting exits that are alike together: what they are broken down by is looked up for the first. */
#include <stdlib.h>

#include "tally_alike.h"
#include "trace/alike.h"

#define PAGES 64

struct tally_alike {
	struct vts_alikes alikes;
	enum dimension by[DIMENSIONS]; /* wanted, but for those that each exit must be asked */
	size_t count;
	/* Of each row, as many as count: the key, and whether the exit has one. */
	struct tally_alike_key {
		uint64_t key;
		bool known;
	} keys[VTS_ALIKES][DIMENSIONS];
	struct breakdown_part pages[PAGES]; /* exits by page, still to be counted */
	size_t pages_count;
};

static struct exit_group group_of(const struct vts_event *details, const struct vts_event *exit)
{
	return (struct exit_group){exit, details, (size_t)(exit - details)};
}

static bool first(void *context, size_t row, const struct vts_event *details,
		  const struct vts_event *exit)
{
	const struct tally *tally = context;
	struct tally_alike *alike = tally->alike;
	const struct exit_group group = group_of(details, exit);

	for (size_t i = 0; i < alike->count; i++) {
		struct tally_alike_key *key = &alike->keys[row][i];

		key->known = dimensions[alike->by[i]].key(&group, &tally->where, &key->key);
	}
	return tally->wanted[BY_GPA] &&
	       dimensions[BY_GPA].key(&group, &tally->where, &(uint64_t){0});
}

static int done(void *context, size_t row, const struct vts_alike *same)
{
	struct tally *tally = context;
	const struct tally_alike *alike = tally->alike;
	unsigned reason = vts_alike_reason(same);
	struct breakdown_part part = {reason,	 same->count, same->sum,
				      same->min, same->max,   vts_alike_bucket(same)};

	host_add_alike(&tally->host, reason, same->count, same->sum);
	if (vts_stats_reason_row(reason) == VTS_STATS_REASONS - 1)
		breakdown_add_parts(&tally->high, &part, 1);
	for (size_t i = 0; i < alike->count; i++) {
		part.key = alike->keys[row][i].key;
		if (alike->keys[row][i].known)
			breakdown_add_parts(&tally->by[alike->by[i]], &part, 1);
	}
	return 0;
}

static void count_pages(struct tally *tally)
{
	breakdown_add_parts(&tally->by[BY_GPA], tally->alike->pages, tally->alike->pages_count);
	tally->alike->pages_count = 0;
}

static void each(void *context, const struct vts_event *details, const struct vts_event *exit,
		 unsigned bucket)
{
	struct tally *tally = context;
	struct tally_alike *alike = tally->alike;
	const struct exit_group group = group_of(details, exit);
	struct breakdown_part *last =
	    alike->pages_count ? &alike->pages[alike->pages_count - 1] : NULL;
	uint64_t latency = exit_latency(exit), key;

	dimensions[BY_GPA].key(&group, &tally->where, &key);
	/* One page is often touched many times in a row. */
	if (last && last->key == key && last->bucket == bucket) {
		last->count++;
		last->sum += latency;
		if (latency < last->min)
			last->min = latency;
		if (latency > last->max)
			last->max = latency;
		return;
	}
	if (alike->pages_count == PAGES)
		count_pages(tally);
	alike->pages[alike->pages_count++] =
	    (struct breakdown_part){key, 1, latency, latency, latency, bucket};
}

void tally_alike_init(struct tally *tally)
{
	struct tally_alike *alike = calloc(1, sizeof(*alike));

	if (!alike)
		die_of_memory();
	tally->alike = alike;
	alike->alikes = (struct vts_alikes){
	    .stats = &tally->stats, .context = tally, .first = first, .each = each, .done = done};
	if (tally->wanted[BY_CR3] || tally->wanted[BY_PROCESS])
		alike->alikes.cr3_mask = UINT64_MAX;
	for (size_t i = 0; i < DIMENSIONS; i++)
		if (tally->wanted[i] && i != BY_GPA)
			alike->by[alike->count++] = i;
	if (vts_alikes_init(&alike->alikes) < 0)
		die_of_memory();
}

void tally_alike_free(struct tally *tally)
{
	if (!tally->alike)
		return;
	vts_alikes_free(&tally->alike->alikes);
	free(tally->alike);
	tally->alike = NULL;
}

size_t tally_alike_take(struct tally *tally, const struct vts_event *events, size_t count)
{
	long taken = vts_alikes_take(&tally->alike->alikes, events, count);

	if (taken < 0)
		die_of_memory();
	return (size_t)taken;
}

void tally_alike_flush(struct tally *tally)
{
	if (!tally->alike)
		return;
	if (vts_alikes_flush(&tally->alike->alikes) < 0)
		die_of_memory();
	if (tally->wanted[BY_GPA])
		count_pages(tally);
}
