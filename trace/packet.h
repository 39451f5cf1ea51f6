/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging the packets of a recorded stream, whatever is in them; private to trace/. */
#ifndef TRACE_PACKET_H
#define TRACE_PACKET_H

#include "checksum.h"

/** No writer makes larger packets; a claim beyond it is damage. */
#define PACKET_BYTES_MAX	 (1u << 20)
#define PACKET_TRAILER_BYTES_MAX (PACKET_BYTES_MAX / VTS_RECORD_BYTES + 2 * VTS_RECORD_BYTES)

/** Whether the 64 bytes at @header can be a packet's header, of this ABI or a newer one. */
bool packet_plausible(const struct vts_packet_header *header);

static inline size_t packet_records(const struct vts_packet_header *header)
{
	return header->content_size / 8 / VTS_RECORD_BYTES - 1;
}

/**
 * The trailer of a packet that lies whole at @header; NULL if it has none: it was not written by
 * vts_ctf_write, or what the header says is wrong.
 */
const struct check_trailer *packet_trailer(const struct vts_packet_header *header);

/**
 * Whether a packet that says to have no trailer has one: then its header is damaged. @bytes from
 * @header on can be read, the packet itself and what comes after it.
 */
bool packet_hides_trailer(const struct vts_packet_header *header, size_t bytes);

/**
 * Find the end of a packet whose header is not to be trusted: the number of records before the
 * first trailer in the @bytes bytes at @packet, or -1.
 */
long packet_find_trailer(const void *packet, size_t bytes);

/** Keep those of @count records whose check bytes are right, in order; returns how many. */
size_t packet_keep_intact(struct vts_event *records, size_t count, const uint8_t *check_bytes);

#endif
