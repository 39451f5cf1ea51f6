/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtrun starts a guest on an engine and publishes its events.
 *
 * main.c    options -> guest -> configuration -> image -> engine -> run -> verdict
 * engine.h  what executes the VMM; bochs.c is one
 * hop.c     takes records and console bytes out of the engine's memory (trace/hop.h)
 * native.c  the same for a guest with no VMM under it
 * sink.c    where records go: the published ring and the recording
 * console.c the guest's output and typed input
 */
#ifndef TOOLS_VTRUN_VTRUN_H
#define TOOLS_VTRUN_VTRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/source.h"

/** Exit statuses of vtrun's own; every other is the guest's (128 + signal when a signal ended
 *  vtrun). */
enum { STATUS_TIMEOUT = 124, STATUS_FAILED = 125, STATUS_VMM = 126 };

/** Fill @error (what: why, and what to do). Always returns -1, so that it can be returned. */
int error_set(struct vts_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** A file or a stream, whole, in memory of our own. */
struct blob {
	unsigned char *data;
	size_t bytes;
};

/** Read a regular file whole; @what names it in the error. 0, or -1 and @error. */
int blob_read(struct blob *blob, const char *path, const char *what, struct vts_error *error);
void blob_free(struct blob *blob);

/** Write all of it to @fd. 0, or -1 with errno set. */
int write_all(int fd, const void *data, size_t bytes);

/** Seconds on a clock that never goes back. */
double clock_now(void);

#endif
