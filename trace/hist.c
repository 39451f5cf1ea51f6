/* SPDX-License-Identifier: GPL-2.0-only */
#include "hist.h"

#include <string.h>

#include "hist_bucket.h"

void vts_hist_init(struct vts_hist *hist)
{
	memset(hist, 0, sizeof(*hist));
	hist->min = UINT64_MAX;
}

unsigned vts_hist_bucket(uint64_t value)
{
	return hist_bucket(value);
}

uint64_t vts_hist_low(unsigned bucket)
{
	unsigned shift;

	if (bucket < HIST_SUB_BUCKETS)
		return bucket;
	shift = (bucket >> VTS_HIST_SUB_BITS) - 1;
	return (uint64_t)(HIST_SUB_BUCKETS + bucket % HIST_SUB_BUCKETS) << shift;
}

uint64_t vts_hist_high(unsigned bucket)
{
	return bucket + 1 < VTS_HIST_BUCKETS ? vts_hist_low(bucket + 1) - 1 : UINT64_MAX;
}

void vts_hist_record(struct vts_hist *hist, uint64_t value)
{
	hist_record(hist, value, hist_bucket(value));
}

void vts_hist_merge(struct vts_hist *into, const struct vts_hist *from)
{
	into->count += from->count;
	into->sum += from->sum;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	for (unsigned i = 0; i < VTS_HIST_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

void vts_hist_subtract(struct vts_hist *into, const struct vts_hist *now,
		       const struct vts_hist *before)
{
	uint64_t min = UINT64_MAX, max = 0;

	for (unsigned i = 0; i < VTS_HIST_BUCKETS; i++) {
		into->bucket[i] = now->bucket[i] - before->bucket[i];
		if (!into->bucket[i])
			continue;
		if (min == UINT64_MAX)
			min = vts_hist_low(i);
		max = vts_hist_high(i);
	}
	/* The whole's extremes bound those of a part. */
	into->min = min != UINT64_MAX && min < now->min ? now->min : min;
	into->max = max > now->max ? now->max : max;
	into->count = now->count - before->count;
	into->sum = now->sum - before->sum;
}

uint64_t vts_hist_percentile(const struct vts_hist *hist, unsigned per_mille)
{
	/* count * per_mille / 1000, rounded up, without overflow. */
	uint64_t rank =
	    hist->count / 1000 * per_mille + (hist->count % 1000 * per_mille + 999) / 1000;
	uint64_t seen = 0;

	if (!hist->count)
		return 0;
	if (per_mille > 1000)
		rank = hist->count;
	for (unsigned i = 0; i < VTS_HIST_BUCKETS; i++) {
		uint64_t high = vts_hist_high(i);

		seen += hist->bucket[i];
		if (seen >= rank && seen)
			return high < hist->max ? high : hist->max;
	}
	return hist->max;
}

double vts_hist_mean(const struct vts_hist *hist)
{
	return hist->count ? (double)hist->sum / (double)hist->count : 0;
}
