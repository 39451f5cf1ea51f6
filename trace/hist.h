/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log-linear histogram of unsigned 64-bit values: exact below 64, then 64 buckets per power of
 * two, so a bucket's width is at most 1/64 of its values (HdrHistogram's layout). Fixed size, no
 * allocation.
 */
#ifndef TRACE_HIST_H
#define TRACE_HIST_H

#include <stdint.h>

#define VTS_HIST_SUB_BITS 6
#define VTS_HIST_BUCKETS  ((64 - VTS_HIST_SUB_BITS + 1) << VTS_HIST_SUB_BITS)

struct vts_hist {
	uint64_t count;
	uint64_t sum; /* modulo 2^64 */
	uint64_t min; /* UINT64_MAX while empty */
	uint64_t max;
	uint64_t bucket[VTS_HIST_BUCKETS];
};

void vts_hist_init(struct vts_hist *hist);
void vts_hist_record(struct vts_hist *hist, uint64_t value);
void vts_hist_merge(struct vts_hist *into, const struct vts_hist *from);
/** @into becomes @now less @before, where @before is an earlier copy of @now; min and max to bucket
 * width. */
void vts_hist_subtract(struct vts_hist *into, const struct vts_hist *now,
		       const struct vts_hist *before);
/** Smallest recorded value v such that at least @per_mille/1000 of all are <= v; at most 1/64 too
 * high, never above max. 0 if empty. p99.9 is 999. */
uint64_t vts_hist_percentile(const struct vts_hist *hist, unsigned per_mille);
double vts_hist_mean(const struct vts_hist *hist);
/** Bucket of a value, and the lowest and highest value of a bucket. */
unsigned vts_hist_bucket(uint64_t value);
uint64_t vts_hist_low(unsigned bucket);
uint64_t vts_hist_high(unsigned bucket);

#endif
