/* SPDX-License-Identifier: GPL-2.0-only */
/* Port I/O: from port to device, through one table. */
#include "core-vmm/abi/guest.h"
#include "core-vmm/device/debug_exit.h"
#include "core-vmm/device/uart.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/record.h"

/* Exit qualification for I/O instructions: SDM table 28-5. */
#define IO_SIZE(q)   (((unsigned)(q)&7) + 1)
#define IO_IN(q)     ((q) >> 3 & 1)
#define IO_STRING(q) ((q) >> 4 & 1)
#define IO_PORT(q)   ((uint16_t)((q) >> 16))

/** A device's ports. Accesses of @size 1, 2 or 4 bytes at @offset from @first. */
struct port_range {
	uint16_t first, last;
	enum vts_device device;
	uint32_t (*read)(struct vm *vm, unsigned offset, unsigned size);
	void (*write)(struct vcpu *vcpu, struct exit *exit, unsigned offset, unsigned size,
		      uint32_t value);
};

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

static void io_record(struct vcpu *vcpu, enum vts_device device, uint16_t port, unsigned size,
		      bool in, uint32_t value)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_IO_REQUEST, VTS_IO_REQUEST_TRAPPED, device,
			     in ? 0 : VTS_FLAG_WRITE);
	event->io_request.address = port;
	event->io_request.bytes = size;
	event->io_request.value = value;
	event->io_request.depth = 1;
	event->io_request.unused = 0;
	record_end(vcpu);
}

bool handle_io(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t q = exit->qualification;
	unsigned size = IO_SIZE(q);
	uint16_t port = IO_PORT(q);
	uint32_t mask = size == 4 ? 0xffffffff : (1u << 8 * size) - 1, value;
	const struct port_range *range = ranges;

	if (IO_STRING(q))
		return false;
	while (port < range->first || port > range->last)
		range++;
	exit->how = VTS_EXIT_IO;
	if (IO_IN(q)) {
		value = range->read(vcpu->vm, port - range->first, size) & mask;
		/* A 32-bit result clears the upper half (SDM vol. 1, 3.4.1.1). */
		vcpu->gpr[RAX] = size == 4 ? value : (vcpu->gpr[RAX] & ~(uint64_t)mask) | value;
	} else {
		exit->flags |= VTS_FLAG_WRITE;
		value = (uint32_t)vcpu->gpr[RAX] & mask;
		range->write(vcpu, exit, port - range->first, size, value);
	}
	io_record(vcpu, range->device, port, size, IO_IN(q), value);
	instruction_skip(exit);
	return true;
}
