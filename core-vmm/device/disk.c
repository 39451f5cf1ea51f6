/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/disk.h"

#include "core-vmm/record.h"

void disk_record(struct vcpu *vcpu, enum vts_how how, bool write, uint64_t address, uint64_t bytes,
		 uint64_t sector, uint64_t depth)
{
	struct disk *disk = vcpu->vm->disk;

	record_io_request(vcpu, how, VTS_DEVICE_DISK, write, address, bytes, sector, depth,
			  disk->waited);
	disk->waited = 0;
}
