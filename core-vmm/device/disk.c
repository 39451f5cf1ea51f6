/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/disk.h"

#include "core-vmm/record.h"

void disk_record(struct vcpu *vcpu, enum vts_how how, bool write, uint64_t address, uint64_t bytes,
		 uint64_t depth)
{
	struct disk *disk = vcpu->vm->disk;
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_IO_REQUEST, how, VTS_DEVICE_DISK,
			     write ? VTS_FLAG_WRITE : 0);
	event->io_request.address = address;
	event->io_request.bytes = bytes;
	event->io_request.value = 0;
	event->io_request.depth = depth;
	event->io_request.wait = disk->waited;
	disk->waited = 0;
	record_end(vcpu);
}
