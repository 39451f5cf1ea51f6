/* SPDX-License-Identifier: GPL-2.0-only */
/* Where records go: the published ring for live readers, and the recording. */
#ifndef TOOLS_VTRUN_SINK_H
#define TOOLS_VTRUN_SINK_H

#include "tools/vtrun/vtrun.h"
#include "trace/ring.h"

struct sink;

/** Publish as @name, in a ring of @ring bytes, and record to directory @record unless NULL, compressed if @zstd. NULL and @error on
 *  failure. */
struct sink *sink_create(const char *name, uint64_t ring, const char *record, bool zstd,
			 const char *metadata, struct vts_error *error);
/** Have every record of the VMM's shown to @seen as well, in order. */
void sink_watch(struct sink *sink, void (*seen)(void *state, const struct vts_event *event),
		void *state);
/** The listening socket of the live channel; call sink_accept when it is readable. */
int sink_fd(const struct sink *sink);
void sink_accept(struct sink *sink);

/**
 * Take records as the VMM wrote them; @discarded is the VMM's count of those it could not store.
 * They are put into packets just as the VMM does, so a packet closed here is the packet closed
 * there.
 */
void sink_append(struct sink *sink, const struct vts_event *events, size_t count,
		 uint64_t discarded);
/** Close the open packet, unless it is empty: the VM has ended. */
void sink_close_packet(struct sink *sink);
/** Header of closed packet @number; NULL when it is not closed, or more than VTS_HOP_PACKETS ago. */
const struct vts_packet_header *sink_header(const struct sink *sink, uint64_t number);

/** Records taken so far. */
uint64_t sink_count(const struct sink *sink);
/** The VM's end, when it has been recorded; else NULL. */
const struct vts_event *sink_stop(const struct sink *sink);
/** No record will follow. Unless the VM's end is recorded, record it: @cause is a VTS_VM_STOP_* of
 *  vtrun's. */
void sink_end(struct sink *sink, unsigned cause);
/** Finish the recording and hang up on readers. 0, or -1 if the recording is not whole (it was
 *  said). */
int sink_destroy(struct sink *sink);

#endif
