/* SPDX-License-Identifier: GPL-2.0-only */
/* One stream file of a recorded trace; private to trace/. */
#ifndef TRACE_STREAM_H
#define TRACE_STREAM_H

#include "file_window.h"
#include "source_private.h"

struct stream {
	struct vts_source *source; /* told of problems and losses */
	char name[16];
	int fd; /* -1: not open */
	struct file_window window;
	uint64_t position;    /* of the next packet in the file */
	uint64_t next_header; /* the first plausible one after position, if that was looked for;
				 else 0 */
	uint64_t expected;    /* packet_seq_num of the next */
	uint64_t discarded;   /* the producer's count, as last seen */
	uint64_t per_packet;  /* records in the largest packet */
	uint64_t skipped;     /* records in what could not be read since the last good header */
	/* The sum of the records after those that were summed up last, with as many of them; made
	 * along with theirs, while the window was loaded so often. */
	const void *ahead;
	size_t ahead_count;
	uint64_t ahead_sum, ahead_loads;
	bool stopped; /* the last record so far ends the VM */
};

/** Open @name in @directory; a name that ends in ".zst" is compressed. 0, or -1: errno says why. */
int stream_open(struct stream *stream, struct vts_source *source, int directory, const char *name);
void stream_close(struct stream *stream);
/** The next packet's records, valid until the next call. False at the end. */
bool stream_next(struct stream *stream, const struct vts_event **records, size_t *count);
/** The version in the file's first header; 0: it does not begin with a packet that can be ours. */
uint32_t stream_abi(struct stream *stream);

#endif
