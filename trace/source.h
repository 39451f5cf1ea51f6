/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A source of events: a recorded trace or a running VM, read the same way. A damaged or truncated
 * trace gives what can be read, and says what is wrong; a live reader that falls behind knows how
 * many it missed.
 */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <stdbool.h>
#include <stdio.h>

#include "event.h"

struct vts_source;

/** What the metadata says of the run: the env block as text, in order. Owned by the source. */
struct vts_env {
	const char *key, *value;
};

/** An error: what, why and what to do, in one line without the tool's name. */
struct vts_error {
	char text[512];
};

/** Open a recorded trace (a directory with `metadata` and stream files). NULL and @error on
 * failure. */
struct vts_source *vts_source_open_dir(const char *path, struct vts_error *error);
/** Attach to the running VM @name; NULL: the only one running. Reads from the oldest record still
 * there. */
struct vts_source *vts_source_attach(const char *name, struct vts_error *error);
void vts_source_close(struct vts_source *source);

/**
 * The next records, at most @max, copied to @events. Returns how many; 0 when there is nothing now:
 * then vts_source_ended tells whether more can come. Events of several vCPUs come stream by stream.
 */
size_t vts_source_read(struct vts_source *source, struct vts_event *events, size_t max);
/**
 * The same without a copy: @events is set to the next records, as many as lie side by side, valid
 * until the next call with this source. Returns how many; 0 as above.
 */
size_t vts_source_next(struct vts_source *source, const struct vts_event **events);
/** The trace was read to its end, or the VM ended and its last record was read. */
bool vts_source_ended(const struct vts_source *source);
/** Records known to be lost so far: discarded by the producer, missed by the recorder, or missed by
 * us. */
uint64_t vts_source_lost(const struct vts_source *source);
/** The number of problems found so far (damaged packets, cut tails, no vm_stop at the end), and the
 * first one's description ("" if none). */
unsigned vts_source_problems(const struct vts_source *source, const char **first);
/** Value of @key in the run's env ("engine", "unit", "paging", "guest", ...), or NULL. */
const char *vts_source_env(const struct vts_source *source, const char *key);
const struct vts_env *vts_source_env_all(const struct vts_source *source, size_t *count);
/** The metadata's text, as it was written, for a trace of the same run; "" if there is none. Owned
 * by the source. */
const char *vts_source_metadata(const struct vts_source *source);
/** "instr", "cycles" or "ns"; never NULL. */
const char *vts_source_unit(const struct vts_source *source);
/** Records in all, if known (a recorded trace; about 2 % too many), else 0: for progress. */
uint64_t vts_source_total(const struct vts_source *source);

/** A running VM, as `exitstat list` shows it. */
struct vts_running {
	char name[64];
	int pid; /* of its vtrun */
};
/** Running VMs that this user may attach to; returns how many there are, and stores @max at most. */
size_t vts_running_list(struct vts_running *list, size_t max);

#endif
