/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latencies by key: a hash table that grows, with a small histogram in each row. A row keeps only
 * the buckets that occurred (most keys see a handful), so a million keys fit in memory.
 */
#ifndef EXITSTAT_BREAKDOWN_H
#define EXITSTAT_BREAKDOWN_H

#include <stddef.h>
#include <stdint.h>

#include "trace/hist.h"

struct breakdown_bucket {
	uint32_t bucket; /* of vts_hist_bucket */
	uint64_t count;
};

/** A cache line: of most keys it is all that is looked at. */
struct breakdown_row {
	uint64_t key;
	uint64_t count; /* 0: the slot is free */
	uint64_t sum;	/* modulo 2^64 */
	uint64_t min, max;
	struct breakdown_bucket *buckets; /* in order of bucket; NULL while there is only one: */
	uint32_t only;			  /* this, which has all of count */
	uint32_t used, room;		  /* of buckets */
};

_Static_assert(sizeof(struct breakdown_row) == 64, "a cache line");

struct breakdown {
	struct breakdown_row *slots; /* open addressing, a power of two of them */
	size_t size, rows;
	uint64_t seed[2];
};

/** Values of one key that lie in one bucket. */
struct breakdown_part {
	uint64_t key;
	uint64_t count, sum, min, max;
	uint32_t bucket;
};

/** All ends the program when there is no memory. */
void breakdown_init(struct breakdown *breakdown);
void breakdown_free(struct breakdown *breakdown);
void breakdown_add(struct breakdown *breakdown, uint64_t key, uint64_t value);
/** The same for many values each time. The rows come from all over memory: with a few @parts at once
 *  one is fetched while others are. */
void breakdown_add_parts(struct breakdown *breakdown, const struct breakdown_part *parts,
			 size_t count);
/** The row of @key, or NULL. */
const struct breakdown_row *breakdown_find(const struct breakdown *breakdown, uint64_t key);
/** All rows, longest total first, then by key; breakdown->rows of them, to be freed by the
 *  caller. */
const struct breakdown_row **breakdown_sort(const struct breakdown *breakdown);
/** Add a row's values to @hist; @hist has been initialized. */
void breakdown_merge(struct vts_hist *hist, const struct breakdown_row *row);

#endif
