/* SPDX-License-Identifier: GPL-2.0-only */
/* One producer at full speed, readers beside it: what they read and what they missed is what was
 * written. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "trace/ring_reader.h"
#include "trace_fixture.h"

#define PACKET_BYTES 1024u /* 15 records */
#define PACKETS	     8u
#define CAPACITY     (15u * PACKETS)
#define WRITTEN	     300000u
#define READERS	     3

struct shared {
	struct vts_ring_control control;
	char data[PACKETS * PACKET_BYTES];
};

static struct shared *make_ring(struct vts_ring *ring)
{
	struct shared *shared = aligned_alloc(64, sizeof(*shared));

	cr_assert(shared);
	memset(shared, 0, sizeof(*shared));
	shared->control = (struct vts_ring_control){
	    .abi = VTS_ABI_VERSION,
	    .packet_bytes = PACKET_BYTES,
	    .packets = PACKETS,
	    .data_offset = offsetof(struct shared, data),
	};
	vts_ring_init(ring, &shared->control, shared->data);
	return shared;
}

static void put(struct vts_ring *ring, uint64_t number)
{
	*vts_ring_reserve(ring) = fixture_event(number);
	if (vts_ring_publish(ring))
		vts_ring_close_packet(ring);
}

Test(ring, a_reader_gets_what_is_there)
{
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	struct ring_reader reader;
	struct vts_event events[CAPACITY];
	uint64_t number = 0;

	cr_assert(!ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	cr_assert_eq(ring_reader_read(&reader, events, CAPACITY), 0);
	for (unsigned round = 0; round < 40; round++) {
		size_t count;

		for (unsigned i = 0; i < 37; i++)
			put(&ring, round * 37 + i);
		count = ring_reader_read(&reader, events, 30);
		count += ring_reader_read(&reader, events + count, 30);
		cr_assert_eq(count, 37);
		for (size_t i = 0; i < count; i++)
			cr_assert(fixture_is(&events[i], number++));
	}
	cr_assert_eq(reader.missed, 0);
	cr_assert_not(ring_reader_ended(&reader));
	free(shared);
}

Test(ring, a_late_reader_gets_the_newest)
{
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	struct ring_reader reader;
	struct vts_event events[CAPACITY];

	for (unsigned i = 0; i < 1000; i++)
		put(&ring, i);
	cr_assert(!ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	/* The record after the last may be in the making, in the oldest one's place. */
	cr_assert_eq(ring_reader_read(&reader, events, CAPACITY), CAPACITY - 1);
	cr_assert_eq(reader.missed, 1000 - (CAPACITY - 1));
	for (unsigned i = 0; i < CAPACITY - 1; i++)
		cr_assert(fixture_is(&events[i], reader.missed + i));
	free(shared);
}

Test(ring, a_batch_in_the_making_is_not_read)
{
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	struct ring_reader reader;
	struct vts_event events[CAPACITY];

	for (unsigned i = 0; i < CAPACITY; i++)
		put(&ring, i);
	shared->control.reserve = CAPACITY + 15;
	cr_assert(!ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	cr_assert_eq(ring_reader_read(&reader, events, CAPACITY), CAPACITY - 15);
	cr_assert_eq(reader.missed, 15);
	cr_assert(fixture_is(&events[0], 15));
	free(shared);
}

Test(ring, a_packet_closed_is_a_packet_of_ctf)
{
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	const struct vts_packet_header *header = (void *)(shared->data + PACKET_BYTES);

	for (unsigned i = 0; i < 30; i++)
		put(&ring, i);
	cr_assert_eq(header->magic, VTS_CTF_MAGIC);
	cr_assert_eq(header->content_size, PACKET_BYTES * 8);
	cr_assert_eq(header->packet_size, PACKET_BYTES * 8);
	cr_assert_eq(header->packet_seq_num, 1);
	cr_assert_eq(header->timestamp_begin, fixture_event(15).tsc);
	cr_assert_eq(header->timestamp_end, fixture_event(29).tsc);
	cr_assert_eq(header->abi, 1);
	free(shared);
}

struct run {
	struct shared *shared;
	uint64_t read, missed, wrong;
};

static void *read_on(void *argument)
{
	struct run *run = argument;
	struct ring_reader reader;
	struct vts_event events[64];
	uint64_t next = 0;
	bool ended;
	size_t count;

	if (ring_reader_init(&reader, &run->shared->control, sizeof(*run->shared)))
		return NULL;
	do {
		ended = ring_reader_ended(&reader);
		sched_yield();
		while ((count = ring_reader_read(&reader, events, 64))) {
			for (size_t i = 0; i < count; i++) {
				uint64_t number = events[i].word[0];

				run->wrong += number < next || !fixture_is(&events[i], number);
				next = number + 1;
			}
			run->read += count;
		}
	} while (!ended);
	run->missed = reader.missed;
	run->wrong += next != WRITTEN;
	return NULL;
}

static void run_readers(void (*produce)(struct vts_ring *ring))
{
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	struct run run[READERS] = {0};
	pthread_t thread[READERS];

	for (unsigned i = 0; i < READERS; i++) {
		run[i].shared = shared;
		cr_assert(!pthread_create(&thread[i], NULL, read_on, &run[i]));
	}
	produce(&ring);
	__atomic_store_n(&shared->control.ended, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < READERS; i++) {
		cr_assert(!pthread_join(thread[i], NULL));
		cr_assert_eq(run[i].wrong, 0, "reader %u: %lu wrong", i, run[i].wrong);
		cr_assert_eq(run[i].read + run[i].missed, WRITTEN, "reader %u: %lu + %lu", i,
			     run[i].read, run[i].missed);
	}
	free(shared);
}

static void one_at_a_time(struct vts_ring *ring)
{
	for (uint64_t i = 0; i < WRITTEN; i++)
		put(ring, i);
}

Test(ring, readers_beside_a_producer_of_single_records, .timeout = 60)
{
	run_readers(one_at_a_time);
}

/* Slow enough that readers keep up most of the time: the edge between the two is crossed both ways.
 */
static void in_bursts(struct vts_ring *ring)
{
	for (uint64_t i = 0; i < WRITTEN; i++) {
		put(ring, i);
		if (i % 97 == 0)
			sched_yield();
	}
}

Test(ring, readers_beside_a_producer_of_bursts, .timeout = 60)
{
	run_readers(in_bursts);
}

Test(ring, a_ring_that_makes_no_sense_is_refused)
{
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	struct vts_ring_control good = shared->control;
	struct ring_reader reader;

	cr_assert(ring_reader_init(&reader, &shared->control, 64));
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared) - 1));
	shared->control.magic++;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	shared->control = good;
	shared->control.abi = 2;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	shared->control = good;
	shared->control.packet_bytes = 64;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	shared->control.packet_bytes = 1000;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	shared->control = good;
	shared->control.packets = UINT32_MAX;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	shared->control = good;
	shared->control.data_offset = UINT64_MAX - 63;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	shared->control.data_offset = 0;
	cr_assert(ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	free(shared);
}

/* A producer that writes anything at all into its line. */
Test(ring, a_lying_producer_does_no_harm)
{
	static const uint64_t values[] = {0, 1, 14, 15, CAPACITY, 1u << 20, 1ull << 63, UINT64_MAX};
	struct vts_ring ring;
	struct shared *shared = make_ring(&ring);
	struct vts_event events[40];
	struct ring_reader reader;

	cr_assert(!ring_reader_init(&reader, &shared->control, sizeof(*shared)));
	for (unsigned i = 0; i < 8 * 8 * 8; i++) {
		shared->control.head = values[i % 8];
		shared->control.reserve = values[i / 8 % 8];
		/* Changed after they were checked: of no consequence. */
		shared->control.packet_bytes = (uint32_t)values[i / 64];
		shared->control.packets = (uint32_t)values[7 - i / 64];
		shared->control.data_offset = values[i / 64];
		cr_assert_leq(ring_reader_read(&reader, events, 40), 40);
	}
	free(shared);
}
