/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a ring while its producer writes it; private to trace/. The producer is another process
 * and not to be trusted: the geometry is read and checked once, and no value of the ring is used
 * before it is bounded.
 */
#ifndef TRACE_RING_READER_H
#define TRACE_RING_READER_H

#include <stdbool.h>

#include "ring.h"

struct ring_reader {
	const struct vts_ring_control *control;
	const char *data;
	uint64_t packet_bytes;
	uint64_t packets;
	uint64_t per_packet;
	uint64_t capacity; /* records in the ring */
	uint64_t next;	   /* number of the next record to read */
	uint64_t missed;   /* records overwritten before they were read */
};

/** Read @control, which lies in @bytes mapped bytes; the oldest record still there comes first.
 * NULL, or what is wrong with it. */
const char *ring_reader_init(struct ring_reader *reader, const struct vts_ring_control *control,
			     uint64_t bytes);
/** Copy the next records, at most @max; every one is as the producer wrote it. 0: there is none
 * now. */
size_t ring_reader_read(struct ring_reader *reader, struct vts_event *events, size_t max);
/** Whether no record will follow; read on after that, until there is none. */
bool ring_reader_ended(const struct ring_reader *reader);
/** Records that the producer could not store. */
uint64_t ring_reader_discarded(const struct ring_reader *reader);

#endif
