/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/debug_exit.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/device/devices.h"
#include "core-vmm/dispatch/dispatch.h"

static uint64_t debug_exit_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	(void)vcpu, (void)state, (void)offset, (void)size;
	return ~0ull;
}

static void debug_exit_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			     unsigned size, uint64_t value)
{
	(void)state, (void)offset, (void)size;
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_GUEST_EXIT, (value << 1 | 1) & 0xff, 0);
}

void debug_exit_create(struct vm *vm)
{
	vm->devices->debug_exit = (struct bus_region){
	    .device = VTS_DEVICE_DEBUG_EXIT, .read = debug_exit_read, .write = debug_exit_write};
	bus_add(&vm->devices->ports, &vm->devices->debug_exit, VTG_PORT_DEBUG_EXIT, 4);
}
