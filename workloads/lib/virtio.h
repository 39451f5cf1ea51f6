/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver for virtio devices over PCI (OASIS virtio 1.2), polled, or with an interrupt for what it has not taken back yet,
 * by the device's line or by MSI-X. Its queues are split rings;
 * buffers are guest-physical addresses, which guests of this library see as their own.
 */
#ifndef WORKLOADS_LIB_VIRTIO_H
#define WORKLOADS_LIB_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_VENDOR  0x1af4
#define VIRTIO_ID(id)  (0x1040 + (id))
#define VIRTIO_BLOCK   2u
#define VIRTIO_CONSOLE 3u

#define VIRTIO_QUEUES 2u

#define VIRTIO_F_INDIRECT_DESC (1ul << 28)
#define VIRTIO_F_EVENT_IDX     (1ul << 29)
#define VIRTIO_F_VERSION_1     (1ul << 32)

#define VIRTIO_NEEDS_RESET 64u

#define VIRTIO_DESC_NEXT     1u
#define VIRTIO_DESC_WRITE    2u
#define VIRTIO_DESC_INDIRECT 4u

struct virtio_desc {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

struct virtio_avail {
	uint16_t flags, index, ring[];
};

struct virtio_used {
	uint16_t flags, index;
	struct {
		uint32_t head, written;
	} ring[];
};

/** 4.1.4.3. */
struct virtio_common {
	uint32_t device_feature_select, device_feature, driver_feature_select, driver_feature;
	uint16_t config_msix_vector, num_queues;
	uint8_t device_status, config_generation;
	uint16_t queue_select, queue_size, queue_msix_vector, queue_enable, queue_notify_off;
	uint64_t queue_desc, queue_driver, queue_device;
};

struct virtio_queue {
	struct virtio_desc *desc;
	struct virtio_avail *avail;
	struct virtio_used *used;
	uint16_t size;
	uint16_t added, kicked,
	    taken; /* free-running: offered, offered when last notified, taken back */
};

struct virtio {
	unsigned slot;
	volatile struct virtio_common *common;
	volatile uint8_t *isr, *config;
	volatile uint16_t *notify; /* of queue 0 */
	uint32_t notify_step;	   /* bytes from queue to queue */
	uint16_t notify_port;	   /* 0: none is offered */
	bool by_memory;		   /* notify by memory though there is a port */
	bool interrupts;	   /* wanted: set before virtio_start, or by virtio_interrupts */
	uint64_t features;	   /* negotiated */
	struct virtio_queue queue[VIRTIO_QUEUES];
};

/** Find the device: its registers, and no more. False: there is none. */
bool virtio_find(struct virtio *virtio, unsigned id);

/**
 * Reset it, negotiate those of @features that it offers, and start @queues queues of at most @size places. False: it refuses.
 */
bool virtio_start(struct virtio *virtio, uint64_t features, unsigned queues, uint16_t size);

/** Interrupts of @queue come by MSI-X vector @entry; after virtio_start, and pci_msix_set. */
void virtio_msix(struct virtio *virtio, unsigned queue, uint16_t entry);

/** Whether interrupts are wanted: with the next chain that is given back. */
void virtio_interrupts(struct virtio *virtio, bool wanted);

/** The next interrupt when @count chains more have been given back; without VIRTIO_F_EVENT_IDX the device does not heed it. */
void virtio_interrupt_after(struct virtio *virtio, unsigned queue, unsigned count);

/** Offer the chain that begins at descriptor @head. The device learns of it with virtio_kick. */
void virtio_offer(struct virtio *virtio, unsigned queue, uint16_t head);

/** Tell the device of what was offered, if it wants to be told; whether it was. */
bool virtio_kick(struct virtio *virtio, unsigned queue);

/** Notify, wanted or not. */
void virtio_notify(struct virtio *virtio, unsigned queue);

/** Take a chain back, if the device is done with one. */
bool virtio_take(struct virtio *virtio, unsigned queue, uint32_t *head, uint32_t *written);

static inline bool virtio_is_broken(const struct virtio *virtio)
{
	return virtio->common->device_status & VIRTIO_NEEDS_RESET;
}

#endif
