/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio driver: finds a device on the fake machine's PCI bus, negotiates, builds rings. It keeps to the standard; tests
 * that do not then change what it built.
 */
#ifndef TESTS_UNIT_VIRTIO_DRIVER_H
#define TESTS_UNIT_VIRTIO_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/device/virtio.h"
#include "tests/unit/pci_machine.h"

/* Common configuration, by name of the standard. */
enum {
	DEVICE_FEATURE_SELECT = 0,
	DEVICE_FEATURE = 4,
	DRIVER_FEATURE_SELECT = 8,
	DRIVER_FEATURE = 12,
	CONFIG_MSIX_VECTOR = 16,
	NUM_QUEUES = 18,
	DEVICE_STATUS = 20,
	CONFIG_GENERATION = 21,
	QUEUE_SELECT = 22,
	QUEUE_SIZE = 24,
	QUEUE_MSIX_VECTOR = 26,
	QUEUE_ENABLE = 28,
	QUEUE_NOTIFY_OFF = 30,
	QUEUE_DESC = 32,
	QUEUE_DRIVER = 40,
	QUEUE_DEVICE = 48,
};

#define NEXT	 1u
#define WRITE	 2u
#define INDIRECT 4u

struct driver_queue {
	uint64_t desc, avail, used;
	uint16_t size, added, taken;
	uint16_t
	    free; /* the next descriptor to use; the driver keeps fewer in flight than there are */
};

struct driver {
	unsigned slot;
	uint64_t common, isr, config, notify;
	uint16_t notify_port;
	uint64_t features;
	struct driver_queue queue[VIRTIO_QUEUES];
};

struct buffer {
	uint64_t gpa;
	uint32_t bytes;
	bool write;
};

/** Find the device of @slot: its BARs are mapped and it may access memory. Nothing is negotiated. */
void driver_find(struct driver *driver, unsigned slot);
/** From reset to DRIVER_OK, with @features of those offered, and @queues queues of @size. */
void driver_start(struct driver *driver, unsigned slot, uint64_t features, unsigned queues,
		  uint16_t size);
/** The same up to before DRIVER_OK, on a driver that was found. */
void driver_negotiate(struct driver *driver, uint64_t features);
void driver_queue_set(struct driver *driver, unsigned number, uint16_t size);
uint8_t driver_status(const struct driver *driver);

uint64_t common_in(const struct driver *driver, unsigned offset, unsigned size);
void common_out(const struct driver *driver, unsigned offset, unsigned size, uint64_t value);

/** Write descriptor @index of the table at @table. */
void descriptor_set(uint64_t table, unsigned index, uint64_t gpa, uint32_t bytes, unsigned flags,
		    uint16_t next);
/** Put a chain into the queue; by an indirect table at @table unless that is 0. Returns its head. */
uint16_t driver_add(struct driver *driver, unsigned number, const struct buffer *buffer,
		    unsigned count, uint64_t table);
/** Make available the descriptor @head, whatever it is. */
void driver_offer(struct driver *driver, unsigned number, uint16_t head);
/** Notify, by port or by memory. */
void driver_notify(struct driver *driver, unsigned number, bool by_port);
/** Whether the device wants a notification, now that the index has gone from @old on. */
bool driver_must_notify(struct driver *driver, unsigned number, uint16_t old);
/** Take a used entry; false: there is none. */
bool driver_take(struct driver *driver, unsigned number, uint32_t *head, uint32_t *written);

/* Guest memory in other sizes. */
uint16_t guest_in16(uint64_t gpa);
void guest_out16(uint64_t gpa, uint16_t value);
void guest_copy_in(uint64_t gpa, void *to, uint32_t bytes);
void guest_copy_out(uint64_t gpa, const void *from, uint32_t bytes);

#endif
