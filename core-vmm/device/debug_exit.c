/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/debug_exit.h"

#include "core-vmm/dispatch/dispatch.h"

void debug_exit_write(struct vcpu *vcpu, struct exit *exit, unsigned offset, unsigned size,
		      uint32_t value)
{
	(void)offset, (void)size;
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_GUEST_EXIT, (value << 1 | 1) & 0xff, 0);
}
