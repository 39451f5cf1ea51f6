// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/virtio.h"

#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/pci.h"
#include "workloads/lib/string.h"

enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE };
#define CAP_TYPE       3
#define CAP_BAR	       4
#define CAP_OFFSET     8
#define CAP_MULTIPLIER 16

#define ACKNOWLEDGE 1
#define DRIVER	    2
#define DRIVER_OK   4
#define FEATURES_OK 8

#define BAR_BYTES    0x4000ul
#define NO_INTERRUPT 1

static void notify_note(struct virtio *virtio, unsigned at, unsigned bar, uint32_t offset,
			volatile uint8_t *base)
{
	if (!base) {
		virtio->notify_port = (uint16_t)(pci_bar(virtio->slot, bar) + offset);
		return;
	}
	virtio->notify = (volatile uint16_t *)(base + offset);
	virtio->notify_step = pci_read(virtio->slot, at + CAP_MULTIPLIER, 4);
}

static void structure_note(struct virtio *virtio, unsigned at)
{
	unsigned slot = virtio->slot, bar = pci_read(slot, at + CAP_BAR, 1);
	uint32_t offset = pci_read(slot, at + CAP_OFFSET, 4);
	unsigned type = pci_read(slot, at + CAP_TYPE, 1);
	volatile uint8_t *base = NULL;

	if (type < CAP_COMMON || type > CAP_DEVICE)
		return;
	if (!(pci_read(slot, PCI_BAR(bar), 4) & 1))
		base = pci_map(slot, bar, BAR_BYTES);
	if (type == CAP_NOTIFY)
		notify_note(virtio, at, bar, offset, base);
	else if (type == CAP_COMMON)
		virtio->common = (volatile struct virtio_common *)(base + offset);
	else if (type == CAP_ISR)
		virtio->isr = base + offset;
	else
		virtio->config = base + offset;
}

bool virtio_find(struct virtio *virtio, unsigned id)
{
	unsigned slot = pci_find(VIRTIO_VENDOR, (uint16_t)VIRTIO_ID(id));

	memset(virtio, 0, sizeof(*virtio));
	if (slot == PCI_SLOTS)
		return false;
	virtio->slot = slot;
	pci_write(slot, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	for (unsigned at = pci_capability(slot, 0, PCI_CAP_VENDOR); at;
	     at = pci_capability(slot, at, PCI_CAP_VENDOR))
		structure_note(virtio, at);
	return true;
}

static uint64_t features_offered(volatile struct virtio_common *common)
{
	uint64_t features;

	common->device_feature_select = 1;
	features = (uint64_t)common->device_feature << 32;
	common->device_feature_select = 0;
	return features | common->device_feature;
}

static void features_accept(volatile struct virtio_common *common, uint64_t features)
{
	common->driver_feature_select = 0;
	common->driver_feature = (uint32_t)features;
	common->driver_feature_select = 1;
	common->driver_feature = (uint32_t)(features >> 32);
}

/** With what used entry the device is to interrupt: the next; polled: as late as can be. */
static void used_event_set(struct virtio *virtio, struct virtio_queue *queue)
{
	queue->avail->ring[queue->size] = (uint16_t)(queue->taken - !virtio->interrupts);
}

static void interrupts_set(struct virtio *virtio, struct virtio_queue *queue)
{
	queue->avail->flags = virtio->interrupts ? 0 : NO_INTERRUPT;
	used_event_set(virtio, queue);
}

void virtio_interrupts(struct virtio *virtio, bool wanted)
{
	virtio->interrupts = wanted;
	for (unsigned i = 0; i < VIRTIO_QUEUES; i++)
		if (virtio->queue[i].desc)
			interrupts_set(virtio, &virtio->queue[i]);
}

void virtio_interrupt_after(struct virtio *virtio, unsigned number, unsigned count)
{
	struct virtio_queue *queue = &virtio->queue[number];

	if (virtio->interrupts)
		queue->avail->ring[queue->size] = (uint16_t)(queue->taken + count - 1);
}

static void queue_start(struct virtio *virtio, unsigned number, uint16_t size)
{
	volatile struct virtio_common *common = virtio->common;
	struct virtio_queue *queue = &virtio->queue[number];

	common->queue_select = (uint16_t)number;
	if (size > common->queue_size)
		size = common->queue_size;
	/* The memory of an earlier start is used again. */
	if (!queue->desc) {
		queue->desc = memory_take(PAGE_SIZE, PAGE_SIZE);
		queue->avail = memory_take(PAGE_SIZE, PAGE_SIZE);
		queue->used = memory_take(PAGE_SIZE, PAGE_SIZE);
	}
	memset(queue->desc, 0, PAGE_SIZE);
	memset(queue->avail, 0, PAGE_SIZE);
	memset(queue->used, 0, PAGE_SIZE);
	queue->size = size;
	queue->added = queue->kicked = queue->taken = 0;
	interrupts_set(virtio, queue);
	common->queue_size = size;
	common->queue_desc = (uint64_t)queue->desc;
	common->queue_driver = (uint64_t)queue->avail;
	common->queue_device = (uint64_t)queue->used;
	common->queue_enable = 1;
}

bool virtio_start(struct virtio *virtio, uint64_t features, unsigned queues, uint16_t size)
{
	volatile struct virtio_common *common = virtio->common;
	uint8_t status = ACKNOWLEDGE | DRIVER;

	common->device_status = 0;
	while (common->device_status)
		;
	common->device_status = ACKNOWLEDGE;
	common->device_status = status;
	virtio->features = (features | VIRTIO_F_VERSION_1) & features_offered(common);
	features_accept(common, virtio->features);
	common->device_status = status |= FEATURES_OK;
	if (!(common->device_status & FEATURES_OK))
		return false;
	for (unsigned i = 0; i < queues; i++)
		queue_start(virtio, i, size);
	common->device_status = status |= DRIVER_OK;
	return common->device_status == status;
}

void virtio_msix(struct virtio *virtio, unsigned queue, uint16_t entry)
{
	virtio->common->queue_select = (uint16_t)queue;
	virtio->common->queue_msix_vector = entry;
}

/* The device sees what is written before the index as soon as it sees the index: one processor, and the compiler is held. */
static inline void barrier(void)
{
	__asm__ volatile("" ::: "memory");
}

void virtio_offer(struct virtio *virtio, unsigned number, uint16_t head)
{
	struct virtio_queue *queue = &virtio->queue[number];

	queue->avail->ring[queue->added % queue->size] = head;
	barrier();
	queue->avail->index = ++queue->added;
	barrier();
}

/** Where the device says how far it will go before it wants to be told; behind the used ring. */
static volatile uint16_t *avail_event(struct virtio_queue *queue)
{
	return (volatile uint16_t *)&queue->used->ring[queue->size];
}

void virtio_notify(struct virtio *virtio, unsigned number)
{
	barrier();
	if (virtio->notify_port && !virtio->by_memory)
		out16(virtio->notify_port, (uint16_t)number);
	else
		*(volatile uint16_t *)((volatile uint8_t *)virtio->notify +
				       number * virtio->notify_step) = (uint16_t)number;
	barrier();
}

bool virtio_kick(struct virtio *virtio, unsigned number)
{
	struct virtio_queue *queue = &virtio->queue[number];
	uint16_t old = queue->kicked, now = queue->added;
	bool wanted;

	queue->kicked = now;
	if (virtio->features & VIRTIO_F_EVENT_IDX)
		wanted = (uint16_t)(now - *avail_event(queue) - 1) < (uint16_t)(now - old);
	else
		wanted = now != old && !(queue->used->flags & 1);
	if (wanted)
		virtio_notify(virtio, number);
	return wanted;
}

bool virtio_take(struct virtio *virtio, unsigned number, uint32_t *head, uint32_t *written)
{
	struct virtio_queue *queue = &virtio->queue[number];

	barrier();
	if (queue->used->index == queue->taken)
		return false;
	*head = queue->used->ring[queue->taken % queue->size].head;
	*written = queue->used->ring[queue->taken % queue->size].written;
	queue->taken++;
	used_event_set(virtio, queue);
	return true;
}
