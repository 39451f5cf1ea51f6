// SPDX-License-Identifier: GPL-2.0-only
/* A native guest's records: it is not trusted with kinds, owners or time. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/vtrun/native.h"
#include "trace/ctf.h"

static struct native native;
static struct sink *sink;

static void start(void)
{
	struct options options = {.memory = 64ull << 20};
	struct config config = {.hash = 42};
	uint8_t uuid[16] = {0};
	struct vts_error error;
	char *metadata = vts_ctf_metadata(NULL, 0, uuid, ENGINE_HZ), name[32];

	snprintf(name, sizeof(name), "test-native-%d", (int)getpid());
	sink = sink_create(name, 32u << 20, NULL, false, metadata, &error);
	cr_assert_not_null(sink, "%s", error.text);
	free(metadata);
	native_start(&native, sink, &options, &config, true);
}

static void stop(void)
{
	sink_destroy(sink);
}

TestSuite(native, .init = start, .fini = stop);

static void give(uint8_t kind, uint64_t tsc)
{
	struct vts_event event = {.kind = kind, .tsc = tsc, .exit_tsc = tsc, .vm = 3, .vcpu = 9};

	native_take(&native, &event, sizeof(event));
}

Test(native, records_in_any_pieces)
{
	struct vts_event events[3] = {
	    {.kind = VTS_KIND_MARK, .tsc = 5},
	    {.kind = VTS_KIND_MARK, .tsc = 6},
	    {.kind = VTS_KIND_VM_STOP, .tsc = 7, .vm_stop = {.status = 4}}};
	const unsigned char *next = (unsigned char *)events, *end = (unsigned char *)(events + 3);

	srand(1);
	while (next < end) {
		size_t bytes = 1 + (size_t)rand() % 100;

		if (bytes > (size_t)(end - next))
			bytes = (size_t)(end - next);
		native_take(&native, next, bytes);
		next += bytes;
	}
	cr_assert_eq(sink_count(sink), 4, "vm_start and three");
	cr_assert_eq(sink_stop(sink)->vm_stop.status, 4);
	cr_assert_eq(native.refused, 0);
}

Test(native, other_kinds_are_refused_and_counted)
{
	for (unsigned kind = 0; kind < 256; kind++) {
		if (kind != VTS_KIND_MARK && kind != VTS_KIND_VM_STOP)
			give((uint8_t)kind, 1);
	}
	cr_assert_eq(native.refused, 254);
	cr_assert_eq(sink_count(sink), 1, "vm_start only");
	cr_assert_null(sink_stop(sink));
}

Test(native, time_never_goes_back)
{
	give(VTS_KIND_MARK, 1000);
	give(VTS_KIND_MARK, 10);
	give(VTS_KIND_VM_STOP, 20);
	cr_assert_eq(sink_stop(sink)->tsc, 1000);
	cr_assert_leq(sink_stop(sink)->exit_tsc, 1000);
	cr_assert_eq(sink_stop(sink)->vm, 0);
	cr_assert_eq(sink_stop(sink)->vcpu, 0);
}

Test(native, nothing_follows_the_end)
{
	give(VTS_KIND_VM_STOP, 20);
	give(VTS_KIND_MARK, 30);
	cr_assert_eq(sink_count(sink), 2);
}
