/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces for the tests of trace/: every record can be told from its number. */
#ifndef TESTS_UNIT_TRACE_FIXTURE_H
#define TESTS_UNIT_TRACE_FIXTURE_H

#include <stdbool.h>

#include "trace/ctf.h"

/** Record number @number of a run: first vm_start, then exits with details of every kind but lost.
 */
struct vts_event fixture_event(uint64_t number);
/** The last one, vm_stop. */
struct vts_event fixture_stop(uint64_t number);
/** Whether @event is record @number, byte for byte. */
bool fixture_is(const struct vts_event *event, uint64_t number);

/** @count records from @first on as closed packets of @packet_bytes; malloc'd, @bytes long. The
 * last one is vm_stop if @stop. */
void *fixture_packets(uint64_t first, size_t count, uint32_t packet_bytes, bool stop,
		      size_t *bytes);
/** The metadata of the fixtures' run; malloc'd. */
char *fixture_metadata(void);

/** A directory that does not exist yet, in a new one that does; malloc'd. */
char *fixture_path(void);
/** Record a whole run of @count records at @path. */
void fixture_record(const char *path, size_t count, uint32_t packet_bytes);
/** Remove @path, what is in it, and the directory above it. */
void fixture_remove(char *path);

/** A file's bytes, malloc'd. */
char *fixture_load(const char *directory, const char *name, size_t *bytes);
void fixture_store(const char *directory, const char *name, const void *data, size_t bytes);

#endif
