/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtio block device (OASIS virtio 1.2, 5.2), the paravirtual disk. */
#ifndef CORE_VMM_DEVICE_VIRTIO_BLK_H
#define CORE_VMM_DEVICE_VIRTIO_BLK_H

#include "core-vmm/device/disk.h"
#include "core-vmm/device/virtio.h"

#define VIRTIO_BLK_BUFFER 4096u

struct virtio_blk {
	struct virtio virtio; /* first */
	struct disk *disk;
	_Alignas(16) uint8_t buffer[VIRTIO_BLK_BUFFER];
};

/** Put it on the bus, over @disk. */
void virtio_blk_create(struct vm *vm, struct virtio_blk *blk, struct disk *disk);

#endif
