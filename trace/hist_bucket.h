/* SPDX-License-Identifier: GPL-2.0-only */
/* The bucket arithmetic of hist.h, inline for the loops that count millions of events a second. */
#ifndef TRACE_HIST_BUCKET_H
#define TRACE_HIST_BUCKET_H

#include "hist.h"

#define HIST_SUB_BUCKETS (1u << VTS_HIST_SUB_BITS)

/* A value of 2^(6 + s) and above keeps its 7 highest bits: the leading one and the sub-bucket. */
static inline unsigned hist_bucket(uint64_t value)
{
	unsigned shift;

	if (value < HIST_SUB_BUCKETS)
		return value;
	shift = 63 - __builtin_clzll(value) - VTS_HIST_SUB_BITS;
	return (shift << VTS_HIST_SUB_BITS) + (unsigned)(value >> shift);
}

static inline void hist_record(struct vts_hist *hist, uint64_t value, unsigned bucket)
{
	hist->count++;
	hist->sum += value;
	if (value < hist->min)
		hist->min = value;
	if (value > hist->max)
		hist->max = value;
	hist->bucket[bucket]++;
}

#endif
