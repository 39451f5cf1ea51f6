/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits that are alike, counted as one: most exits of a trace are like one that was there before but
 * for their times, and what is said of an exit besides its latency needs to be looked up once only.
 *
 * Two exits are alike if these are the same: reason, how it was resolved, flags, RIP, CR3 (as far as
 * cr3_mask asks for it), the interruption information of an exception or interrupt, the qualification
 * (but where it is an address or how memory was accessed: #PF, EPT violation, INVLPG), the bucket of
 * the latency (hist.h), and kind, how and reason of each detail. So whatever is made of the details'
 * other words, or of guest-physical addresses, must be taken from each exit.
 */
#ifndef TRACE_ALIKE_H
#define TRACE_ALIKE_H

#include "stats.h"

#define VTS_ALIKES_SHIFT  12
#define VTS_ALIKES	  (1 << VTS_ALIKES_SHIFT) /* kinds of exit in hand at once */
#define VTS_ALIKE_DETAILS 4

struct vts_alike {
	/* Key: what such exits have in common. */
	uint64_t head; /* of the exit, with the latency's bucket in the place of VM and vCPU */
	uint64_t rip, cr3, qualification, vector;
	uint64_t details[2]; /* the low half of each one's head, the last one's lowest */
	uint64_t count;
	uint64_t sum, min, max; /* of the latencies */
	bool each;		/* show each to alikes->each */
	uint64_t unused[4];
};

_Static_assert(sizeof(struct vts_alike) == 128, "two cache lines");

static inline unsigned vts_alike_how(const struct vts_alike *alike)
{
	return alike->head >> 8 & 0xff;
}

static inline unsigned vts_alike_reason(const struct vts_alike *alike)
{
	return alike->head >> 16 & 0xffff;
}

static inline unsigned vts_alike_bucket(const struct vts_alike *alike)
{
	return alike->head >> 32 & 0xffff;
}

static inline unsigned vts_alike_flags(const struct vts_alike *alike)
{
	return alike->head >> 48;
}

struct vts_alikes {
	/* Set by the caller. */
	struct vts_stats *stats; /* what is taken is counted there, as vts_stats_add would */
	void *context;
	uint64_t cr3_mask; /* what counts of CR3: 0, if it is not asked for */
	/** The first exit of a kind, which gets the row @row (below VTS_ALIKES); its details, if
	 *  it has any, lie from @first up to it. Returns whether each one is to be shown to each(). */
	bool (*first)(void *context, size_t row, const struct vts_event *first,
		      const struct vts_event *exit);
	/** @bucket: of the latency. */
	void (*each)(void *context, const struct vts_event *first, const struct vts_event *exit,
		     unsigned bucket);
	/** All that were counted of the kind in row @row; it is free again. 0, or -1: out of
	 *  memory. */
	int (*done)(void *context, size_t row, const struct vts_alike *alike);
	/* private */
	struct vts_alike *memory, *rows;
	uint64_t secret[5];
	uint16_t used[VTS_ALIKES]; /* the rows that are not free */
	size_t count;
};

/** 0, or -1: out of memory. */
int vts_alikes_init(struct vts_alikes *alikes);
void vts_alikes_free(struct vts_alikes *alikes);
/**
 * Take records, in the order of the trace, as long as they are whole exits of the usual kind. Returns
 * how many were taken, -1 when out of memory. Those that remain begin with an exit, or a detail of
 * one, that is for vts_stats_add: a mark, a VM's start or end, a loss, host times, many details, or
 * an exit that the records do not reach.
 */
long vts_alikes_take(struct vts_alikes *alikes, const struct vts_event *events, size_t count);
/** Give back (done) all rows: stats is complete then. Before a mark is counted, and at the end. */
int vts_alikes_flush(struct vts_alikes *alikes);

#endif
