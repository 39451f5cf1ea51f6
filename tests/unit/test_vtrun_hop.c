// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hop, both ends in one process: the VMM's with trace/ring.h, vtrun's as it is, reading our
 * memory as it reads Bochs's. Every record and byte must arrive once, in order, whatever the
 * bursts; what cannot be is refused.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/vtrun/hop.h"
#include "tools/vtrun/sink.h"
#include "trace/ctf.h"
#include "trace/hop.h"

#define NONCE 0x1234567890123456ull

static unsigned char *blocks[VTS_HOP_BLOCKS]; /* apart from each other, as in Bochs */
static struct vts_hop *state;
static struct vts_ring ring;
static struct console *console;
static struct sink *sink;
static struct hop *hop;
static uint64_t written;

static void stamps_set(void)
{
	for (uint64_t i = 0; i < VTS_HOP_BLOCKS; i++) {
		uint64_t magic = VTS_HOP_STAMP_MAGIC ^ NONCE;
		struct vts_hop_stamp stamp = {.magic = magic, .index = i, .check = ~magic + i};

		memcpy(blocks[i], &stamp, sizeof(stamp));
	}
}

static void start(void)
{
	uint8_t uuid[16] = {0};
	struct vts_error error;
	char *metadata = vts_ctf_metadata(NULL, 0, uuid, 50000000), name[32];

	/* A pair of blocks at a time, the gap between them unmapped again. */
	for (size_t i = 0; i < VTS_HOP_BLOCKS; i++)
		blocks[i] = mmap(NULL, VTS_HOP_BLOCK_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	state = (struct vts_hop *)blocks[0];
	written = 0;
	console = console_create(&error);
	snprintf(name, sizeof(name), "test-hop-%d", (int)getpid());
	sink = sink_create(name, 32u << 20, NULL, false, metadata, &error);
	cr_assert_not_null(sink, "%s", error.text);
	free(metadata);
	hop = hop_create(getpid(), sink, console, &error);
}

static void stop(void)
{
	hop_destroy(hop);
	sink_destroy(sink);
	console_destroy(console);
	for (size_t i = 0; i < VTS_HOP_BLOCKS; i++)
		munmap(blocks[i], VTS_HOP_BLOCK_BYTES);
}

TestSuite(hop, .init = start, .fini = stop);

/** As the VMM does once it is no longer held. */
static void vmm_start(void)
{
	for (size_t i = 0; i < VTS_HOP_BLOCKS; i++)
		memset(blocks[i], 0, sizeof(struct vts_hop_stamp));
	state->ring = (struct vts_ring_control){.abi = VTS_ABI_VERSION,
						.packet_bytes = VTS_HOP_PACKET_BYTES,
						.packets = VTS_HOP_PACKETS};
	state->ring.magic = VTS_RING_MAGIC;
}

static void found(void)
{
	struct vts_error error;

	stamps_set();
	cr_assert_eq(hop_find(hop, NONCE, &error), HOP_OK, "%s", error.text);
	vmm_start();
}

static void drained(void)
{
	struct vts_error error;

	cr_assert_eq(hop_drain(hop, &error), HOP_OK, "%s", error.text);
}

Test(hop, a_block_that_is_missing_or_twice_there)
{
	struct vts_error error;

	stamps_set();
	memset(blocks[5], 0, 8);
	cr_assert_eq(hop_find(hop, NONCE, &error), HOP_BAD);
	cr_assert_not_null(strstr(error.text, "16 of 17"), "%s", error.text);
	memcpy(blocks[5], blocks[6], sizeof(struct vts_hop_stamp));
	cr_assert_eq(hop_find(hop, NONCE, &error), HOP_BAD);
	cr_assert_not_null(strstr(error.text, "twice"), "%s", error.text);
	stamps_set();
	cr_assert_eq(hop_find(hop, NONCE + 1, &error), HOP_BAD, "another run's stamps were taken");
}

/** Where record @n goes: the VMM's ring, its packets spread over blocks. */
static struct vts_event *place(uint64_t packet, uint64_t index)
{
	uint64_t slot = packet % VTS_HOP_PACKETS,
		 per_block = VTS_HOP_BLOCK_BYTES / VTS_HOP_PACKET_BYTES;

	return (struct vts_event *)(blocks[1 + slot / per_block] +
				    slot % per_block * VTS_HOP_PACKET_BYTES) +
	       index;
}

/** Close packet @number with @records records, as ring.h does it. */
static void packet_close(uint64_t number, uint64_t records)
{
	struct vts_ring_control control = {.packet_bytes = VTS_HOP_PACKET_BYTES, .packets = 1};
	struct vts_event *start_of = place(number, 0);

	ring = (struct vts_ring){.next = start_of + 1 + records,
				 .packet_end = start_of + VTS_HOP_PACKET_BYTES / 64,
				 .control = &control,
				 .data = start_of,
				 .data_end = start_of + VTS_HOP_PACKET_BYTES / 64,
				 .packet_seq_num = number};
	vts_ring_close_packet(&ring);
}

Test(hop, every_record_once_whatever_the_bursts)
{
	uint64_t per = vts_ring_per_packet(VTS_HOP_PACKET_BYTES), announced = 0;
	struct vts_error error;

	found();
	srand(1);
	while (written < 60 * per * VTS_HOP_PACKETS / 10) {
		/* Never more than the pipe lets the VMM be ahead. */
		uint64_t burst = (uint64_t)rand() % (rand() % 2 ? 20 : per * VTS_HOP_SLOTS);

		for (; burst; burst--, written++) {
			*place(written / per, 1 + written % per) = (struct vts_event){
			    .tsc = written, .kind = VTS_KIND_EXIT, .exit_tsc = written};
			if (written % per == per - 1)
				packet_close(written / per, per);
		}
		state->ring.head = written;
		drained();
		cr_assert_eq(sink_count(sink), written);
		for (; announced < written / per; announced++)
			cr_assert_eq(hop_packet_closed(hop, &error), HOP_OK, "%s", error.text);
	}
	if (written % per) {
		packet_close(written / per, written % per);
		cr_assert_eq(hop_packet_closed(hop, &error), HOP_OK, "the last, short packet: %s",
			     error.text);
	}
	sink_end(sink, VTS_VM_STOP_TIMEOUT);
	cr_assert_eq(sink_stop(sink)->vm_stop.exits, written);
	cr_assert_eq(sink_stop(sink)->vm_stop.records, written);
	cr_assert_eq(sink_stop(sink)->tsc, written - 1);
}

Test(hop, a_packet_that_is_not_what_was_taken)
{
	struct vts_error error;

	found();
	for (uint64_t i = 0; i < 511; i++)
		*place(0, 1 + i) = (struct vts_event){.tsc = i, .kind = VTS_KIND_MARK};
	packet_close(0, 511);
	((struct vts_packet_header *)place(0, 0))->timestamp_end++;
	state->ring.head = 511;
	drained();
	cr_assert_eq(hop_packet_closed(hop, &error), HOP_BAD);
}

Test(hop, heads_that_cannot_be)
{
	struct vts_error error;

	found();
	state->ring.head = 511 * VTS_HOP_PACKETS + 1;
	cr_assert_eq(hop_drain(hop, &error), HOP_BAD);
	state->ring.head = 10;
	drained();
	state->ring.head = 9;
	cr_assert_eq(hop_drain(hop, &error), HOP_BAD, "a head that goes back");
	state->ring.head = 10;
	state->console_head = VTS_HOP_CONSOLE_BYTES + 1;
	cr_assert_eq(hop_drain(hop, &error), HOP_BAD);
	state->console_head = 0;
	state->log_head = -1ull;
	cr_assert_eq(hop_drain(hop, &error), HOP_BAD);
}

Test(hop, a_ring_of_another_shape)
{
	struct vts_error error;

	found();
	state->ring.packets = 1;
	cr_assert_eq(hop_drain(hop, &error), HOP_BAD);
	vmm_start();
	state->ring.abi++;
	cr_assert_eq(hop_drain(hop, &error), HOP_BAD);
}

Test(hop, every_byte_of_text_once)
{
	char *text = (char *)blocks[0] + VTS_HOP_CONSOLE_OFFSET, got[4096];
	uint64_t head = 0, read_back = 0;
	int output[2];

	cr_assert_eq(pipe2(output, O_NONBLOCK), 0);
	cr_assert_geq(dup2(output[1], STDOUT_FILENO), 0);
	found();
	srand(1);
	while (head < 5 * VTS_HOP_CONSOLE_BYTES) {
		ssize_t bytes;

		for (int burst = rand() % 4000; burst; burst--, head++)
			text[head % VTS_HOP_CONSOLE_BYTES] = (char)(head * 7);
		state->console_head = head;
		drained();
		console_flush(console);
		while ((bytes = read(output[0], got, sizeof(got))) > 0) {
			for (ssize_t i = 0; i < bytes; i++, read_back++)
				cr_assert_eq(got[i], (char)(read_back * 7));
		}
	}
	cr_assert_eq(read_back, head);
}
