/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio device on the PCI bus, without the legacy interface (OASIS virtio 1.2, 2 and 4.1): status, features, queues and
 * interrupts. What each kind of device does with its chains is its class's.
 *
 * A guest that breaks a rule of the standard which the device has to rely on gets an event that says which
 * (VTS_IO_REQUEST_BAD_* and their like), and the device stops with DEVICE_NEEDS_RESET until it is reset. One notification
 * makes the device take at most as many chains as the queue has places, each of at most VIRTIO_CHAIN_BYTES.
 */
#ifndef CORE_VMM_DEVICE_VIRTIO_H
#define CORE_VMM_DEVICE_VIRTIO_H

#include "core-vmm/device/pci.h"
#include "core-vmm/device/pci_msix.h"
#include "core-vmm/device/virtio_queue.h"

#define VIRTIO_QUEUES 2u
#define VIRTIO_CONFIG 64u /* bytes of the device's own configuration, at most */

/* Device status, 2.1. */
#define VIRTIO_ACKNOWLEDGE 1u
#define VIRTIO_DRIVER	   2u
#define VIRTIO_DRIVER_OK   4u
#define VIRTIO_FEATURES_OK 8u
#define VIRTIO_NEEDS_RESET 64u
#define VIRTIO_FAILED	   128u

/* BARs, and where in the first of them the structures are. */
enum { VIRTIO_BAR_MEMORY, VIRTIO_BAR_MSIX, VIRTIO_BAR_PORT };
#define VIRTIO_COMMON_AT 0x0000u
#define VIRTIO_ISR_AT	 0x1000u
#define VIRTIO_DEVICE_AT 0x2000u
#define VIRTIO_NOTIFY_AT 0x3000u

struct virtio;

struct virtio_class {
	enum vts_device source;
	uint16_t id; /* virtio's: 5 */
	uint32_t pci_class;
	unsigned queues;
	uint64_t features; /* besides those that all have */
	/** Take a chain, which is in virtio->chain; @written: bytes. False: it is malformed, and virtio_stop was called. */
	bool (*chain)(struct vcpu *vcpu, struct virtio *virtio, unsigned queue, uint32_t *written);
	/** Whether it has a use for a chain now; NULL: always. */
	bool (*wants)(struct vcpu *vcpu, struct virtio *virtio, unsigned queue);
};

struct virtio {
	struct pci_device pci;
	struct msix msix;
	const struct virtio_class *class;
	uint64_t offered, accepted; /* features */
	uint32_t offered_select, accepted_select;
	uint16_t queue_select, config_vector;
	uint8_t status, isr;
	uint8_t window; /* where the capability is that reaches BARs from configuration space */
	uint8_t config_bytes, config[VIRTIO_CONFIG];
	struct virtio_queue queue[VIRTIO_QUEUES];
	struct virtio_chain chain; /* the one being served */
};

/** Put the device, which is cleared, on the bus. @config: its own configuration. */
void virtio_create(struct vm *vm, struct virtio *virtio, const struct virtio_class *class,
		   uint64_t features, const void *config, unsigned config_bytes);

/** Serve what is in a queue: the driver notified the device, or the device has something to give. */
void virtio_serve(struct vcpu *vcpu, struct virtio *virtio, unsigned queue);

/** The guest broke a rule (VTS_IO_REQUEST_*): say so and stop until a reset. Always false. */
bool virtio_stop(struct vcpu *vcpu, struct virtio *virtio, const struct virtio_error *error);

/** One request is done: the event. @address: of its first buffer of data. */
void virtio_record(struct vcpu *vcpu, const struct virtio *virtio, bool write, uint64_t address,
		   uint64_t bytes);

#endif
