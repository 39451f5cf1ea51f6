/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a long trace of short ones: trace-repeat OUT EVENTS [zstd] -- IN...
 * The events of all IN come one after another, again and again, each round later in time, as if one
 * VM had lived through it all; EVENTS in all, so that traces of different length hold the same mix.
 * Then prints "EVENTS NANOSECONDS": how many were written, and the processor's time for writing them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/ctf.h"
#include "trace/hop.h"

/** One round: what the IN hold, their VMs' starts and ends and their phases' marks left out. */
struct round {
	struct vts_event *events;
	size_t count, room;
	uint64_t now; /* the latest time in it */
};

struct out {
	struct vts_ctf_writer *writer;
	struct vts_ring_control control;
	struct vts_ring ring;
	struct vts_event *packet;
	uint64_t written, nanoseconds;
};

static void fail(const char *what)
{
	fprintf(stderr, "trace-repeat: %s\n", what);
	exit(2);
}

static void *need(void *memory)
{
	if (!memory)
		fail("out of memory");
	return memory;
}

static void keep(struct round *round, struct vts_event event, uint64_t later)
{
	if (event.kind == VTS_KIND_VM_START || event.kind == VTS_KIND_VM_STOP ||
	    event.kind == VTS_KIND_MARK)
		return;
	if (round->count == round->room) {
		round->room = round->room ? round->room * 2 : 4096;
		round->events = need(realloc(round->events, round->room * sizeof(*round->events)));
	}
	event.tsc += later;
	event.exit_tsc += later;
	event.vm = event.vcpu = 0;
	round->events[round->count++] = event;
	round->now = event.tsc;
}

static void read_in(struct round *round, const char *path)
{
	struct vts_error error;
	struct vts_source *source = vts_source_open_dir(path, &error);
	uint64_t later = round->now;
	const struct vts_event *events;
	size_t count;

	if (!source)
		fail(error.text);
	while ((count = vts_source_next(source, &events)))
		for (size_t i = 0; i < count; i++)
			keep(round, events[i], later);
	vts_source_close(source);
}

static uint64_t nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void close_packet(struct out *out)
{
	size_t bytes = (size_t)(out->ring.next - out->packet) * VTS_RECORD_BYTES;
	struct vts_error error;
	uint64_t before = nanoseconds();

	vts_ring_close_packet(&out->ring);
	if (vts_ctf_write(out->writer, 0, out->packet, bytes, &error) < 0)
		fail(error.text);
	out->nanoseconds += nanoseconds() - before;
}

static void put(struct out *out, const struct vts_event *event, uint64_t later)
{
	struct vts_event *to = vts_ring_reserve(&out->ring);

	*to = *event;
	to->tsc += later;
	to->exit_tsc += later;
	out->written++;
	if (vts_ring_publish(&out->ring))
		close_packet(out);
}

static void out_open(struct out *out, const char *path, bool zipped)
{
	const struct vts_env env[] = {{"engine", "bench"}, {"unit", "instr"}, {"paging", "ept"}};
	const uint8_t uuid[16] = {1};
	char *metadata = need(vts_ctf_metadata(env, 3, uuid, 50000000));
	struct vts_error error;

	out->writer = vts_ctf_create(path, metadata, &error);
	if (!out->writer || (zipped && vts_ctf_compress(out->writer, &error) < 0))
		fail(error.text);
	free(metadata);
	out->packet = need(aligned_alloc(64, VTS_HOP_PACKET_BYTES));
	out->control = (struct vts_ring_control){
	    .abi = VTS_ABI_VERSION, .packet_bytes = VTS_HOP_PACKET_BYTES, .packets = 1};
	vts_ring_init(&out->ring, &out->control, out->packet);
}

static void out_close(struct out *out)
{
	struct vts_error error;
	uint64_t before;

	if (!vts_ring_packet_empty(&out->ring))
		close_packet(out);
	before = nanoseconds();
	if (vts_ctf_close(out->writer, &error) < 0)
		fail(error.text);
	out->nanoseconds += nanoseconds() - before;
	free(out->packet);
}

static void write_out(struct out *out, const struct round *round, uint64_t events)
{
	struct vts_event start = {.kind = VTS_KIND_VM_START, .how = VTS_VM_START_EPT};
	struct vts_event stop = {.kind = VTS_KIND_VM_STOP};
	uint64_t later = 0;

	start.vm_start.memory = 64 << 20;
	start.vm_start.hz = 50000000;
	put(out, &start, 0);
	while (out->written + 1 < events) {
		for (size_t i = 0; i < round->count && out->written + 1 < events; i++)
			put(out, &round->events[i], later);
		later += round->now;
	}
	put(out, &stop, later);
}

int main(int argc, char **argv)
{
	bool zipped = argc > 3 && !strcmp(argv[3], "zstd");
	int first = 3 + zipped + 1;
	struct round round = {0};
	struct out out = {0};

	if (argc <= first || strcmp(argv[first - 1], "--")) {
		fputs("usage: trace-repeat OUT EVENTS [zstd] -- IN...\n", stderr);
		return 2;
	}
	for (int i = first; i < argc; i++)
		read_in(&round, argv[i]);
	if (!round.count)
		fail("no events to repeat");
	out_open(&out, argv[1], zipped);
	write_out(&out, &round, strtoull(argv[2], NULL, 10));
	out_close(&out);
	free(round.events);
	printf("%" PRIu64 " %" PRIu64 "\n", out.written, out.nanoseconds);
	return 0;
}
