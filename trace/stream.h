/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One stream file of a recorded trace; private to trace/. Read with pread, never mapped: a file that is cut
 * while we read it gives a short read, where a mapping would give SIGBUS.
 */
#ifndef TRACE_STREAM_H
#define TRACE_STREAM_H

#include "source_private.h"

struct stream {
	struct vts_source *source; /* told of problems and losses */
	char name[16];
	int fd;
	uint64_t position; /* of the next packet in the file */
	char *buffer;	   /* holds [base, base + buffered) of the file */
	size_t capacity;
	uint64_t base;
	size_t buffered;
	uint64_t next_header; /* the first plausible one at or after position, once looked for */
	uint64_t packets;     /* whole ones seen */
	uint64_t expected;    /* packet_seq_num of the next */
	uint64_t discarded;   /* the producer's count, as last seen */
	uint64_t per_packet;  /* records in the largest packet */
	uint64_t skipped;     /* records in what could not be read since the last good header */
	bool stopped;	      /* the last record so far ends the VM */
};

/** Open @name in @directory. 0, or -1: errno says why. */
int stream_open(struct stream *stream, struct vts_source *source, int directory, const char *name);
void stream_close(struct stream *stream);
/** The next packet's records, valid until the next call. False at the end. */
bool stream_next(struct stream *stream, const struct vts_event **records, size_t *count);
/** The file's first header is one of a newer ABI: its number, or else 0. */
uint32_t stream_newer_abi(struct stream *stream);
/** The file begins with a packet that can be ours. */
bool stream_is_ours(struct stream *stream);

#endif
