/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace as exits: each with the details recorded within it. */
#ifndef EXITSTAT_GROUP_H
#define EXITSTAT_GROUP_H

#include <stddef.h>

#include "trace/event.h"

/** An exit and the details recorded within it. */
struct exit_group {
	const struct vts_event *exit; /* NULL: the details' exit was lost, or there is no VMM */
	const struct vts_event *details;
	size_t count; /* of details */
};

/** The latency of an exit; 0 where a damaged trace says less. */
static inline uint64_t exit_latency(const struct vts_event *exit)
{
	return exit->tsc > exit->exit_tsc ? exit->tsc - exit->exit_tsc : 0;
}

struct grouper {
	/* Set by the caller: takes each group, in the order of the trace. */
	void (*take)(void *context, const struct exit_group *group);
	void *context;
	/* private: the exit being put together */
	struct vts_event *details;
	size_t count, room;
};

/** Take records, in the order of the trace. */
void grouper_add(struct grouper *grouper, const struct vts_event *events, size_t count);
/** No more will come: hand over what is left. */
void grouper_finish(struct grouper *grouper);
void grouper_free(struct grouper *grouper);

#endif
