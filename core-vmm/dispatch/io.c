/* SPDX-License-Identifier: GPL-2.0-only */
/* Port I/O: from port to device, through one table. */
#include "core-vmm/dispatch/io.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/device/debug_exit.h"
#include "core-vmm/device/uart.h"
#include "core-vmm/record.h"

static uint32_t none_read(struct vm *vm, unsigned offset, unsigned size)
{
	(void)vm, (void)offset, (void)size;
	return 0xffffffff;
}

static void none_write(struct vcpu *vcpu, struct exit *exit, unsigned offset, unsigned size,
		       uint32_t value)
{
	(void)vcpu, (void)exit, (void)offset, (void)size, (void)value;
}

static const struct port_range ranges[] = {
    {VTG_PORT_UART, VTG_PORT_UART + 7, VTS_DEVICE_UART, uart_read, uart_write},
    {VTG_PORT_DEBUG_EXIT, VTG_PORT_DEBUG_EXIT + 3, VTS_DEVICE_DEBUG_EXIT, none_read,
     debug_exit_write},
    {0, 0xffff, VTS_DEVICE_NONE, none_read, none_write},
};

void io_record(struct vcpu *vcpu, const struct exit *exit, enum vts_device device, uint64_t bytes,
	       uint32_t value)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_TRAPPED, device,
			     exit->flags & VTS_FLAG_WRITE);
	event->io_request.address = IO_PORT(exit->qualification);
	event->io_request.bytes = bytes;
	event->io_request.value = value;
	event->io_request.depth = 1;
	event->io_request.unused = 0;
	record_end(vcpu);
}

bool handle_io(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t q = exit->qualification;
	unsigned size = IO_SIZE(q), offset;
	uint16_t port = IO_PORT(q);
	uint32_t mask = 0xffffffffu >> (32 - 8 * size), value;
	const struct port_range *range = ranges;

	while (port < range->first || port > range->last)
		range++;
	offset = port - range->first;
	exit->how = VTS_EXIT_IO;
	if (!IO_IN(q))
		exit->flags |= VTS_FLAG_WRITE;
	if (IO_STRING(q))
		return handle_io_string(vcpu, exit, range);
	if (IO_IN(q)) {
		value = range->read(vcpu->vm, offset, size) & mask;
		/* A 32-bit result clears the upper half (SDM vol. 1, 3.4.1.1). */
		vcpu->gpr[RAX] = size == 4 ? value : (vcpu->gpr[RAX] & ~(uint64_t)mask) | value;
	} else {
		value = (uint32_t)vcpu->gpr[RAX] & mask;
		range->write(vcpu, exit, offset, size, value);
	}
	io_record(vcpu, exit, range->device, size, value);
	instruction_skip(exit);
	return true;
}
