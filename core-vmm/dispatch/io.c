/* SPDX-License-Identifier: GPL-2.0-only */
/* Port I/O: from port to device. */
#include "core-vmm/dispatch/io.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/record.h"

static uint64_t none_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	(void)vcpu, (void)state, (void)offset, (void)size;
	return ~0ull;
}

static void none_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
		       unsigned size, uint64_t value)
{
	(void)vcpu, (void)exit, (void)state, (void)offset, (void)size, (void)value;
}

/* What answers where nothing is. */
static const struct bus_region nothing = {
    .device = VTS_DEVICE_NONE, .read = none_read, .write = none_write, .bytes = 0x10000};

void io_record(struct vcpu *vcpu, enum vts_device device, bool write, uint64_t address,
	       uint64_t bytes, uint64_t value)
{
	record_io_request(vcpu, VTS_IO_REQUEST_TRAPPED, device, write, address, bytes, value, 1, 0);
}

bool handle_io(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t q = exit->qualification;
	unsigned size = IO_SIZE(q);
	uint16_t port = IO_PORT(q);
	uint32_t mask = 0xffffffffu >> (32 - 8 * size), value;
	const struct bus_region *region = bus_find(&vcpu->vm->devices->ports, port);

	if (!region)
		region = &nothing;
	exit->how = VTS_EXIT_IO;
	if (!IO_IN(q))
		exit->flags |= VTS_FLAG_WRITE;
	if (IO_STRING(q))
		return handle_io_string(vcpu, exit, region);
	if (IO_IN(q)) {
		value =
		    (uint32_t)region->read(vcpu, region->state, port - region->first, size) & mask;
		/* A 32-bit result clears the upper half (SDM vol. 1, 3.4.1.1). */
		vcpu->gpr[RAX] = size == 4 ? value : (vcpu->gpr[RAX] & ~(uint64_t)mask) | value;
	} else {
		value = (uint32_t)vcpu->gpr[RAX] & mask;
		region->write(vcpu, exit, region->state, port - region->first, size, value);
	}
	io_record(vcpu, region->device, !IO_IN(q), port, size, value);
	instruction_skip(exit);
	return true;
}
