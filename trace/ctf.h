/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recorded trace: a directory with a CTF 1.8 `metadata` file (TSDL text, made from events.def)
 * and one stream file a vCPU, `vcpu0` ..., which is the closed packets as they are, each with a
 * trailer of check sums that CTF takes for padding (docs/trace-format.md).
 */
#ifndef TRACE_CTF_H
#define TRACE_CTF_H

#include "ring.h"
#include "source.h"

/** The metadata text for a run with this env (tracer_name and abi are put before it). malloc'd;
 * NULL when out of memory.
 *  @uuid: 16 bytes, a hash of the configuration. @hz: time units a second. */
char *vts_ctf_metadata(const struct vts_env *env, size_t count, const uint8_t uuid[16],
		       uint64_t hz);

/** The text @metadata with one more entry in its env, and its sum made right again; a text without an
 *  env stays as it is. malloc'd; NULL when out of memory. */
char *vts_ctf_metadata_note(const char *metadata, const char *key, const char *value);

struct vts_ctf_writer;

/** Create directory @path (it must not exist, or be empty) and its metadata. NULL and @error on
 * failure. */
struct vts_ctf_writer *vts_ctf_create(const char *path, const char *metadata,
				      struct vts_error *error);
/** Before the first packet: write the streams compressed with zstd, as `vcpu0.zst` ...; `zstd -d` gives
 * what would have been written. A MiB is held back until it is full, or the trace is closed. 0, or -1
 * and @error. */
int vts_ctf_compress(struct vts_ctf_writer *writer, struct vts_error *error);
/** Append closed packets, whole. 0, or -1 and @error: the file is cut back to its last whole
 * packet, and later calls do nothing but count what they drop. */
int vts_ctf_write(struct vts_ctf_writer *writer, unsigned vcpu, const void *packets, size_t bytes,
		  struct vts_error *error);
/** Flush and close. 0, or -1 and @error. */
int vts_ctf_close(struct vts_ctf_writer *writer, struct vts_error *error);

#endif
