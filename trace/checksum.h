/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checksums of recorded traces; private to trace/. A live ring has none: nothing comes between its
 * producer and its readers but memory.
 *
 * A recorded packet ends in a trailer, which CTF takes for padding: it lies between content_size
 * and packet_size. Two sums cover header and records; a check byte for the header and one for each
 * record say which of them is damaged, so that one flipped byte costs one record.
 */
#ifndef TRACE_CHECKSUM_H
#define TRACE_CHECKSUM_H

#include <stdbool.h>

#include "ring.h"

#define CHECK_MAGIC 0x6b63656863737476ull /* "vtscheck" */

struct check_trailer {
	uint64_t magic;	  /* CHECK_MAGIC */
	uint64_t self;	  /* sum of this trailer's lines, with 0 here */
	uint64_t header;  /* sum of the header as recorded */
	uint64_t records; /* sum of the records */
	uint8_t bytes[];  /* exclusive or of all bytes: of the header, then of each record */
};

/** Bytes of the trailer of a packet of @records records: whole 64-byte lines, zero-padded. */
static inline uint64_t check_trailer_bytes(uint64_t records)
{
	uint64_t bytes = sizeof(struct check_trailer) + 1 + records;

	return (bytes + VTS_RECORD_BYTES - 1) / VTS_RECORD_BYTES * VTS_RECORD_BYTES;
}

/** Sum of @lines 64-byte lines. Any change of one byte changes it. */
uint64_t check_sum(const void *lines, size_t count);
/** The sums of two times @count lines in the time of one. False: this processor cannot. */
bool check_sums_two(const void *a, const void *b, size_t count, uint64_t sums[2]);
/** The check byte of one line. */
uint8_t check_byte(const void *line);
/** Fill in @trailer (check_trailer_bytes(@records) bytes, 8-byte aligned) for a packet. */
void check_trailer_fill(struct check_trailer *trailer, const struct vts_packet_header *header,
			const struct vts_event *first, size_t records);
/** Whether @trailer, of a packet of @records records, is as it was written. */
bool check_trailer_intact(const struct check_trailer *trailer, size_t records);
/** Sum of any bytes, for text. */
uint64_t check_text(const char *text, size_t bytes);

#endif
