// SPDX-License-Identifier: GPL-2.0-only
/* Writing what a source reads to a trace directory. */
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "recorder.h"
#include "trace/ctf.h"
#include "trace/hop.h"

#define VCPUS	256
#define RECORDS (VTS_HOP_PACKET_BYTES / VTS_RECORD_BYTES) /* header included */

/** The open packet of one vCPU. */
struct stream {
	struct vts_event packet[RECORDS]; /* the first is the header */
	size_t used;			  /* records, the header not included */
	uint64_t next_seq_num;
	uint16_t vm, vcpu;
};

struct recorder {
	struct vts_source *source;
	struct vts_ctf_writer *writer;
	struct stream *stream[VCPUS]; /* NULL until its first record */
	uint64_t lost;		      /* of the source, as far as it was noted */
	uint64_t events;
	struct vts_event last; /* of them */
	bool partial;	       /* exits are left out, which is still to be said */
	bool failed;
	struct vts_error error;
};

struct recorder *recorder_new(struct vts_source *source, const char *directory, const char *filter,
			      struct vts_error *error)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	const char *text = vts_source_metadata(source);
	char *noted = filter ? vts_ctf_metadata_note(text, "filter", filter) : NULL;

	if (!recorder || (filter && !noted))
		die_of_memory();
	recorder->source = source;
	recorder->writer = vts_ctf_create(directory, noted ? noted : text, error);
	free(noted);
	if (recorder->writer)
		return recorder;
	free(recorder);
	return NULL;
}

static void close_packet(struct recorder *recorder, struct stream *stream)
{
	struct vts_packet_header *header = (struct vts_packet_header *)stream->packet;
	size_t bytes = (1 + stream->used) * VTS_RECORD_BYTES;

	*header = (struct vts_packet_header){
	    .magic = VTS_CTF_MAGIC,
	    .stream_id = VTS_CTF_STREAM,
	    .content_size = bytes * 8,
	    .packet_size = bytes * 8,
	    .timestamp_begin = stream->packet[1].tsc,
	    .timestamp_end = stream->packet[stream->used].tsc,
	    .packet_seq_num = stream->next_seq_num++,
	    .vm = stream->vm,
	    .vcpu = stream->vcpu,
	    .abi = VTS_ABI_VERSION,
	};
	if (!recorder->failed && vts_ctf_write(recorder->writer, stream->vcpu, stream->packet,
					       bytes, &recorder->error) < 0)
		recorder->failed = true;
	stream->used = 0;
}

static struct stream *stream_of(struct recorder *recorder, const struct vts_event *event)
{
	struct stream *stream = recorder->stream[event->vcpu];

	if (stream)
		return stream;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		die_of_memory();
	stream->vm = event->vm;
	stream->vcpu = event->vcpu;
	recorder->stream[event->vcpu] = stream;
	return stream;
}

static void add(struct recorder *recorder, struct stream *stream, const struct vts_event *event)
{
	stream->packet[1 + stream->used++] = *event;
	if (1 + stream->used == RECORDS)
		close_packet(recorder, stream);
}

static void add_now(struct recorder *recorder, const struct vts_event *at, struct vts_event event)
{
	event.tsc = at->tsc;
	event.exit_tsc = at->tsc;
	event.vm = at->vm;
	event.vcpu = at->vcpu;
	add(recorder, stream_of(recorder, at), &event);
}

/** What the source has lost and no record of its own says is noted at the time and place of @at;
 *  @said: what records about to be added say. */
static void note_loss(struct recorder *recorder, const struct vts_event *at, uint64_t said)
{
	uint64_t lost = vts_source_lost(recorder->source);

	if (lost > recorder->lost + said)
		add_now(recorder, at,
			(struct vts_event){.kind = VTS_KIND_LOST,
					   .lost = {.count = lost - recorder->lost - said}});
	recorder->lost = lost;
}

int recorder_compress(struct recorder *recorder, struct vts_error *error)
{
	return vts_ctf_compress(recorder->writer, error);
}

void recorder_leave_out_exits(struct recorder *recorder)
{
	recorder->partial = true;
}

int recorder_add(struct recorder *recorder, const struct vts_event *events, size_t count)
{
	uint64_t said = 0;

	if (!count)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (events[i].kind == VTS_KIND_LOST)
			said += events[i].lost.count;
	if (recorder->partial)
		add_now(recorder, &events[0],
			(struct vts_event){.kind = VTS_KIND_LOST, .how = VTS_LOST_LEFT_OUT});
	recorder->partial = false;
	note_loss(recorder, &events[0], said);
	for (size_t i = 0; i < count; i++)
		add(recorder, stream_of(recorder, &events[i]), &events[i]);
	recorder->events += count;
	recorder->last = events[count - 1];
	return recorder->failed ? -1 : 0;
}

void recorder_assume_lost(struct recorder *recorder, uint64_t lost)
{
	recorder->lost = lost;
}

/** The VM runs on: without a record that says so, the trace would look cut. */
static void note_leaving(struct recorder *recorder)
{
	if (!vts_source_ended(recorder->source) && recorder->last.kind != VTS_KIND_VM_STOP)
		add_now(recorder, &recorder->last,
			(struct vts_event){.kind = VTS_KIND_VM_STOP, .how = VTS_VM_STOP_DETACHED});
}

int recorder_finish(struct recorder *recorder, struct vts_error *error)
{
	struct vts_error late;

	if (recorder->events) {
		note_loss(recorder, &recorder->last, 0);
		note_leaving(recorder);
	}
	for (size_t i = 0; i < VCPUS; i++)
		if (recorder->stream[i] && recorder->stream[i]->used)
			close_packet(recorder, recorder->stream[i]);
	if (vts_ctf_close(recorder->writer, &late) < 0 && !recorder->failed) {
		recorder->failed = true;
		recorder->error = late;
	}
	if (recorder->failed)
		*error = recorder->error;
	return recorder->failed ? -1 : 0;
}

uint64_t recorder_events(const struct recorder *recorder)
{
	return recorder->events;
}

void recorder_free(struct recorder *recorder)
{
	for (size_t i = 0; i < VCPUS; i++)
		free(recorder->stream[i]);
	free(recorder);
}
