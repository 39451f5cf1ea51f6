/* SPDX-License-Identifier: GPL-2.0-only */
/* Between a virtio device and its PCI transport. */
#ifndef CORE_VMM_DEVICE_VIRTIO_PCI_H
#define CORE_VMM_DEVICE_VIRTIO_PCI_H

#include "core-vmm/device/virtio.h"

#define VIRTIO_NO_VECTOR 0xffffu

/** The registers of a device: identity, capabilities, BARs. */
void virtio_pci_create(struct vm *vm, struct virtio *virtio);

/* What the registers do. */
void virtio_reset(struct vcpu *vcpu, struct virtio *virtio);
void virtio_status_set(struct vcpu *vcpu, struct virtio *virtio, uint8_t status);
void virtio_queue_enable(struct vcpu *vcpu, struct virtio *virtio, struct virtio_queue *queue);

#endif
