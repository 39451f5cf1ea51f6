// SPDX-License-Identifier: GPL-2.0-only
/* Latencies by key. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "breakdown.h"
#include "exitstat.h"

#define START_SIZE 256

static void make_slots(struct breakdown *breakdown, size_t size)
{
	breakdown->size = size;
	breakdown->slots =
	    aligned_alloc(sizeof(*breakdown->slots), size * sizeof(*breakdown->slots));
	if (!breakdown->slots)
		die_of_memory();
	memset(breakdown->slots, 0, size * sizeof(*breakdown->slots));
}

void breakdown_init(struct breakdown *breakdown)
{
	memset(breakdown, 0, sizeof(*breakdown));
	/* Keys come from a guest: without a secret it could choose ones that collide. */
	if (getrandom(breakdown->seed, sizeof(breakdown->seed), 0) < 0)
		breakdown->seed[0] = breakdown->seed[1] = (uintptr_t)breakdown;
	breakdown->seed[1] |= 1;
	make_slots(breakdown, START_SIZE);
}

void breakdown_free(struct breakdown *breakdown)
{
	for (size_t i = 0; i < breakdown->size; i++)
		free(breakdown->slots[i].buckets);
	free(breakdown->slots);
	memset(breakdown, 0, sizeof(*breakdown));
}

/** Where a search for @key begins: both halves of a product with a secret, folded. */
static inline size_t home(const struct breakdown *breakdown, uint64_t key)
{
	unsigned __int128 product =
	    (unsigned __int128)(key ^ breakdown->seed[0]) * breakdown->seed[1];

	return ((uint64_t)product ^ (uint64_t)(product >> 64)) & (breakdown->size - 1);
}

/** The slot that holds @key, or the free one where it belongs. */
static struct breakdown_row *slot(const struct breakdown *breakdown, uint64_t key)
{
	size_t at = home(breakdown, key);

	while (breakdown->slots[at].count && breakdown->slots[at].key != key)
		at = (at + 1) & (breakdown->size - 1);
	return &breakdown->slots[at];
}

static void grow(struct breakdown *breakdown)
{
	struct breakdown old = *breakdown;

	make_slots(breakdown, old.size * 2);
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].count)
			*slot(breakdown, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

/** Index of the first bucket that is not below @bucket. */
static uint32_t lower_bound(const struct breakdown_row *row, uint32_t bucket)
{
	uint32_t low = 0, high = row->used;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (row->buckets[middle].bucket < bucket)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert_bucket(struct breakdown_row *row, uint32_t at, uint32_t bucket)
{
	if (row->used == row->room) {
		uint32_t room = row->room ? row->room * 2 : 2;
		void *buckets = realloc(row->buckets, room * sizeof(*row->buckets));

		if (!buckets)
			die_of_memory();
		row->buckets = buckets;
		row->room = room;
	}
	memmove(&row->buckets[at + 1], &row->buckets[at], (row->used - at) * sizeof(*row->buckets));
	row->buckets[at] = (struct breakdown_bucket){.bucket = bucket};
	row->used++;
}

/** Count in @bucket what row->count does not have yet. */
static void count_bucket(struct breakdown_row *row, uint32_t bucket, uint64_t count)
{
	uint32_t at;

	if (!row->buckets) {
		if (!row->count)
			row->only = bucket;
		if (row->only == bucket)
			return;
		insert_bucket(row, 0, row->only);
		row->buckets[0].count = row->count;
	}
	at = lower_bound(row, bucket);
	if (at == row->used || row->buckets[at].bucket != bucket)
		insert_bucket(row, at, bucket);
	row->buckets[at].count += count;
}

static void add(struct breakdown *breakdown, const struct breakdown_part *part)
{
	struct breakdown_row *row = slot(breakdown, part->key);

	if (!row->count) {
		if (breakdown->rows >= breakdown->size / 2) {
			grow(breakdown);
			row = slot(breakdown, part->key);
		}
		breakdown->rows++;
		row->key = part->key;
		row->min = UINT64_MAX;
	}
	count_bucket(row, part->bucket, part->count);
	row->count += part->count;
	row->sum += part->sum;
	if (part->min < row->min)
		row->min = part->min;
	if (part->max > row->max)
		row->max = part->max;
}

void breakdown_add_parts(struct breakdown *breakdown, const struct breakdown_part *parts,
			 size_t count)
{
	for (size_t i = 0; count > 1 && i < count; i++)
		__builtin_prefetch(&breakdown->slots[home(breakdown, parts[i].key)], 1);
	for (size_t i = 0; i < count; i++)
		add(breakdown, &parts[i]);
}

void breakdown_add(struct breakdown *breakdown, uint64_t key, uint64_t value)
{
	const struct breakdown_part part = {key, 1, value, value, value, vts_hist_bucket(value)};

	add(breakdown, &part);
}

const struct breakdown_row *breakdown_find(const struct breakdown *breakdown, uint64_t key)
{
	const struct breakdown_row *row = slot(breakdown, key);

	return row->count ? row : NULL;
}

static int compare(const void *left, const void *right)
{
	const struct breakdown_row *a = *(const struct breakdown_row *const *)left;
	const struct breakdown_row *b = *(const struct breakdown_row *const *)right;

	if (a->sum != b->sum)
		return a->sum < b->sum ? 1 : -1;
	return a->key < b->key ? -1 : a->key > b->key;
}

const struct breakdown_row **breakdown_sort(const struct breakdown *breakdown)
{
	const struct breakdown_row **rows = calloc(breakdown->rows + 1, sizeof(const void *));
	size_t count = 0;

	if (!rows)
		die_of_memory();
	for (size_t i = 0; i < breakdown->size; i++)
		if (breakdown->slots[i].count)
			rows[count++] = &breakdown->slots[i];
	qsort(rows, count, sizeof(const void *), compare);
	return rows;
}

void breakdown_merge(struct vts_hist *hist, const struct breakdown_row *row)
{
	hist->count += row->count;
	hist->sum += row->sum;
	if (row->min < hist->min)
		hist->min = row->min;
	if (row->max > hist->max)
		hist->max = row->max;
	if (!row->buckets)
		hist->bucket[row->only] += row->count;
	for (uint32_t i = 0; i < row->used; i++)
		hist->bucket[row->buckets[i].bucket] += row->buckets[i].count;
}
