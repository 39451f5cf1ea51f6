/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/items.h"

#include <stdlib.h>
#include <string.h>

#include "trace/hist_bucket.h"

static void hist_free(struct item *item)
{
	free(item->hist);
	free(item->hist_before);
	free(item->hist_last);
}

int items_init(struct items *items, size_t room)
{
	memset(items, 0, sizeof(*items));
	items->room = room;
	items->slots = 4;
	while (items->slots < 2 * room)
		items->slots *= 2;
	items->item = calloc(room, sizeof(items->item[0]));
	items->slot = calloc(items->slots, sizeof(items->slot[0]));
	if (items->item && items->slot)
		return 0;
	items_free(items);
	return -1;
}

void items_free(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		hist_free(&items->item[i]);
	hist_free(&items->total);
	free(items->item);
	free(items->slot);
	memset(items, 0, sizeof(*items));
}

/** A copy of @from, or NULL; @failed is set if there should be one. */
static struct vts_hist *hist_copy(const struct vts_hist *from, bool *failed)
{
	struct vts_hist *into = from ? malloc(sizeof(*into)) : NULL;

	if (into)
		*into = *from;
	*failed |= from && !into;
	return into;
}

static void item_copy(struct item *into, const struct item *from, bool *failed)
{
	*into = *from;
	into->hist = hist_copy(from->hist, failed);
	into->hist_before = NULL; /* only the next interval needs it, and a copy has none */
	into->hist_last = hist_copy(from->hist_last, failed);
}

int items_copy(struct items *into, const struct items *from)
{
	bool failed = false;

	if (items_init(into, from->room) < 0)
		return -1;
	for (size_t i = 0; i < from->count; i++)
		item_copy(&into->item[i], &from->item[i], &failed);
	into->count = from->count;
	item_copy(&into->total, &from->total, &failed);
	memcpy(into->slot, from->slot, from->slots * sizeof(from->slot[0]));
	if (!failed)
		return 0;
	items_free(into);
	return -1;
}

/** The slot of a key: its own, or the free one where it would stand. */
static size_t slot_of(const struct items *items, uint64_t key, uint64_t key2)
{
	uint64_t hash = (key ^ (key2 << 29 | key2 >> 35)) * 0x9e3779b97f4a7c15u;
	size_t i = hash >> 32 & (items->slots - 1);

	while (items->slot[i]) {
		const struct item *item = &items->item[items->slot[i] - 1];

		if (item->key[0] == key && item->key[1] == key2)
			break;
		i = (i + 1) & (items->slots - 1);
	}
	return i;
}

const struct item *items_find(const struct items *items, uint64_t key, uint64_t key2)
{
	size_t slot = slot_of(items, key, key2);

	return items->slot[slot] ? &items->item[items->slot[slot] - 1] : NULL;
}

struct item *items_get(struct items *items, uint64_t key, uint64_t key2, uint32_t *serial)
{
	size_t slot = slot_of(items, key, key2);
	struct item *item;

	if (items->slot[slot])
		return &items->item[items->slot[slot] - 1];
	if (items->count == items->room)
		return NULL;
	item = &items->item[items->count++];
	memset(item, 0, sizeof(*item));
	item->key[0] = key;
	item->key[1] = key2;
	item->serial = ++*serial;
	items->slot[slot] = (uint16_t)items->count;
	return item;
}

static struct vts_hist *hist_new(void)
{
	struct vts_hist *hist = malloc(sizeof(*hist));

	if (hist)
		vts_hist_init(hist);
	return hist;
}

int item_latency(struct item *item, uint64_t latency, unsigned bucket)
{
	if (__builtin_expect(!item->hist, 0)) {
		item->hist = hist_new();
		if (!item->hist)
			return -1;
	}
	hist_record(item->hist, latency, bucket);
	return 0;
}

/** The interval's histogram; only what changed is touched. */
static int hist_tick(struct item *item)
{
	uint64_t now = item->hist ? item->hist->count : 0;
	uint64_t before = item->hist_before ? item->hist_before->count : 0;

	if (now == before) {
		if (item->hist_last && item->hist_last->count)
			vts_hist_init(item->hist_last);
		return 0;
	}
	if (!item->hist_before)
		item->hist_before = hist_new();
	if (!item->hist_last)
		item->hist_last = hist_new();
	if (!item->hist_before || !item->hist_last)
		return -1;
	vts_hist_subtract(item->hist_last, item->hist, item->hist_before);
	*item->hist_before = *item->hist;
	return 0;
}

static int item_tick(struct item *item)
{
	for (unsigned i = 0; i < ITEM_WORDS; i++) {
		item->last[i] = item->now[i] - item->before[i];
		item->before[i] = item->now[i];
	}
	return hist_tick(item);
}

int items_tick(struct items *items)
{
	int status = item_tick(&items->total);

	for (size_t i = 0; i < items->count; i++)
		status |= item_tick(&items->item[i]);
	return status;
}

static void item_step(struct item *item, unsigned index)
{
	uint64_t count = item->now[WORD_COUNT] - item->series_count;

	item->series[index].count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
	item->series[index].time = (float)(item->now[WORD_TIME] - item->series_time);
	item->series_count = item->now[WORD_COUNT];
	item->series_time = item->now[WORD_TIME];
}

void items_step(struct items *items, unsigned index)
{
	item_step(&items->total, index);
	for (size_t i = 0; i < items->count; i++)
		item_step(&items->item[i], index);
}

void items_note_backlog(struct items *items)
{
	items->total.backlog = items->total.now[WORD_COUNT];
	for (size_t i = 0; i < items->count; i++)
		items->item[i].backlog = items->item[i].now[WORD_COUNT];
}

/** Most counted first; of equals the older. */
static int compare(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->now[WORD_COUNT] != b->now[WORD_COUNT])
		return a->now[WORD_COUNT] < b->now[WORD_COUNT] ? 1 : -1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

bool items_trim(struct items *items)
{
	size_t kept = items->room / 2;

	if (items->count < items->room - items->room / 4)
		return false;
	qsort(items->item, items->count, sizeof(items->item[0]), compare);
	for (size_t i = kept; i < items->count; i++)
		hist_free(&items->item[i]);
	items->count = kept;
	memset(items->slot, 0, items->slots * sizeof(items->slot[0]));
	for (size_t i = 0; i < kept; i++)
		items->slot[slot_of(items, items->item[i].key[0], items->item[i].key[1])] =
		    (uint16_t)(i + 1);
	return true;
}
