/* SPDX-License-Identifier: GPL-2.0-only */
/* What the makers of bad queues share. Each makes one, hands it over, and says what the device must call it. */
#ifndef TESTS_GUEST_DEVFUZZ_QUEUES_H
#define TESTS_GUEST_DEVFUZZ_QUEUES_H

#include "tests/guest/devfuzz/devfuzz.h"

/* As the events are named (trace/events.def, IO_REQUEST). */
enum {
	BAD_STATUS,
	BAD_QUEUE,
	QUEUE_IN_USE,
	BAD_INDEX,
	LOOP,
	OUTSIDE,
	IN_QUEUE,
	BAD_ORDER,
	TOO_LONG,
	BAD_INDIRECT,
	BAD_REQUEST,
	HOWS
};

/** The queue in which something is made wrong. */
struct queue_target {
	unsigned device, number, count; /* the queue's; descriptors in use */
	struct virtio *virtio;
	struct virtio_queue *queue;
	struct virtio_desc *desc; /* the queue's, or an indirect table's */
};

extern struct queue_target to;

/** Where no buffer of 32 bytes fits: what begins there is no memory, or ends elsewhere. */
uint64_t outside_pick(void);

/* ---- setup.c: queues that are wrong before anything is in them ---- */

unsigned setup_place(void);
unsigned setup_in_use(void);
unsigned setup_status(void);

#endif
