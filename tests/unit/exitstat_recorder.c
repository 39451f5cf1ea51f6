// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat record's writer, over a real live channel: what it writes is what was published, to
 * the byte; what it missed is told, once, and at its place.
 */
#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

#include "tests/unit/trace_fixture.h"
#include "tools/exitstat/recorder.h"
#include "trace/hop.h"
#include "trace/publish.h"

#define PACKETS	 4u
#define CAPACITY (PACKETS * (VTS_HOP_PACKET_BYTES / VTS_RECORD_BYTES - 1))

static char name[64];
static struct vts_publisher *publisher;

static int accept_one(void *unused)
{
	struct pollfd state = {.fd = vts_publish_fd(publisher), .events = POLLIN};

	(void)unused;
	poll(&state, 1, 5000);
	vts_publish_accept(publisher);
	return 0;
}

/** A publisher, and a source attached to it. */
static struct vts_source *channel(void)
{
	struct vts_error error = {""};
	char *metadata = fixture_metadata();
	struct vts_source *source;
	thrd_t thread;

	snprintf(name, sizeof(name), "exitstat-recorder-%d", getpid());
	publisher = vts_publish_create(name, metadata, VTS_HOP_PACKET_BYTES, PACKETS, 1, 0, &error);
	cr_assert(publisher, "%s", error.text);
	cr_assert_eq(thrd_create(&thread, accept_one, NULL), thrd_success);
	source = vts_source_attach(name, &error);
	thrd_join(thread, NULL);
	cr_assert(source, "%s", error.text);
	free(metadata);
	return source;
}

static void publish(uint64_t first, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct vts_event event = fixture_event(first + i);

		vts_publish_append(publisher, &event, 1, 0);
	}
}

static void record_all(struct recorder *recorder, struct vts_source *source)
{
	const struct vts_event *events;
	size_t count;

	while ((count = vts_source_next(source, &events)))
		cr_assert_eq(recorder_add(recorder, events, count), 0);
}

static void finish(struct recorder *recorder, struct vts_source *source)
{
	struct vts_error error = {""};

	cr_assert_eq(recorder_finish(recorder, &error), 0, "%s", error.text);
	recorder_free(recorder);
	vts_source_close(source);
	vts_publish_destroy(publisher);
}

static struct recorder *start(struct vts_source *source, const char *path)
{
	struct vts_error error = {""};
	struct recorder *recorder = recorder_new(source, path, NULL, &error);

	cr_assert(recorder, "%s", error.text);
	return recorder;
}

Test(recorder, writes_what_was_published_to_the_byte)
{
	struct vts_source *source = channel();
	char *path = fixture_path(), *own = fixture_path();
	struct recorder *recorder = start(source, path);
	struct vts_event stop = fixture_stop(1299);
	size_t bytes, own_bytes;
	char *stream, *expected;

	publish(0, 700);
	record_all(recorder, source);
	publish(700, 599);
	vts_publish_append(publisher, &stop, 1, 0);
	vts_publish_end(publisher);
	record_all(recorder, source);
	cr_assert_eq(recorder_events(recorder), 1300);
	finish(recorder, source);

	fixture_record(own, 1300, VTS_HOP_PACKET_BYTES);
	stream = fixture_load(path, "vcpu0", &bytes);
	expected = fixture_load(own, "vcpu0", &own_bytes);
	cr_assert_eq(bytes, own_bytes);
	cr_assert_arr_eq(stream, expected, bytes);
	free(stream);
	free(expected);
	fixture_remove(path);
	fixture_remove(own);
}

Test(recorder, tells_once_and_in_place_what_it_missed)
{
	struct vts_source *source = channel(), *recorded;
	char *path = fixture_path();
	struct recorder *recorder = start(source, path);
	struct vts_error error = {""};
	uint64_t events = 0, lost = 0, before = 0, last_tsc = 0;
	const struct vts_event *batch;
	size_t count;

	publish(0, 100);
	record_all(recorder, source);
	publish(100, 3 * CAPACITY); /* overruns the ring */
	record_all(recorder, source);
	finish(recorder, source);

	recorded = vts_source_open_dir(path, &error);
	cr_assert(recorded, "%s", error.text);
	while ((count = vts_source_next(recorded, &batch))) {
		for (size_t i = 0; i < count; i++, events++) {
			cr_assert_geq(batch[i].tsc, last_tsc);
			last_tsc = batch[i].tsc;
			if (batch[i].kind != VTS_KIND_LOST)
				continue;
			cr_assert_eq(lost, 0, "told twice");
			lost = batch[i].lost.count;
			before = events;
		}
	}
	cr_assert_eq(before, 100);
	cr_assert_geq(lost, 2 * CAPACITY);
	cr_assert_eq(vts_source_lost(recorded), lost);
	/* All that was published, the lost record, and the one that says that the VM went on. */
	cr_assert_eq(events + lost, 100 + 3 * CAPACITY + 2);
	cr_assert_eq(vts_source_problems(recorded, NULL), 0);
	vts_source_close(recorded);
	fixture_remove(path);
}

Test(recorder, a_run_that_was_left_has_an_end)
{
	struct vts_source *source = channel(), *recorded;
	char *path = fixture_path();
	struct recorder *recorder = start(source, path);
	struct vts_error error = {""};
	struct vts_event events[50];

	publish(0, 10);
	record_all(recorder, source);
	finish(recorder, source);
	recorded = vts_source_open_dir(path, &error);
	cr_assert(recorded, "%s", error.text);
	cr_assert_eq(vts_source_read(recorded, events, 50), 11);
	cr_assert(events[10].kind == VTS_KIND_VM_STOP && events[10].how == VTS_VM_STOP_DETACHED);
	cr_assert_eq(events[10].tsc, events[9].tsc);
	cr_assert_eq(vts_source_problems(recorded, NULL), 0);
	vts_source_close(recorded);
	fixture_remove(path);
}

Test(recorder, a_directory_in_use_is_refused)
{
	struct vts_source *source = channel();
	struct vts_error error = {""};

	cr_assert_null(recorder_new(source, "/proc", NULL, &error));
	cr_assert_neq(error.text[0], '\0');
	vts_source_close(source);
	vts_publish_destroy(publisher);
}
