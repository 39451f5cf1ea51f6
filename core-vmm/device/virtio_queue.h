/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split virtqueues from the device's side (OASIS virtio 1.2, 2.7). All that is in a queue was written by a guest that may be
 * hostile: each index, address and length is checked here before it is used, and what was read is not read again. What is
 * wrong has a number, VTS_IO_REQUEST_BAD_*.
 */
#ifndef CORE_VMM_DEVICE_VIRTIO_QUEUE_H
#define CORE_VMM_DEVICE_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/vm.h"
#include "trace/event.h"

/** Descriptors of a queue, and of an indirect table, at most; a chain has no more buffers. */
#define VIRTIO_QUEUE_MAX 128u
/** Bytes of a chain, at most: what one chain can make the VMM do has a bound. */
#define VIRTIO_CHAIN_BYTES (16u << 20)

#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_EVENT_IDX     (1ull << 29)
#define VIRTIO_F_VERSION_1     (1ull << 32)

struct virtio_queue {
	uint64_t descriptors, driver, device; /* guest-physical addresses of the three parts */
	uint64_t features;		      /* negotiated */
	uint16_t size;
	uint16_t vector;
	bool enabled;
	/* Free-running indices. */
	uint16_t seen;	/* the driver's, when last read */
	uint16_t next;	/* of the next chain to take */
	uint16_t used;	/* of the next chain to give back */
	uint16_t shown; /* the device's, as the driver last saw it */
};

struct virtio_segment {
	uint64_t gpa;
	uint32_t bytes;
};

/** Buffers that the device reads, then buffers that it writes; all guest memory. */
struct virtio_chain {
	uint16_t head;
	unsigned readable, segments;
	uint32_t readable_bytes, writable_bytes;
	unsigned depth; /* chains in the queue, this one included */
	struct virtio_segment segment[VIRTIO_QUEUE_MAX];
};

/** What is wrong, where, and what was there. how: VTS_IO_REQUEST_*; 0: nothing. */
struct virtio_error {
	uint8_t how;
	uint64_t address, value;
};

/** As after a reset. */
void virtio_queue_reset(struct virtio_queue *queue);

/** Whether the queue can be where its registers say; @error says why not. */
bool virtio_queue_is_valid(const struct virtio_queue *queue, const struct guest_memory *memory,
			   struct virtio_error *error);

/** Take the next chain. False: there is none, or something is wrong with it or with the queue (error->how). */
bool virtio_queue_take(struct virtio_queue *queue, struct guest_memory *memory,
		       struct virtio_chain *chain, struct virtio_error *error);

/** Give a chain back, @written bytes of it written. Errors: no memory. The driver sees it with virtio_queue_show. */
bool virtio_queue_give(struct vcpu *vcpu, struct virtio_queue *queue, uint16_t head,
		       uint32_t written, struct virtio_error *error);

/** Show the driver what was given back; @interrupt: whether it wants to be told. Errors: no memory. */
bool virtio_queue_show(struct vcpu *vcpu, struct virtio_queue *queue, bool *interrupt,
		       struct virtio_error *error);

/** A place in a chain's buffers of one kind. */
struct virtio_cursor {
	const struct virtio_segment *segment;
	uint32_t offset;
};

static inline struct virtio_cursor virtio_readable(const struct virtio_chain *chain)
{
	return (struct virtio_cursor){chain->segment, 0};
}

static inline struct virtio_cursor virtio_writable(const struct virtio_chain *chain)
{
	return (struct virtio_cursor){chain->segment + chain->readable, 0};
}

/** Copy out of or into the buffers, and go on behind. The caller knows that there are @bytes. -1: no memory. */
int virtio_read(struct vcpu *vcpu, struct virtio_cursor *cursor, void *to, uint32_t bytes);
int virtio_write(struct vcpu *vcpu, struct virtio_cursor *cursor, const void *from, uint32_t bytes);
void virtio_skip(struct virtio_cursor *cursor, uint32_t bytes);

#endif
