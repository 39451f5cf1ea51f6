/* SPDX-License-Identifier: GPL-2.0-only */
#include "packet.h"

bool packet_plausible(const struct vts_packet_header *header)
{
	return header->magic == VTS_CTF_MAGIC && header->stream_id == VTS_CTF_STREAM &&
	       header->content_size >= sizeof(*header) * 8 &&
	       header->content_size % (VTS_RECORD_BYTES * 8) == 0 &&
	       header->packet_size % (VTS_RECORD_BYTES * 8) == 0 &&
	       header->packet_size >= header->content_size &&
	       header->packet_size <= PACKET_BYTES_MAX * 8ull && header->abi >= 1;
}

const struct check_trailer *packet_trailer(const struct vts_packet_header *header)
{
	uint64_t padding = (header->packet_size - header->content_size) / 8;

	if (padding != check_trailer_bytes(packet_records(header)))
		return NULL;
	return (const struct check_trailer *)((const char *)header + header->content_size / 8);
}

static bool is_trailer(const struct vts_packet_header *header, size_t line, size_t bytes)
{
	const struct check_trailer *trailer = (const struct check_trailer *)(header + line);

	return (line + 1) * VTS_RECORD_BYTES <= bytes && trailer->magic == CHECK_MAGIC;
}

bool packet_hides_trailer(const struct vts_packet_header *header, size_t bytes)
{
	size_t lines = header->content_size / 8 / VTS_RECORD_BYTES;
	/* If its last lines were a trailer, then one that begins here. */
	size_t within = lines - check_trailer_bytes(lines - 1) / VTS_RECORD_BYTES;

	return is_trailer(header, lines, bytes) ||
	       (within < lines &&
		(is_trailer(header, within, bytes) || is_trailer(header, within + 1, bytes)));
}

long packet_find_trailer(const void *packet, size_t bytes)
{
	size_t lines = bytes / VTS_RECORD_BYTES;

	for (size_t line = 1; line < lines; line++) {
		const struct check_trailer *trailer =
		    (const struct check_trailer *)((const char *)packet + line * VTS_RECORD_BYTES);
		size_t records = line - 1;

		if (trailer->magic == CHECK_MAGIC &&
		    check_trailer_bytes(records) <= bytes - line * VTS_RECORD_BYTES &&
		    check_trailer_intact(trailer, records))
			return (long)records;
	}
	return -1;
}

size_t packet_keep_intact(struct vts_event *records, size_t count, const uint8_t *check_bytes)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (check_byte(&records[i]) == check_bytes[i])
			records[kept++] = records[i];
	}
	return kept;
}
