// SPDX-License-Identifier: GPL-2.0-only
/* Queues that no driver would make. A case begins as a good request, in which one thing is made wrong. */
#include "tests/guest/devfuzz/queues.h"

#include "workloads/lib/console.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/string.h"

#define CHAIN_BYTES_MAX (16u << 20) /* what the device takes in one chain */
#define TABLE_MAX	128u	    /* descriptors of an indirect table that it takes */

/* By how. */
static const char *const names[] = {"bad_status", "bad_queue",	  "queue_in_use", "bad_index",
				    "loop",	  "outside",	  "in_queue",	  "bad_order",
				    "too_long",	  "bad_indirect", "bad_request"};

static unsigned counts[HOWS];

struct queue_target to;

static uint64_t arena_pick(uint64_t bytes)
{
	return (uint64_t)fuzz.arena + fuzz_below(ARENA_BYTES - bytes);
}

static void desc_put(uint64_t address, uint32_t length, unsigned flags)
{
	struct virtio_desc *desc = &to.desc[to.count++];

	if (to.count > 1) {
		desc[-1].flags |= VIRTIO_DESC_NEXT;
		desc[-1].next = (uint16_t)(to.count - 1);
	}
	*desc =
	    (struct virtio_desc){.address = address, .length = length, .flags = (uint16_t)flags};
}

/** A good request: of three descriptors, for either device. */
static void request_make(void)
{
	struct {
		uint32_t type, unused;
		uint64_t sector;
	} *header = (void *)fuzz.arena;

	to.count = 0;
	if (to.device == CONSOLE) {
		for (unsigned i = 0; i < 3; i++)
			desc_put(arena_pick(16), 1 + (uint32_t)fuzz_below(16), 0);
		return;
	}
	header->type = fuzz_random() & 1;
	header->sector = SECTOR_QUEUE;
	desc_put((uint64_t)header, 16, 0);
	desc_put((uint64_t)fuzz.arena + 512, 512, header->type ? 0 : VIRTIO_DESC_WRITE);
	desc_put((uint64_t)fuzz.arena + 16, 1, VIRTIO_DESC_WRITE);
}

/** Offer what was made, by an indirect table if it is in one. */
static void request_send(void)
{
	virtio_offer(to.virtio, to.number, 0);
	virtio_notify(to.virtio, to.number);
}

static struct virtio_desc *desc_any(void)
{
	return &to.desc[fuzz_below(to.count)];
}

/* ---- chains ---- */

static unsigned loop(void)
{
	struct virtio_desc *last = &to.desc[to.count - 1];

	last->flags |= VIRTIO_DESC_NEXT;
	last->next = (uint16_t)(to.count - 1);
	request_send();
	return LOOP;
}

uint64_t outside_pick(void)
{
	const uint64_t end = machine.boot->memory_bytes, at = (uint64_t)to.virtio->common;
	const uint64_t all[] = {end,
				end - 16,
				end + fuzz_below(1ul << 40),
				0xfee00000,
				0xfec00000,
				at,
				1ul << (40 + fuzz_below(24)),
				-16ul,
				-32ul,
				(uint64_t)fuzz.arena | 1ul << 63};

	return all[fuzz_below(sizeof(all) / sizeof(all[0]))];
}

static unsigned outside(void)
{
	struct virtio_desc *desc = desc_any();

	desc->address = outside_pick();
	desc->length = 32 + (uint32_t)fuzz_below(4096);
	request_send();
	return OUTSIDE;
}

/** Lengths that reach beyond memory, or whose sum does not fit 32 bits. */
static unsigned length(void)
{
	struct virtio_desc *desc = desc_any();

	if (fuzz_below(2)) {
		desc->length = -(uint32_t)fuzz_below(1u << 20) - 1;
		request_send();
		return OUTSIDE;
	}
	desc->address = 0;
	desc->length = CHAIN_BYTES_MAX - (uint32_t)fuzz_below(2);
	desc[desc == to.desc ? 1 : -1].length += 16;
	request_send();
	return TOO_LONG;
}

static unsigned in_queue(void)
{
	const uint64_t at[] = {(uint64_t)to.queue->desc, (uint64_t)to.queue->avail + 2,
			       (uint64_t)to.queue->used + 4};
	struct virtio_desc *desc = &to.desc[to.count - 1];

	desc->flags |= VIRTIO_DESC_WRITE;
	desc->address = at[fuzz_below(3)] - fuzz_below(4);
	desc->length = 8;
	request_send();
	return IN_QUEUE;
}

static unsigned order(void)
{
	to.desc[0].flags |= VIRTIO_DESC_WRITE;
	to.desc[0].address = arena_pick(16);
	to.desc[1].flags &= (uint16_t)~VIRTIO_DESC_WRITE;
	request_send();
	return BAD_ORDER;
}

static unsigned next(void)
{
	desc_any()->flags |= VIRTIO_DESC_NEXT;
	for (unsigned i = 0; i < to.count; i++)
		to.desc[i].next = (uint16_t)(TABLE_MAX + fuzz_below(0x10000 - TABLE_MAX));
	request_send();
	return BAD_INDEX;
}

static unsigned head(void)
{
	virtio_offer(to.virtio, to.number,
		     (uint16_t)(to.queue->size + fuzz_below(0x10000u - to.queue->size)));
	virtio_notify(to.virtio, to.number);
	return BAD_INDEX;
}

/** More chains than the queue has places. */
static unsigned runaway(void)
{
	to.queue->avail->index = (uint16_t)(to.queue->added + to.queue->size + 1 +
					    fuzz_below(0x10000u - to.queue->size - 1));
	virtio_notify(to.virtio, to.number);
	return BAD_INDEX;
}

/** The disk's request lacks its header, or room for the answer. The console takes any. */
static unsigned incomplete(void)
{
	if (to.device == CONSOLE)
		return loop();
	if (fuzz_below(2)) {
		to.desc[0].length = (uint32_t)fuzz_below(16);
		to.desc[1].flags |= VIRTIO_DESC_WRITE;
	} else {
		to.desc[1].flags &= (uint16_t) ~(VIRTIO_DESC_WRITE | VIRTIO_DESC_NEXT);
	}
	request_send();
	return BAD_REQUEST;
}

/* ---- indirect tables ---- */

static bool has_indirect(void)
{
	return to.virtio->features & VIRTIO_F_INDIRECT_DESC;
}

static void indirect_put(uint64_t address, uint32_t bytes, unsigned flags)
{
	to.desc = to.queue->desc;
	to.desc[0] = (struct virtio_desc){
	    .address = address, .length = bytes, .flags = (uint16_t)(VIRTIO_DESC_INDIRECT | flags)};
	request_send();
}

/** A table of a length that it cannot have, or one with a next. */
static unsigned indirect_shape(void)
{
	const uint32_t bytes[] = {0, 1, 15, 17, 16 * (TABLE_MAX + 1), 0xfffffff0};
	unsigned which = (unsigned)fuzz_below(7);

	indirect_put((uint64_t)fuzz.arena + 4096, which < 6 ? bytes[which] : 16,
		     which < 6 ? 0 : VIRTIO_DESC_NEXT);
	return BAD_INDIRECT;
}

static unsigned indirect_outside(void)
{
	indirect_put(outside_pick() & ~15ul, 32, 0);
	return has_indirect() ? OUTSIDE : BAD_INDIRECT;
}

/** A table within a table. */
static unsigned indirect_nested(void)
{
	struct virtio_desc *table = (struct virtio_desc *)(fuzz.arena + 4096);

	table[0] = (struct virtio_desc){
	    .address = (uint64_t)table, .length = 16, .flags = VIRTIO_DESC_INDIRECT};
	indirect_put((uint64_t)table, 16, 0);
	return BAD_INDIRECT;
}

/** Something wrong with a chain within a table. */
static unsigned indirect_chain(void)
{
	static unsigned (*const wrong[])(void) = {outside, length};
	struct virtio_desc *table = (struct virtio_desc *)(fuzz.arena + 4096);
	unsigned how;

	if (!has_indirect())
		return indirect_shape();
	to.desc = table;
	request_make();
	/* The queue's own first descriptor leads to the table; what is sent is that. */
	to.queue->desc[0] = (struct virtio_desc){
	    .address = (uint64_t)table, .length = 3 * 16, .flags = VIRTIO_DESC_INDIRECT};
	how = wrong[fuzz_below(2)]();
	return how;
}

/* ---- */

static unsigned (*const cases[])(void) = {loop,
					  outside,
					  length,
					  in_queue,
					  order,
					  next,
					  head,
					  runaway,
					  incomplete,
					  indirect_shape,
					  indirect_outside,
					  indirect_nested,
					  indirect_chain,
					  setup_place,
					  setup_in_use,
					  setup_status};

/** Reset, with features and a queue size at random; what was there before is forgotten. */
static bool start(void)
{
	const uint64_t features[] = {0, VIRTIO_F_EVENT_IDX, VIRTIO_F_INDIRECT_DESC,
				     VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC};

	to.device = fuzz_device();
	to.virtio = fuzz_virtio(to.device);
	to.virtio->by_memory = fuzz_below(2);
	to.number = to.device == CONSOLE; /* what it sends */
	to.queue = &to.virtio->queue[to.number];
	to.desc = to.queue->desc;
	return device_open(to.device, features[fuzz_below(4)]);
}

void queue_case(void)
{
	uint16_t used;
	unsigned how;

	if (!start()) {
		fuzz_fail("a device does not start after its reset");
		return;
	}
	request_make();
	how = cases[fuzz_below(sizeof(cases) / sizeof(cases[0]))]();
	counts[how]++;
	if (!virtio_is_broken(to.virtio))
		fuzz_fail(names[how]);
	used = to.queue->used->index;
	virtio_notify(to.virtio, to.number);
	if (to.queue->used->index != used)
		fuzz_fail("a device that wants its reset goes on");
	if (!device_open(to.device, VIRTIO_F_EVENT_IDX) || !device_works(to.device))
		fuzz_fail("a device does not work after its reset");
}

void queue_noise(void)
{
	uint64_t *words;
	unsigned count;

	if (!start())
		return;
	to.number = (unsigned)fuzz_below(to.device == CONSOLE ? 2 : 1);
	to.queue = &to.virtio->queue[to.number];
	words = (uint64_t *)to.queue->desc;
	for (unsigned i = 0; i < 2u * to.queue->size; i++)
		words[i] = i & 1 ? fuzz_word() & ~(fuzz_below(8) ? 0xfffff000ul : 0) : fuzz_word();
	words = (uint64_t *)fuzz.arena;
	for (unsigned i = 0; i < 64; i++)
		words[fuzz_below(ARENA_BYTES / 8)] = fuzz_word();
	count = 1 + (unsigned)fuzz_below(4);
	for (unsigned i = 0; i < count; i++) {
		virtio_offer(to.virtio, to.number, (uint16_t)fuzz_below(to.queue->size));
		if (fuzz_below(4))
			virtio_notify(to.virtio, to.number);
	}
}

void queue_report(void)
{
	for (unsigned how = 0; how < HOWS; how++)
		if (counts[how])
			printf("refused %s %u\n", names[how], counts[how]);
}
