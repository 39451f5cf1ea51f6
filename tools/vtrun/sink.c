// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/sink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/ctf.h"
#include "trace/hop.h"
#include "trace/publish.h"

struct sink {
	struct vts_publisher *publisher;
	struct vts_ctf_writer *writer; /* NULL: not recording */
	bool zstd;		       /* which holds records back until a frame is full */
	uint64_t recorded;	       /* records that it took: without zstd they are safe */
	bool incomplete;	       /* the recording failed; said so */

	/* The packet being filled: a ring of one. */
	struct vts_ring ring;
	struct vts_ring_control control;
	struct vts_event *packet;
	struct vts_packet_header headers[VTS_HOP_PACKETS]; /* the last ones closed */

	void (*seen)(void *state, const struct vts_event *event); /* NULL: nobody watches */
	void *seen_state;

	uint64_t exits;
	struct vts_event last;
	struct vts_event stop;
	bool stopped;
};

static int writer_open(struct sink *sink, const char *record, bool zstd, const char *metadata,
		       struct vts_error *error)
{
	if (!record)
		return 0;
	sink->writer = vts_ctf_create(record, metadata, error);
	sink->zstd = zstd;
	if (!sink->writer)
		return -1;
	return zstd ? vts_ctf_compress(sink->writer, error) : 0;
}

struct sink *sink_create(const char *name, uint64_t ring, const char *record, bool zstd,
			 const char *metadata, struct vts_error *error)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink || !(sink->packet = calloc(1, VTS_HOP_PACKET_BYTES))) {
		error_set(error, "trace: out of memory: free some");
		free(sink);
		return NULL;
	}
	sink->control.abi = VTS_ABI_VERSION;
	sink->control.packet_bytes = VTS_HOP_PACKET_BYTES;
	sink->control.packets = 1;
	vts_ring_init(&sink->ring, &sink->control, sink->packet);
	sink->publisher = vts_publish_create(name, metadata, VTS_HOP_PACKET_BYTES,
					     (uint32_t)(ring / VTS_HOP_PACKET_BYTES), 0, 0, error);
	if (!sink->publisher || writer_open(sink, record, zstd, metadata, error) < 0) {
		sink_destroy(sink);
		return NULL;
	}
	return sink;
}

void sink_watch(struct sink *sink, void (*seen)(void *state, const struct vts_event *event),
		void *state)
{
	sink->seen = seen;
	sink->seen_state = state;
}

int sink_fd(const struct sink *sink)
{
	return vts_publish_fd(sink->publisher);
}

void sink_accept(struct sink *sink)
{
	vts_publish_accept(sink->publisher);
}

static size_t packet_records(const struct sink *sink)
{
	return (size_t)(sink->ring.next - sink->packet) - 1;
}

/** A failed write is said once; the guest goes on. */
static void say_failed(const struct sink *sink, const struct vts_error *error)
{
	char safe[64] = "the frames before";

	if (!sink->zstd)
		snprintf(safe, sizeof(safe), "the first %" PRIu64 " records", sink->recorded);
	fprintf(stderr,
		"vtrun: recording: %s; %s are safe, the guest goes on without being recorded\n",
		error->text, safe);
}

static void packet_record(struct sink *sink, size_t records)
{
	struct vts_error error;

	if (!sink->writer || sink->incomplete)
		return;
	if (vts_ctf_write(sink->writer, 0, sink->packet, (records + 1) * VTS_RECORD_BYTES, &error) <
	    0) {
		sink->incomplete = true;
		say_failed(sink, &error);
		return;
	}
	sink->recorded += records;
}

void sink_close_packet(struct sink *sink)
{
	size_t records = packet_records(sink);
	uint64_t number = sink->ring.packet_seq_num;

	if (vts_ring_packet_empty(&sink->ring))
		return;
	vts_ring_close_packet(&sink->ring);
	memcpy(&sink->headers[number % VTS_HOP_PACKETS], sink->packet, sizeof(sink->headers[0]));
	packet_record(sink, records);
}

const struct vts_packet_header *sink_header(const struct sink *sink, uint64_t number)
{
	const struct vts_packet_header *header = &sink->headers[number % VTS_HOP_PACKETS];

	return header->magic == VTS_CTF_MAGIC && header->packet_seq_num == number ? header : NULL;
}

void sink_append(struct sink *sink, const struct vts_event *events, size_t count,
		 uint64_t discarded)
{
	if (!count)
		return;
	vts_publish_append(sink->publisher, events, count, discarded);
	sink->control.discarded = discarded;
	for (size_t i = 0; i < count; i++) {
		*vts_ring_reserve(&sink->ring) = events[i];
		sink->exits += events[i].kind == VTS_KIND_EXIT;
		if (sink->seen)
			sink->seen(sink->seen_state, &events[i]);
		if (events[i].kind == VTS_KIND_VM_STOP) {
			sink->stop = events[i];
			sink->stopped = true;
		}
		if (vts_ring_publish(&sink->ring))
			sink_close_packet(sink);
	}
	sink->last = events[count - 1];
}

uint64_t sink_count(const struct sink *sink)
{
	return sink->control.head;
}

const struct vts_event *sink_stop(const struct sink *sink)
{
	return sink->stopped ? &sink->stop : NULL;
}

void sink_end(struct sink *sink, unsigned cause)
{
	struct vts_event stop = {
	    .tsc = sink->last.tsc,
	    .exit_tsc = sink->last.tsc,
	    .kind = VTS_KIND_VM_STOP,
	    .how = (uint8_t)cause,
	    .vm_stop = {.exits = sink->exits, .records = sink->control.head},
	};

	if (!sink->stopped)
		sink_append(sink, &stop, 1, sink->control.discarded);
	sink_close_packet(sink);
	vts_publish_end(sink->publisher);
}

int sink_destroy(struct sink *sink)
{
	struct vts_error error;
	bool incomplete;

	if (sink->writer && vts_ctf_close(sink->writer, &error) < 0 && !sink->incomplete) {
		sink->incomplete = true;
		fprintf(stderr, "vtrun: recording: %s\n", error.text);
	}
	incomplete = sink->incomplete;
	if (sink->publisher)
		vts_publish_destroy(sink->publisher);
	free(sink->packet);
	free(sink);
	return incomplete ? -1 : 0;
}
