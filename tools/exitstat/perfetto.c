// SPDX-License-Identifier: GPL-2.0-only
/* Writing a Perfetto trace. */
#include "perfetto.h"

enum { TRACE_PACKET = 1 };
enum {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10, /* trusted_packet_sequence_id */
	PACKET_EVENT = 11,
	PACKET_TRACK = 60
};
enum {
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PROCESS = 3,
	TRACK_THREAD = 4,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8
};
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum {
	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_COUNTER = 30
};
enum { TYPE_COUNTER = 4 }; /* besides those of enum perfetto_type */
enum { ANNOTATION_UINT = 3, ANNOTATION_TEXT = 6, ANNOTATION_POINTER = 7, ANNOTATION_NAME = 10 };

/** Begin a packet; one sequence has them all. */
static void packet_begin(struct perfetto_writer *writer)
{
	proto_clear(&writer->proto);
	writer->packet = proto_begin(&writer->proto, TRACE_PACKET);
	proto_uint(&writer->proto, PACKET_SEQUENCE, 1);
}

static void packet_end(struct perfetto_writer *writer)
{
	proto_end(&writer->proto, writer->packet);
	if (!writer->proto.full)
		fwrite(writer->proto.bytes, 1, writer->proto.used, writer->file);
}

void perfetto_process(struct perfetto_writer *writer, uint64_t uuid, unsigned pid, const char *name)
{
	struct proto *proto = &writer->proto;
	size_t track, process;

	packet_begin(writer);
	track = proto_begin(proto, PACKET_TRACK);
	proto_uint(proto, TRACK_UUID, uuid);
	process = proto_begin(proto, TRACK_PROCESS);
	proto_uint(proto, PROCESS_PID, pid);
	proto_text(proto, PROCESS_NAME, name);
	proto_end(proto, process);
	proto_end(proto, track);
	packet_end(writer);
}

void perfetto_thread(struct perfetto_writer *writer, uint64_t uuid, unsigned pid, unsigned tid,
		     const char *name)
{
	struct proto *proto = &writer->proto;
	size_t track, thread;

	packet_begin(writer);
	track = proto_begin(proto, PACKET_TRACK);
	proto_uint(proto, TRACK_UUID, uuid);
	thread = proto_begin(proto, TRACK_THREAD);
	proto_uint(proto, THREAD_PID, pid);
	proto_uint(proto, THREAD_TID, tid);
	proto_text(proto, THREAD_NAME, name);
	proto_end(proto, thread);
	proto_end(proto, track);
	packet_end(writer);
}

void perfetto_track(struct perfetto_writer *writer, uint64_t uuid, uint64_t parent,
		    const char *name, bool counter)
{
	struct proto *proto = &writer->proto;
	size_t track;

	packet_begin(writer);
	track = proto_begin(proto, PACKET_TRACK);
	proto_uint(proto, TRACK_UUID, uuid);
	proto_uint(proto, TRACK_PARENT, parent);
	proto_text(proto, TRACK_NAME, name);
	if (counter) /* an empty CounterDescriptor */
		proto_end(proto, proto_begin(proto, TRACK_COUNTER));
	proto_end(proto, track);
	packet_end(writer);
}

static void event_begin(struct perfetto_writer *writer, uint64_t tsc, uint64_t track, unsigned type)
{
	packet_begin(writer);
	proto_uint(&writer->proto, PACKET_TIMESTAMP, tsc);
	writer->event = proto_begin(&writer->proto, PACKET_EVENT);
	proto_uint(&writer->proto, EVENT_TYPE, type);
	proto_uint(&writer->proto, EVENT_TRACK, track);
}

void perfetto_event(struct perfetto_writer *writer, uint64_t tsc, uint64_t track,
		    enum perfetto_type type, const char *category, const char *name)
{
	event_begin(writer, tsc, track, type);
	if (category)
		proto_text(&writer->proto, EVENT_CATEGORY, category);
	if (name)
		proto_text(&writer->proto, EVENT_NAME, name);
}

void perfetto_event_end(struct perfetto_writer *writer)
{
	proto_end(&writer->proto, writer->event);
	packet_end(writer);
}

void perfetto_note(struct perfetto_writer *writer, const char *name, const char *text)
{
	size_t annotation;

	if (!text)
		return;
	annotation = proto_begin(&writer->proto, EVENT_ANNOTATION);
	proto_text(&writer->proto, ANNOTATION_NAME, name);
	proto_text(&writer->proto, ANNOTATION_TEXT, text);
	proto_end(&writer->proto, annotation);
}

static void note_number(struct perfetto_writer *writer, const char *name, unsigned field,
			uint64_t number)
{
	size_t annotation = proto_begin(&writer->proto, EVENT_ANNOTATION);

	proto_text(&writer->proto, ANNOTATION_NAME, name);
	proto_uint(&writer->proto, field, number);
	proto_end(&writer->proto, annotation);
}

void perfetto_note_count(struct perfetto_writer *writer, const char *name, uint64_t number)
{
	note_number(writer, name, ANNOTATION_UINT, number);
}

void perfetto_note_address(struct perfetto_writer *writer, const char *name, uint64_t address)
{
	note_number(writer, name, ANNOTATION_POINTER, address);
}

void perfetto_counter(struct perfetto_writer *writer, uint64_t tsc, uint64_t track, uint64_t value)
{
	event_begin(writer, tsc, track, TYPE_COUNTER);
	proto_uint(&writer->proto, EVENT_COUNTER, value);
	perfetto_event_end(writer);
}
