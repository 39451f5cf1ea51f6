/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk's backend, which the trapped and the paravirtual disk share: sectors of 512 bytes, at once. What disk_flush has
 * returned from is in the host's file.
 */
#ifndef CORE_VMM_DEVICE_DISK_H
#define CORE_VMM_DEVICE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/event.h"

struct vcpu;

#define DISK_SECTOR 512u

struct disk {
	uint64_t sectors; /* 0: there is no disk */
	bool read_only;
	uint64_t waited; /* time that the VMM's clock left out, since disk_record */
	void *backend;
	/* Whole sectors, all within the disk, to or from the VMM's memory. 0, or -1: the host's file or device failed. */
	int (*read)(struct disk *disk, uint64_t sector, unsigned count, void *to);
	int (*write)(struct disk *disk, uint64_t sector, unsigned count, const void *from);
	int (*flush)(struct disk *disk);
};

/** Whether [@sector, @sector + @count) is within the disk, and @count is not 0. */
static inline bool disk_has(const struct disk *disk, uint64_t sector, uint64_t count)
{
	return count && sector < disk->sectors && count <= disk->sectors - sector;
}

/**
 * A request is done: the one event that stands for it. @address: the command's port, or where its data is in guest memory;
 * @bytes: that were moved, from or to @sector on; @depth: requests in the queue, this one included. The host gives back the space
 * of what was discarded (VTS_IO_REQUEST_DISCARD) and not written since: what the guest was told is written has its event.
 */
void disk_record(struct vcpu *vcpu, enum vts_how how, bool write, uint64_t address, uint64_t bytes,
		 uint64_t sector, uint64_t depth);

#endif
