/* SPDX-License-Identifier: GPL-2.0-only */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packet.h"

/* Some packets at a time, and small enough to stay in the second-level cache. */
#define BUFFER_BYTES (256u << 10)

int stream_open(struct stream *stream, struct vts_source *source, int directory, const char *name)
{
	struct stat status;

	*stream = (struct stream){.source = source, .next_header = UINT64_MAX};
	snprintf(stream->name, sizeof(stream->name), "%s", name);
	/* A FIFO must not make us wait. */
	stream->fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (stream->fd < 0)
		return -1;
	if (!fstat(stream->fd, &status) && !S_ISREG(status.st_mode)) {
		close(stream->fd);
		stream->fd = -1;
		errno = ENOTSUP;
		return -1;
	}
	return 0;
}

void stream_close(struct stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	free(stream->buffer);
	stream->buffer = NULL;
	stream->fd = -1;
}

static int grow(struct stream *stream, size_t bytes)
{
	char *larger = aligned_alloc(VTS_RECORD_BYTES, (bytes + 63) / 64 * 64);

	if (!larger)
		return -1;
	free(stream->buffer);
	stream->buffer = larger;
	stream->capacity = bytes;
	stream->buffered = 0;
	return 0;
}

static void load(struct stream *stream, uint64_t offset)
{
	stream->base = offset;
	stream->buffered = 0;
	while (stream->buffered < stream->capacity) {
		ssize_t got =
		    pread(stream->fd, stream->buffer + stream->buffered,
			  stream->capacity - stream->buffered, (off_t)(offset + stream->buffered));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			source_problem(stream->source,
				       "%s: cannot read at byte %" PRIu64
				       ": %s: what comes after it is not shown",
				       stream->name, offset + stream->buffered, strerror(errno));
		if (got <= 0)
			return;
		stream->buffered += (size_t)got;
	}
}

/* The file from @offset on, aligned for records: @got is @bytes, or less where the file ends. */
static char *window(struct stream *stream, uint64_t offset, size_t bytes, size_t *got)
{
	size_t behind;

	if (bytes > stream->capacity && grow(stream, bytes < BUFFER_BYTES ? BUFFER_BYTES : bytes)) {
		source_problem(stream->source, "%s: out of memory: free some and read it again",
			       stream->name);
		*got = 0;
		return NULL;
	}
	if (offset < stream->base || offset + bytes > stream->base + stream->buffered ||
	    (offset - stream->base) % VTS_RECORD_BYTES)
		load(stream, offset);
	behind = (size_t)(offset - stream->base);
	*got = stream->buffered - behind < bytes ? stream->buffered - behind : bytes;
	return stream->buffer + behind;
}

/* The first plausible header at or after @offset, at any byte; the file's end if there is none. */
static uint64_t find_header(struct stream *stream, uint64_t offset)
{
	static const uint32_t magic = VTS_CTF_MAGIC;
	struct vts_packet_header header;

	for (;;) {
		size_t got, at = 0;
		const char *text = window(stream, offset, BUFFER_BYTES, &got);

		while (got - at >= sizeof(header)) {
			const char *found = memmem(text + at, got - at, &magic, sizeof(magic));

			if (!found || got - (size_t)(found - text) < sizeof(header))
				break;
			memcpy(&header, found, sizeof(header));
			if (packet_plausible(&header))
				return offset + (size_t)(found - text);
			at = (size_t)(found - text) + 1;
		}
		if (got < BUFFER_BYTES)
			return offset + got;
		offset += got - sizeof(header) + 1;
	}
}

/* Where the packet after the one at position can begin. */
static uint64_t next_header(struct stream *stream)
{
	if (stream->next_header == UINT64_MAX || stream->next_header <= stream->position)
		stream->next_header = find_header(stream, stream->position + 1);
	return stream->next_header;
}

/* Losses that the header tells: the producer's, and packets that are not there. */
static void account(struct stream *stream, const struct vts_packet_header *header)
{
	uint64_t gap = header->packet_seq_num - stream->expected;

	if (header->packet_seq_num < stream->expected) {
		source_problem(stream->source,
			       "%s: packet %" PRIu64 " comes after packet %" PRIu64
			       ": the file was put together wrongly; counts may be too high",
			       stream->name, header->packet_seq_num, stream->expected - 1);
	} else if (gap) {
		uint64_t missed;

		if (!stream->skipped)
			source_problem(stream->source,
				       "%s: %" PRIu64 " packets are missing before packet %" PRIu64
				       ": they were not recorded, or were cut out",
				       stream->name, gap, header->packet_seq_num);
		if (stream->per_packet < packet_records(header))
			stream->per_packet = packet_records(header);
		if (__builtin_mul_overflow(gap, stream->per_packet, &missed))
			missed = UINT64_MAX;
		source_add_lost(stream->source, missed);
	}
	stream->skipped = 0;
	stream->expected = header->packet_seq_num + 1;
	if (header->events_discarded > stream->discarded) {
		source_add_lost(stream->source, header->events_discarded - stream->discarded);
		stream->discarded = header->events_discarded;
	}
}

static void damaged(struct stream *stream, const char *what, const char *result)
{
	source_problem(stream->source,
		       "%s: damaged: %s of the packet at byte %" PRIu64
		       " is not as it was recorded: %s",
		       stream->name, what, stream->position, result);
}

/* Keep what is as it was recorded of the @count records of a packet with a trailer. */
static size_t verify(struct stream *stream, struct vts_event *records, size_t count,
		     const struct check_trailer *trailer)
{
	size_t kept;

	if (check_sum(records, count) == trailer->records)
		return count;
	kept = packet_keep_intact(records, count, trailer->bytes + 1);
	if (kept < count)
		damaged(stream, "part", "its damaged records are left out and count as lost");
	source_add_lost(stream->source, count - kept);
	return kept;
}

/* A packet with all of its parts where its header says. */
static bool take_whole(struct stream *stream, struct vts_packet_header *header, size_t bytes,
		       size_t *count)
{
	const struct check_trailer *trailer = packet_trailer(header);
	struct vts_event *records = (struct vts_event *)(header + 1);

	*count = packet_records(header);
	if (header->packet_size == header->content_size) {
		if (packet_hides_trailer(header, bytes))
			return false;
		account(stream, header);
	} else if (!trailer || !check_trailer_intact(trailer, *count)) {
		return false;
	} else if (check_sum(header, 1) != trailer->header) {
		damaged(stream, "the header", "its records are shown");
		stream->expected++;
		*count = verify(stream, records, *count, trailer);
	} else {
		account(stream, header);
		*count = verify(stream, records, *count, trailer);
	}
	stream->position += header->packet_size / 8;
	return true;
}

/* A packet whose header cannot be trusted, up to a trailer that can. */
static bool take_to_trailer(struct stream *stream, char *packet, size_t bytes, size_t *count)
{
	long records = packet_find_trailer(packet, bytes);
	size_t content;

	if (records < 0)
		return false;
	damaged(stream, "the header", "its records are shown");
	content = VTS_RECORD_BYTES * (1 + (size_t)records);
	*count = verify(stream, (struct vts_event *)(packet + VTS_RECORD_BYTES), (size_t)records,
			(const struct check_trailer *)(packet + content));
	stream->expected++;
	stream->position += content + check_trailer_bytes((uint64_t)records);
	return true;
}

/* A packet whose trailer is damaged, in a place that fits what its header says. */
static bool take_with_bad_trailer(struct stream *stream, struct vts_packet_header *header,
				  size_t bytes, size_t *count)
{
	const struct check_trailer *trailer = packet_trailer(header);

	if (header->packet_size / 8 != bytes || !trailer)
		return false;
	damaged(stream, "the check sum", "its records are shown");
	account(stream, header);
	*count = verify(stream, (struct vts_event *)(header + 1), packet_records(header), trailer);
	stream->position += bytes;
	return true;
}

/* The file ends within the packet: its whole records are shown. */
static bool take_cut(struct stream *stream, struct vts_packet_header *header, size_t bytes,
		     size_t *count)
{
	size_t promised = packet_records(header);

	*count = bytes / VTS_RECORD_BYTES - 1;
	if (*count > promised)
		*count = promised;
	source_problem(stream->source,
		       "%s: cut: the file ends within the packet at byte %" PRIu64
		       ": the rest of its records is lost",
		       stream->name, stream->position);
	account(stream, header);
	source_add_lost(stream->source, promised - *count);
	stream->position += bytes;
	return true;
}

static void skip(struct stream *stream, uint64_t to)
{
	source_problem(stream->source,
		       "%s: damaged: bytes %" PRIu64 " to %" PRIu64
		       " hold no packet: reading goes on after them",
		       stream->name, stream->position, to - 1);
	stream->skipped += (to - stream->position) / VTS_RECORD_BYTES;
	stream->position = to;
}

/* What is at position is not a packet as it was recorded: make the best of it. */
static struct vts_event *take_damaged(struct stream *stream, size_t *count)
{
	uint64_t end = next_header(stream);
	size_t bytes = end - stream->position < PACKET_BYTES_MAX ? (size_t)(end - stream->position)
								 : PACKET_BYTES_MAX;
	size_t got, rest;
	char *packet = window(stream, stream->position, bytes, &got);
	struct vts_packet_header *header = (struct vts_packet_header *)packet;
	bool plausible =
	    got >= sizeof(*header) && packet_plausible(header) && header->abi <= VTS_ABI_VERSION;

	if (take_to_trailer(stream, packet, got, count))
		return (struct vts_event *)(header + 1);
	if (plausible && take_with_bad_trailer(stream, header, got, count))
		return (struct vts_event *)(header + 1);
	window(stream, end, 1, &rest);
	packet = window(stream, stream->position, bytes, &got);
	header = (struct vts_packet_header *)packet;
	if (plausible && got >= sizeof(*header) && !rest && take_cut(stream, header, got, count))
		return (struct vts_event *)(header + 1);
	skip(stream, end);
	*count = 0;
	return NULL;
}

static struct vts_event *take(struct stream *stream, size_t *count)
{
	size_t got;
	struct vts_packet_header *header =
	    (void *)window(stream, stream->position, sizeof(*header), &got);

	if (!got)
		return NULL;
	if (got == sizeof(*header) && packet_plausible(header) && header->abi <= VTS_ABI_VERSION) {
		size_t bytes = header->packet_size / 8;

		/* One line more, to see what comes after it. */
		header = (void *)window(stream, stream->position, bytes + VTS_RECORD_BYTES, &got);
		if (got >= bytes && take_whole(stream, header, got, count)) {
			if (*count > stream->per_packet)
				stream->per_packet = *count;
			stream->packets++;
			return (struct vts_event *)(header + 1);
		}
	}
	return take_damaged(stream, count);
}

/* What the records themselves say of losses and of the end. */
static void look(struct stream *stream, const struct vts_event *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (__builtin_expect(records[i].kind == VTS_KIND_LOST, 0))
			source_add_lost(stream->source, records[i].lost.count);
	}
	stream->stopped = records[count - 1].kind == VTS_KIND_VM_STOP;
}

bool stream_next(struct stream *stream, const struct vts_event **records, size_t *count)
{
	uint64_t before;

	do {
		before = stream->position;
		*records = take(stream, count);
		if (*records && *count) {
			look(stream, *records, *count);
			return true;
		}
	} while (stream->position > before);
	source_add_lost(stream->source, stream->skipped);
	stream->skipped = 0;
	return false;
}

uint32_t stream_newer_abi(struct stream *stream)
{
	size_t got;
	const struct vts_packet_header *header = (void *)window(stream, 0, sizeof(*header), &got);

	if (got < sizeof(*header) || !packet_plausible(header) || header->abi <= VTS_ABI_VERSION)
		return 0;
	return header->abi;
}

bool stream_is_ours(struct stream *stream)
{
	size_t got;
	const struct vts_packet_header *header = (void *)window(stream, 0, sizeof(*header), &got);

	return got == sizeof(*header) && packet_plausible(header);
}
