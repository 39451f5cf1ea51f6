/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking the packets of a stream file one after another, whatever is in it. A file made to be hard
 * to read must not take long either: no path looks at the same bytes again and again.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packet.h"

/* How far to look for a packet's end at first, where its header does not tell. */
#define LOOK_BYTES (64u << 10)

static int open_window(struct stream *stream, uint64_t bytes)
{
	size_t length = strlen(stream->name);

	if (length > 4 && !strcmp(stream->name + length - 4, ".zst"))
		return file_window_init_zipped(&stream->window, stream->fd);
	errno = ENOMEM;
	return file_window_init(&stream->window, stream->fd, bytes);
}

int stream_open(struct stream *stream, struct vts_source *source, int directory, const char *name)
{
	struct stat status;

	*stream = (struct stream){.source = source};
	snprintf(stream->name, sizeof(stream->name), "%s", name);
	/* A FIFO must not make us wait. */
	stream->fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (stream->fd < 0)
		return -1;
	if (!fstat(stream->fd, &status)) {
		if (!S_ISREG(status.st_mode))
			errno = ENOTSUP;
		else if (!open_window(stream, (uint64_t)status.st_size))
			return 0;
	}
	close(stream->fd);
	stream->fd = -1;
	return -1;
}

void stream_close(struct stream *stream)
{
	if (stream->fd < 0)
		return;
	close(stream->fd);
	file_window_free(&stream->window);
	stream->fd = -1;
}

/* The file from position on. */
static void *here(struct stream *stream, size_t bytes, size_t *got)
{
	return file_window_get(&stream->window, stream->position, bytes, got);
}

/* The first plausible header at or after @offset, at any byte; the file's end if there is none. */
static uint64_t find_header(struct stream *stream, uint64_t offset)
{
	static const uint32_t magic = VTS_CTF_MAGIC;
	struct vts_packet_header header;
	const char *text, *found;
	size_t got;

	for (;;) {
		text = file_window_peek(&stream->window, offset, stream->position, sizeof(header),
					&got);
		if (got < sizeof(header))
			return offset + got;
		found = memmem(text, got, &magic, sizeof(magic));
		if (found && got - (size_t)(found - text) >= sizeof(header)) {
			memcpy(&header, found, sizeof(header));
			offset += (size_t)(found - text);
			if (packet_plausible(&header))
				return offset;
			offset++;
		} else {
			offset += found ? (size_t)(found - text) : got - sizeof(magic) + 1;
		}
	}
}

/* Where the packet after the one at position can begin. */
static uint64_t next_header(struct stream *stream)
{
	if (stream->next_header <= stream->position)
		stream->next_header = find_header(stream, stream->position + 1);
	return stream->next_header;
}

/* Packets that are not there count as full ones. */
static void account_gap(struct stream *stream, const struct vts_packet_header *header, uint64_t gap)
{
	uint64_t missed;

	/* Those that were skipped as damaged have been spoken of. */
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

/* Losses that a good header tells: the producer's, and packets that are not there. */
static void account(struct stream *stream, const struct vts_packet_header *header)
{
	if (header->packet_seq_num < stream->expected)
		source_problem(stream->source,
			       "%s: packet %" PRIu64 " comes after packet %" PRIu64
			       ": the file was put together wrongly; counts may be too high",
			       stream->name, header->packet_seq_num, stream->expected - 1);
	else if (header->packet_seq_num > stream->expected)
		account_gap(stream, header, header->packet_seq_num - stream->expected);
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

/* The sum of @count records, and along with it the next packet's, if it is there and as long. */
static uint64_t records_sum(struct stream *stream, const struct vts_event *records, size_t count)
{
	const struct file_window *window = &stream->window;
	const struct vts_event *next =
	    records + count + check_trailer_bytes(count) / VTS_RECORD_BYTES + 1;
	uint64_t sums[2];

	if (stream->ahead == records && stream->ahead_count == count &&
	    stream->ahead_loads == window->loads) {
		stream->ahead = NULL; /* records that are damaged will be moved */
		return stream->ahead_sum;
	}
	if ((const char *)(next + count) > window->buffer + window->buffered ||
	    packet_records((const struct vts_packet_header *)(next - 1)) != count ||
	    !check_sums_two(records, next, count, sums))
		return check_sum(records, count);
	stream->ahead = next;
	stream->ahead_count = count;
	stream->ahead_loads = window->loads;
	stream->ahead_sum = sums[1];
	return sums[0];
}

/* Keep what is as it was recorded of the @count records of a packet with a trailer. */
static size_t verify(struct stream *stream, struct vts_event *records, size_t count,
		     const struct check_trailer *trailer)
{
	size_t kept;

	if (records_sum(stream, records, count) == trailer->records)
		return count;
	kept = packet_keep_intact(records, count, trailer->bytes + 1);
	if (kept < count)
		damaged(stream, "part", "its damaged records are left out and count as lost");
	source_add_lost(stream->source, count - kept);
	return kept;
}

/*
 * Before a whole packet is read: whether its trailer is where its header says. Else a file of
 * headers that promise much would be read many times over.
 */
static bool trailer_there(struct stream *stream, const struct vts_packet_header *header)
{
	/* Aligned for the sums, and long enough for the largest packet's. */
	_Alignas(64) char trailer[PACKET_TRAILER_BYTES_MAX];
	size_t records = packet_records(header);

	if (header->packet_size == header->content_size ||
	    file_window_holds(&stream->window, stream->position, header->packet_size / 8))
		return true;
	return packet_trailer(header) &&
	       file_window_read(&stream->window, stream->position + header->content_size / 8,
				trailer, check_trailer_bytes(records)) &&
	       check_trailer_intact((const struct check_trailer *)trailer, records);
}

/* A packet with all of its parts where its header says. */
static bool take_whole(struct stream *stream, struct vts_packet_header *header, size_t bytes,
		       size_t *count)
{
	const struct check_trailer *trailer = packet_trailer(header);

	*count = packet_records(header);
	if (header->packet_size == header->content_size) {
		if (packet_hides_trailer(header, bytes))
			return false;
		account(stream, header);
	} else {
		if (!trailer || !check_trailer_intact(trailer, *count))
			return false;
		if (check_sum(header, 1) == trailer->header) {
			account(stream, header);
		} else {
			damaged(stream, "the header", "its records are shown");
			stream->expected++;
		}
		*count = verify(stream, (struct vts_event *)(header + 1), *count, trailer);
	}
	stream->position += header->packet_size / 8;
	if (*count > stream->per_packet)
		stream->per_packet = *count;
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
static void take_cut(struct stream *stream, struct vts_packet_header *header, size_t bytes,
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

/* What is at position is not a packet as it was recorded: make the best of it. NULL: it was
 * skipped. */
static struct vts_event *take_damaged(struct stream *stream, bool plausible, size_t *count)
{
	uint64_t end = next_header(stream);
	size_t most = end - stream->position < PACKET_BYTES_MAX ? (size_t)(end - stream->position)
								: PACKET_BYTES_MAX;
	size_t look = LOOK_BYTES, got, after;
	struct vts_packet_header *header;
	char byte;

	do {
		if (look > most)
			look = most;
		header = here(stream, look, &got);
		if (take_to_trailer(stream, (char *)header, got, count))
			return (struct vts_event *)(header + 1);
		look *= 2;
	} while (look / 2 < most);
	after = file_window_read(&stream->window, end, &byte, 1);
	if (plausible && got >= sizeof(*header)) {
		if (take_with_bad_trailer(stream, header, got, count))
			return (struct vts_event *)(header + 1);
		if (!after) {
			take_cut(stream, header, got, count);
			return (struct vts_event *)(header + 1);
		}
	}
	skip(stream, end);
	return NULL;
}

/* The records of what is at position, or NULL. */
static struct vts_event *take(struct stream *stream, size_t *count)
{
	size_t got;
	struct vts_packet_header *header = here(stream, sizeof(*header), &got);
	bool plausible =
	    got == sizeof(*header) && packet_plausible(header) && header->abi <= VTS_ABI_VERSION;

	if (!got)
		return NULL;
	if (plausible && trailer_there(stream, header)) {
		size_t bytes = header->packet_size / 8;

		/* One line more, to see what comes after it. */
		header = here(stream, bytes + VTS_RECORD_BYTES, &got);
		if (got >= bytes && take_whole(stream, header, got, count))
			return (struct vts_event *)(header + 1);
	}
	return take_damaged(stream, plausible, count);
}

/* What the records themselves say of losses and of the end. */
static void look_at(struct stream *stream, const struct vts_event *records, size_t count)
{
#pragma GCC unroll 8
	for (size_t i = 0; i < count; i++) {
		if (__builtin_expect(records[i].kind == VTS_KIND_LOST, 0))
			source_add_lost(stream->source, records[i].lost.count);
	}
	stream->stopped = records[count - 1].kind == VTS_KIND_VM_STOP;
}

static void end(struct stream *stream)
{
	source_add_lost(stream->source, stream->skipped);
	stream->skipped = 0;
	if (stream->window.error)
		source_problem(stream->source,
			       "%s: cannot be read on after byte %" PRIu64
			       ": %s: what comes there is not shown",
			       stream->name, stream->position, strerror(stream->window.error));
}

bool stream_next(struct stream *stream, const struct vts_event **records, size_t *count)
{
	uint64_t before;

	do {
		before = stream->position;
		*count = 0;
		*records = take(stream, count);
		if (*records && *count) {
			look_at(stream, *records, *count);
			return true;
		}
	} while (stream->position > before);
	end(stream);
	return false;
}

uint32_t stream_abi(struct stream *stream)
{
	size_t got;
	const struct vts_packet_header *header =
	    file_window_get(&stream->window, 0, sizeof(*header), &got);

	return got == sizeof(*header) && packet_plausible(header) ? header->abi : 0;
}
