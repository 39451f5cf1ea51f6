/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the time of exits went on the host (KVM): by reason, and of the slowest exits one by one. */
#ifndef EXITSTAT_HOST_H
#define EXITSTAT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host_time.h"
#include "trace/stats.h"

#define HOST_SLOWEST_MAX 1000

struct host_row {
	unsigned reason;
	uint64_t count, latency; /* all exits of this reason */
	uint64_t part[VTS_HOST_PARTS];
	uint64_t switches;
};

struct host_slow {
	struct vts_event exit;
	uint64_t latency, part[VTS_HOST_PARTS];
};

struct host {
	size_t wanted; /* slowest exits to keep, at most HOST_SLOWEST_MAX; set by the caller */
	bool any;      /* some exit came with host times */
	struct host_row row[VTS_STATS_REASONS];
	struct host_slow slowest[HOST_SLOWEST_MAX]; /* the slowest first */
	size_t count;
};

/** Count an exit, with its details. */
void host_add(struct host *host, const struct vts_event *exit, const struct vts_event *details,
	      size_t count);

#endif
