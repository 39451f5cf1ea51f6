/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the time of exits went on the host (KVM), by reason. */
#ifndef EXITSTAT_HOST_H
#define EXITSTAT_HOST_H

#include <stdbool.h>

#include "group.h"
#include "trace/host_time.h"
#include "trace/stats.h"

struct host_row {
	unsigned reason;
	uint64_t count, latency; /* all exits of this reason */
	uint64_t part[VTS_HOST_PARTS];
	uint64_t switches;
};

struct host {
	bool any; /* some exit came with host times */
	struct host_row row[VTS_STATS_REASONS];
};

/** Count @count exits of one reason that took @latency in all, and came without host times. */
void host_add_alike(struct host *host, unsigned reason, uint64_t count, uint64_t latency);
/** Count an exit, with its details. */
void host_add(struct host *host, const struct exit_group *group);

#endif
