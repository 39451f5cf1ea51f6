/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of a source, made into packets again and written to a trace directory. One that takes
 * all records of a VM writes the very bytes that vtrun --record writes.
 */
#ifndef EXITSTAT_RECORDER_H
#define EXITSTAT_RECORDER_H

#include "trace/source.h"

struct recorder;

/** Start a trace at @directory (new or empty) with the source's metadata. @filter, if not NULL, says
 *  in words what will not be added, and is noted there. NULL and @error on failure. */
struct recorder *recorder_new(struct vts_source *source, const char *directory, const char *filter,
			      struct vts_error *error);
/** Compress what will be written (vts_ctf_compress). 0, or -1 and @error. */
int recorder_compress(struct recorder *recorder, struct vts_error *error);
/** Exits will be left out of what is added: the trace's first record says so. */
void recorder_leave_out_exits(struct recorder *recorder);
/** Add records just read from the source; what the source lost before them is noted. 0, or -1:
 *  the trace could not be written, and recorder_finish says why. */
int recorder_add(struct recorder *recorder, const struct vts_event *events, size_t count);
/** What the source lost so far, up to @lost, is not this trace's loss: it happened before its first
 *  record, or records to be added say it. */
void recorder_assume_lost(struct recorder *recorder, uint64_t lost);
/** Write what is left, and close; if the source has not ended, the trace says that it was left.
 *  0, or -1 and @error. */
int recorder_finish(struct recorder *recorder, struct vts_error *error);
/** Records added so far. */
uint64_t recorder_events(const struct recorder *recorder);
void recorder_free(struct recorder *recorder);

#endif
