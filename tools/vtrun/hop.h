/* SPDX-License-Identifier: GPL-2.0-only */
/* vtrun's end of the hop (trace/hop.h): takes records and text out of the engine's memory. */
#ifndef TOOLS_VTRUN_HOP_H
#define TOOLS_VTRUN_HOP_H

#include <sys/types.h>

#include "tools/vtrun/console.h"
#include "tools/vtrun/sink.h"

struct hop;

/** What the functions below return: HOP_BAD and HOP_GONE come with an error. */
enum hop_result {
	HOP_OK = 0,
	HOP_BAD = -1,  /* what the VMM says of itself cannot be */
	HOP_GONE = -2, /* the engine's memory cannot be read (any more) */
};

struct hop *hop_create(pid_t engine, struct sink *sink, struct console *console,
		       struct vts_error *error);
void hop_destroy(struct hop *hop);

/**
 * Find the shared memory in the engine by its stamps. Call it once, when the VMM has greeted and is
 * held.
 */
enum hop_result hop_find(struct hop *hop, uint64_t nonce, struct vts_error *error);

/**
 * Take everything new: records to the sink, output to the console, messages to the log. What the
 * VMM says of itself is checked.
 */
enum hop_result hop_drain(struct hop *hop, struct vts_error *error);

/**
 * The VMM has closed a packet, whose records have been taken: compare its header with our own.
 */
enum hop_result hop_packet_closed(struct hop *hop, struct vts_error *error);

#endif
