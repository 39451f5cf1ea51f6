/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/virtio_driver.h"

#include <stdlib.h>
#include <string.h>

/* Queues lie at the start of guest memory, 64 KiB each. */
#define QUEUE_AT(number) (0x10000ull + 0x10000ull * (number))
#define AVAIL_OFFSET	 0x4000u
#define USED_OFFSET	 0x8000u

uint16_t guest_in16(uint64_t gpa)
{
	uint16_t value;

	guest_copy_in(gpa, &value, sizeof(value));
	return value;
}

void guest_out16(uint64_t gpa, uint16_t value)
{
	guest_copy_out(gpa, &value, sizeof(value));
}

void guest_copy_in(uint64_t gpa, void *to, uint32_t bytes)
{
	if (guest_memory_read(&fake.vm.memory, gpa, to, bytes))
		abort();
}

void guest_copy_out(uint64_t gpa, const void *from, uint32_t bytes)
{
	if (guest_memory_write(&fake.vm.memory, gpa, from, bytes))
		abort();
}

uint64_t common_in(const struct driver *driver, unsigned offset, unsigned size)
{
	return memory_in(driver->common + offset, size);
}

void common_out(const struct driver *driver, unsigned offset, unsigned size, uint64_t value)
{
	memory_out(driver->common + offset, size, value);
}

uint8_t driver_status(const struct driver *driver)
{
	return (uint8_t)common_in(driver, DEVICE_STATUS, 1);
}

/** Where BAR @number of the device is. */
static uint64_t bar_base(unsigned slot, unsigned number)
{
	uint32_t bar = config_in(slot, PCI_BAR(number), 4);

	return bar & (bar & 1 ? ~3u : ~15u);
}

static void structure_note(struct driver *driver, unsigned at)
{
	unsigned bar = config_in(driver->slot, at + 4, 1);
	uint64_t place = bar_base(driver->slot, bar) + config_in(driver->slot, at + 8, 4);

	switch (config_in(driver->slot, at + 3, 1)) {
	case 1:
		driver->common = place;
		break;
	case 2:
		if (config_in(driver->slot, PCI_BAR(bar), 4) & 1)
			driver->notify_port = (uint16_t)place;
		else
			driver->notify = place;
		break;
	case 3:
		driver->isr = place;
		break;
	case 4:
		driver->config = place;
		break;
	}
}

void driver_find(struct driver *driver, unsigned slot)
{
	memset(driver, 0, sizeof(*driver));
	driver->slot = slot;
	config_out(slot, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	for (unsigned at = config_in(slot, PCI_CAPABILITIES, 1); at;
	     at = config_in(slot, at + 1, 1))
		if (config_in(slot, at, 1) == 9)
			structure_note(driver, at);
}

void driver_negotiate(struct driver *driver, uint64_t features)
{
	common_out(driver, DEVICE_STATUS, 1, 0);
	common_out(driver, DEVICE_STATUS, 1, VIRTIO_ACKNOWLEDGE);
	common_out(driver, DEVICE_STATUS, 1, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	for (unsigned i = 0; i < 2; i++) {
		common_out(driver, DRIVER_FEATURE_SELECT, 4, i);
		common_out(driver, DRIVER_FEATURE, 4, (uint32_t)(features >> 32 * i));
	}
	common_out(driver, DEVICE_STATUS, 1,
		   VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
	driver->features = features;
}

void driver_queue_set(struct driver *driver, unsigned number, uint16_t size)
{
	struct driver_queue *queue = &driver->queue[number];
	static const char zeros[0x10000];

	*queue = (struct driver_queue){.desc = QUEUE_AT(number),
				       .avail = QUEUE_AT(number) + AVAIL_OFFSET,
				       .used = QUEUE_AT(number) + USED_OFFSET,
				       .size = size};
	guest_copy_out(queue->desc, zeros, sizeof(zeros));
	common_out(driver, QUEUE_SELECT, 2, number);
	common_out(driver, QUEUE_SIZE, 2, size);
	common_out(driver, QUEUE_DESC, 4, queue->desc);
	common_out(driver, QUEUE_DESC + 4, 4, 0);
	common_out(driver, QUEUE_DRIVER, 4, queue->avail);
	common_out(driver, QUEUE_DRIVER + 4, 4, 0);
	common_out(driver, QUEUE_DEVICE, 8, queue->used);
	common_out(driver, QUEUE_ENABLE, 2, 1);
}

void driver_start(struct driver *driver, unsigned slot, uint64_t features, unsigned queues,
		  uint16_t size)
{
	driver_find(driver, slot);
	driver_negotiate(driver, features);
	for (unsigned i = 0; i < queues; i++)
		driver_queue_set(driver, i, size);
	common_out(driver, DEVICE_STATUS, 1,
		   VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
}

void descriptor_set(uint64_t table, unsigned index, uint64_t gpa, uint32_t bytes, unsigned flags,
		    uint16_t next)
{
	fake_write(table + 16 * index, gpa);
	fake_write(table + 16 * index + 8, bytes | (uint64_t)flags << 32 | (uint64_t)next << 48);
}

void driver_offer(struct driver *driver, unsigned number, uint16_t head)
{
	struct driver_queue *queue = &driver->queue[number];

	guest_out16(queue->avail + 4 + 2 * (queue->added % queue->size), head);
	guest_out16(queue->avail + 2, ++queue->added);
}

uint16_t driver_add(struct driver *driver, unsigned number, const struct buffer *buffer,
		    unsigned count, uint64_t table)
{
	struct driver_queue *queue = &driver->queue[number];
	unsigned size = table ? count : queue->size;
	uint16_t head = queue->free, at = table ? 0 : head;

	for (unsigned i = 0; i < count; i++) {
		uint16_t next = (uint16_t)((at + 1) % size);

		descriptor_set(table ? table : queue->desc, at, buffer[i].gpa, buffer[i].bytes,
			       (buffer[i].write ? WRITE : 0) | (i + 1 < count ? NEXT : 0), next);
		at = next;
	}
	if (table) {
		descriptor_set(queue->desc, head, table, 16 * count, INDIRECT, 0);
		at = (uint16_t)((head + 1) % queue->size);
	}
	queue->free = at;
	driver_offer(driver, number, head);
	return head;
}

void driver_notify(struct driver *driver, unsigned number, bool by_port)
{
	if (by_port)
		port_out(driver->notify_port, 2, number);
	else
		memory_out(driver->notify + 4 * number, 2, number);
}

bool driver_must_notify(struct driver *driver, unsigned number, uint16_t old)
{
	struct driver_queue *queue = &driver->queue[number];
	uint16_t event;

	if (!(driver->features & VIRTIO_F_EVENT_IDX))
		return !(guest_in16(queue->used) & 1);
	event = guest_in16(queue->used + 4 + 8 * queue->size);
	return (uint16_t)(queue->added - event - 1) < (uint16_t)(queue->added - old);
}

bool driver_take(struct driver *driver, unsigned number, uint32_t *head, uint32_t *written)
{
	struct driver_queue *queue = &driver->queue[number];
	uint64_t entry;

	if (guest_in16(queue->used + 2) == queue->taken)
		return false;
	guest_copy_in(queue->used + 4 + 8 * (queue->taken++ % queue->size), &entry, 8);
	*head = (uint32_t)entry;
	*written = (uint32_t)(entry >> 32);
	return true;
}
