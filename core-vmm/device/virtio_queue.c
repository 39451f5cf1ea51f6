/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/virtio_queue.h"

#include <stddef.h>

#include "core-vmm/memory/paging.h"

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

#define DESCRIPTOR_NEXT	    1
#define DESCRIPTOR_WRITE    2
#define DESCRIPTOR_INDIRECT 4

/* The driver's part: flags, idx, ring[size], used_event. The device's: flags, idx, ring[size], avail_event. */
#define INDEX_AT	   2
#define RING_AT		   4
#define DRIVER_ENTRY_BYTES 2u
#define DEVICE_ENTRY_BYTES 8u

#define DRIVER_NO_INTERRUPT 1

struct used_entry {
	uint32_t head, written;
};

static bool wrong(struct virtio_error *error, unsigned how, uint64_t address, uint64_t value)
{
	*error = (struct virtio_error){(uint8_t)how, address, value};
	return false;
}

/** As guest_memory_read, for few bytes, a number that the compiler knows: without a loop where they are in one page. */
static inline int small_read(struct guest_memory *memory, uint64_t gpa, void *to, unsigned bytes)
{
	uint64_t hpa = guest_memory_find(memory, gpa);

	if (!hpa || (gpa & (PAGE_SIZE - 1)) > PAGE_SIZE - bytes)
		return guest_memory_read(memory, gpa, to, bytes);
	__builtin_memcpy(to, platform_virt(hpa), bytes);
	return 0;
}

/* ---- the three parts ---- */

static uint64_t descriptors_bytes(const struct virtio_queue *queue)
{
	return queue->size * sizeof(struct descriptor);
}

static uint64_t driver_bytes(const struct virtio_queue *queue)
{
	return RING_AT + queue->size * DRIVER_ENTRY_BYTES + 2;
}

static uint64_t device_bytes(const struct virtio_queue *queue)
{
	return RING_AT + queue->size * DEVICE_ENTRY_BYTES + 2;
}

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
	return a < b + b_bytes && b < a + a_bytes;
}

void virtio_queue_reset(struct virtio_queue *queue)
{
	*queue = (struct virtio_queue){.size = VIRTIO_QUEUE_MAX, .vector = 0xffff};
}

bool virtio_queue_is_valid(const struct virtio_queue *queue, const struct guest_memory *memory,
			   struct virtio_error *error)
{
	const struct {
		uint64_t address, bytes, align;
	} part[] = {{queue->descriptors, descriptors_bytes(queue), 16},
		    {queue->driver, driver_bytes(queue), 2},
		    {queue->device, device_bytes(queue), 4}};

	if (!queue->size || queue->size & (queue->size - 1) || queue->size > VIRTIO_QUEUE_MAX)
		return wrong(error, VTS_IO_REQUEST_BAD_QUEUE, 0, queue->size);
	for (unsigned i = 0; i < 3; i++) {
		if (part[i].address % part[i].align ||
		    !guest_memory_has(memory, part[i].address, part[i].bytes))
			return wrong(error, VTS_IO_REQUEST_BAD_QUEUE, part[i].address, queue->size);
		for (unsigned j = 0; j < i; j++)
			if (overlap(part[i].address, part[i].bytes, part[j].address, part[j].bytes))
				return wrong(error, VTS_IO_REQUEST_BAD_QUEUE, part[i].address,
					     queue->size);
	}
	return true;
}

static bool in_queue(const struct virtio_queue *queue, uint64_t gpa, uint64_t bytes)
{
	return overlap(gpa, bytes, queue->descriptors, descriptors_bytes(queue)) ||
	       overlap(gpa, bytes, queue->driver, driver_bytes(queue)) ||
	       overlap(gpa, bytes, queue->device, device_bytes(queue));
}

/* ---- chains ---- */

static bool buffer_add(const struct virtio_queue *queue, const struct guest_memory *memory,
		       struct virtio_chain *chain, const struct descriptor *descriptor,
		       struct virtio_error *error)
{
	bool write = descriptor->flags & DESCRIPTOR_WRITE;
	uint32_t *bytes = write ? &chain->writable_bytes : &chain->readable_bytes;
	uint64_t gpa = descriptor->address;

	if (chain->segments == VIRTIO_QUEUE_MAX)
		return wrong(error, VTS_IO_REQUEST_LOOP, gpa, chain->head);
	if (!guest_memory_has(memory, gpa, descriptor->length))
		return wrong(error, VTS_IO_REQUEST_OUTSIDE, gpa, descriptor->length);
	if (write && in_queue(queue, gpa, descriptor->length))
		return wrong(error, VTS_IO_REQUEST_IN_QUEUE, gpa, descriptor->length);
	if (!write && chain->segments != chain->readable)
		return wrong(error, VTS_IO_REQUEST_BAD_ORDER, gpa, chain->head);
	if (descriptor->length > VIRTIO_CHAIN_BYTES - chain->readable_bytes - chain->writable_bytes)
		return wrong(error, VTS_IO_REQUEST_TOO_LONG, gpa, descriptor->length);
	*bytes += descriptor->length;
	chain->segment[chain->segments++] = (struct virtio_segment){gpa, descriptor->length};
	chain->readable += !write;
	return true;
}

/**
 * Follow a chain within a table of @count descriptors, the queue's own or an indirect one, from @index on. @indirect: takes
 * an indirect descriptor, which ends the chain; NULL where there can be none.
 */
static bool chain_follow(const struct virtio_queue *queue, struct guest_memory *memory,
			 uint64_t table, unsigned count, unsigned index, struct virtio_chain *chain,
			 struct descriptor *indirect, struct virtio_error *error)
{
	struct descriptor descriptor;

	for (unsigned seen = 0; seen < count; seen++) {
		uint64_t at = table + index * sizeof(descriptor);

		if (index >= count)
			return wrong(error, VTS_IO_REQUEST_BAD_INDEX, table, index);
		if (small_read(memory, at, &descriptor, sizeof(descriptor)))
			return wrong(error, VTS_IO_REQUEST_OUTSIDE, at, sizeof(descriptor));
		if (descriptor.flags & DESCRIPTOR_INDIRECT) {
			if (!indirect || descriptor.flags & DESCRIPTOR_NEXT ||
			    !(queue->features & VIRTIO_F_INDIRECT_DESC))
				return wrong(error, VTS_IO_REQUEST_BAD_INDIRECT, at,
					     descriptor.flags);
			*indirect = descriptor;
			return true;
		}
		if (!buffer_add(queue, memory, chain, &descriptor, error))
			return false;
		if (!(descriptor.flags & DESCRIPTOR_NEXT))
			return true;
		index = descriptor.next;
	}
	return wrong(error, VTS_IO_REQUEST_LOOP, table, chain->head);
}

static bool chain_read(const struct virtio_queue *queue, struct guest_memory *memory,
		       struct virtio_chain *chain, struct virtio_error *error)
{
	struct descriptor indirect = {.length = 0};
	uint32_t count;

	chain->readable = chain->segments = 0;
	chain->readable_bytes = chain->writable_bytes = 0;
	if (!chain_follow(queue, memory, queue->descriptors, queue->size, chain->head, chain,
			  &indirect, error))
		return false;
	if (!(indirect.flags & DESCRIPTOR_INDIRECT))
		return true;
	count = indirect.length / (uint32_t)sizeof(indirect);
	if (!count || indirect.length % sizeof(indirect) || count > VIRTIO_QUEUE_MAX)
		return wrong(error, VTS_IO_REQUEST_BAD_INDIRECT, indirect.address, indirect.length);
	if (!guest_memory_has(memory, indirect.address, indirect.length))
		return wrong(error, VTS_IO_REQUEST_OUTSIDE, indirect.address, indirect.length);
	return chain_follow(queue, memory, indirect.address, count, 0, chain, NULL, error);
}

/** Read the driver's index, which is at most a whole queue ahead. */
static bool index_read(struct virtio_queue *queue, struct guest_memory *memory,
		       struct virtio_error *error)
{
	uint64_t at = queue->driver + INDEX_AT;

	if (small_read(memory, at, &queue->seen, sizeof(queue->seen)))
		return wrong(error, VTS_IO_REQUEST_OUTSIDE, at, sizeof(queue->seen));
	if ((uint16_t)(queue->seen - queue->next) > queue->size)
		return wrong(error, VTS_IO_REQUEST_BAD_INDEX, at, queue->seen);
	return true;
}

bool virtio_queue_take(struct virtio_queue *queue, struct guest_memory *memory,
		       struct virtio_chain *chain, struct virtio_error *error)
{
	uint64_t at = queue->driver + RING_AT + DRIVER_ENTRY_BYTES * (queue->next % queue->size);

	error->how = 0;
	if (queue->next == queue->seen && !index_read(queue, memory, error))
		return false;
	if (queue->next == queue->seen)
		return false;
	if (small_read(memory, at, &chain->head, sizeof(chain->head)))
		return wrong(error, VTS_IO_REQUEST_OUTSIDE, at, sizeof(chain->head));
	chain->depth = (uint16_t)(queue->seen - queue->next);
	queue->next++;
	return chain_read(queue, memory, chain, error);
}

/* ---- the device's part ---- */

static bool ring_write(struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes,
		       struct virtio_error *error)
{
	return !vcpu->vm->paging->write_block(vcpu, gpa, from, bytes) ||
	       wrong(error, VTS_IO_REQUEST_OUTSIDE, gpa, bytes);
}

bool virtio_queue_give(struct vcpu *vcpu, struct virtio_queue *queue, uint16_t head,
		       uint32_t written, struct virtio_error *error)
{
	struct used_entry entry = {head, written};
	uint64_t at = queue->device + RING_AT + DEVICE_ENTRY_BYTES * (queue->used % queue->size);

	queue->used++;
	return ring_write(vcpu, at, &entry, sizeof(entry), error);
}

/** Whether an index stepped past @event on its way from @old to @now: 2.7.10.1. */
static bool index_passed(uint16_t event, uint16_t now, uint16_t old)
{
	return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

bool virtio_queue_show(struct vcpu *vcpu, struct virtio_queue *queue, bool *interrupt,
		       struct virtio_error *error)
{
	bool events = queue->features & VIRTIO_F_EVENT_IDX;
	uint64_t hint = queue->driver + (events ? driver_bytes(queue) - 2 : 0);
	uint16_t old = queue->shown, value;

	*interrupt = false;
	if (events && !ring_write(vcpu, queue->device + device_bytes(queue) - 2, &queue->next,
				  sizeof(queue->next), error))
		return false;
	if (queue->used == old)
		return true;
	if (!ring_write(vcpu, queue->device + INDEX_AT, &queue->used, sizeof(queue->used), error))
		return false;
	queue->shown = queue->used;
	if (small_read(&vcpu->vm->memory, hint, &value, sizeof(value)))
		return wrong(error, VTS_IO_REQUEST_OUTSIDE, hint, sizeof(value));
	*interrupt =
	    events ? index_passed(value, queue->used, old) : !(value & DRIVER_NO_INTERRUPT);
	return true;
}

/* ---- buffers ---- */

/** The piece at @cursor, at most @bytes long, which it then steps over. */
static struct virtio_segment piece_next(struct virtio_cursor *cursor, uint32_t bytes)
{
	struct virtio_segment piece;

	while (cursor->offset == cursor->segment->bytes)
		cursor->segment++, cursor->offset = 0;
	piece.gpa = cursor->segment->gpa + cursor->offset;
	piece.bytes = cursor->segment->bytes - cursor->offset;
	if (piece.bytes > bytes)
		piece.bytes = bytes;
	cursor->offset += piece.bytes;
	return piece;
}

int virtio_read(struct vcpu *vcpu, struct virtio_cursor *cursor, void *to, uint32_t bytes)
{
	char *at = to;

	while (bytes) {
		struct virtio_segment piece = piece_next(cursor, bytes);

		if (guest_memory_read(&vcpu->vm->memory, piece.gpa, at, piece.bytes))
			return -1;
		at += piece.bytes;
		bytes -= piece.bytes;
	}
	return 0;
}

int virtio_write(struct vcpu *vcpu, struct virtio_cursor *cursor, const void *from, uint32_t bytes)
{
	const char *at = from;

	while (bytes) {
		struct virtio_segment piece = piece_next(cursor, bytes);

		if (vcpu->vm->paging->write_block(vcpu, piece.gpa, at, piece.bytes))
			return -1;
		at += piece.bytes;
		bytes -= piece.bytes;
	}
	return 0;
}

void virtio_skip(struct virtio_cursor *cursor, uint32_t bytes)
{
	while (bytes)
		bytes -= piece_next(cursor, bytes).bytes;
}
