/* SPDX-License-Identifier: GPL-2.0-only */
/* The two that need nothing: RDTSC, and RDTSC with a copy of 64 bytes. And ours. */
#include "method.h"

#include <stdlib.h>
#include <string.h>

#include "trace/hop.h"

/* core-vmm/test/record_bench.h, whose headers are none of ours. */
void record_bench_start(void *packets);
void record_bench_events(unsigned count);
uint64_t record_bench_recorded(void);

#define RING_BYTES ((size_t)VTS_HOP_PACKETS * VTS_HOP_PACKET_BYTES)

static struct vts_event *ring, source;
static size_t at;

static void *ring_new(const char **why)
{
	void *memory = aligned_alloc(VTS_HOP_PACKET_BYTES, RING_BYTES);

	if (memory)
		memset(memory, 1, RING_BYTES);
	else
		*why = "out of memory";
	return memory;
}

static int rdtsc_start(const char **why)
{
	(void)why;
	return 0;
}

static void rdtsc_events(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t tsc = method_tsc();

		__asm__ volatile("" : : "r"(tsc));
	}
}

static int copy_start(const char **why)
{
	ring = ring_new(why);
	return ring ? 0 : -1;
}

static void copy_events(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		source.tsc = method_tsc();
		memcpy(&ring[at], &source, sizeof(source));
		__asm__ volatile("" : : : "memory");
		at = (at + 1) % (RING_BYTES / sizeof(*ring));
	}
}

static int vtscope_start(const char **why)
{
	void *packets = ring_new(why);

	if (packets)
		record_bench_start(packets);
	return packets ? 0 : -1;
}

static uint64_t vtscope_missing(uint64_t expected)
{
	return expected - record_bench_recorded();
}

static uint64_t none_missing(uint64_t expected)
{
	(void)expected;
	return 0;
}

const struct method method_rdtsc = {
    .name = "RDTSC alone",
    .start = rdtsc_start,
    .events = rdtsc_events,
    .missing = none_missing,
    .every = 1,
};
const struct method method_copy = {
    .name = "RDTSC, 64 bytes copied",
    .start = copy_start,
    .events = copy_events,
    .missing = none_missing,
    .every = 1,
};
const struct method method_vtscope = {
    .name = "vtscope: core-vmm/vm.o",
    .start = vtscope_start,
    .events = record_bench_events,
    .missing = vtscope_missing,
    .every = 1,
};
