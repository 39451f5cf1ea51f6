/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls: core-vmm/abi/guest.h. Each has a minimum privilege; every argument is hostile. */
#include "core-vmm/abi/guest.h"
#include "core-vmm/device/console.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/dispatch/test_hooks.h"
#include "core-vmm/record.h"

static uint64_t call_exit(struct vcpu *vcpu, struct exit *exit)
{
	if (vcpu->gpr[RDI] > 0xff)
		return -(uint64_t)VTG_EINVAL;
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_GUEST_EXIT, vcpu->gpr[RDI], 0);
	return 0;
}

static uint64_t call_mark(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t what = vcpu->gpr[RDI] & 0xff;
	struct vts_event *event;

	(void)exit;
	if (what > VTG_MARK_PROCESS || vcpu->gpr[RDI] >> 24)
		return -(uint64_t)VTG_EINVAL;
	if (what == VTG_MARK_BEGIN)
		ept_track_restart(vcpu);
	if (!RECORDING)
		return 0;
	event = record_begin(vcpu, VTS_KIND_MARK, (unsigned)what, vcpu->gpr[RDI] >> 8 & 0xffff, 0);
	event->mark.ops = vcpu->gpr[RSI];
	event->mark.name[0] = vcpu->gpr[RDX];
	event->mark.name[1] = vcpu->gpr[RCX];
	event->mark.begin_tsc = 0;
	event->mark.value = vcpu->gpr[R8];
	record_end(vcpu);
	return 0;
}

static uint64_t call_console_write(struct vcpu *vcpu, struct exit *exit)
{
	(void)exit;
	if (!vcpu->vm->config.pv)
		return -(uint64_t)VTG_ENOSYS;
	return console_write_guest(vcpu, vcpu->gpr[RDI], vcpu->gpr[RSI]);
}

static const struct {
	uint64_t (*call)(struct vcpu *vcpu, struct exit *exit);
	bool user; /* also from CPL 3 */
} calls[VTS_HYPERCALL_COUNT] = {
    [VTG_EXIT] = {call_exit, false},
    [VTG_MARK] = {call_mark, true},
    [VTG_CONSOLE_WRITE] = {call_console_write, false},
};

static void hypercall_record(struct vcpu *vcpu, uint64_t number, uint64_t result)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_HYPERCALL,
			     (int64_t)result < 0 ? VTS_HYPERCALL_FAILED : VTS_HYPERCALL_OK,
			     number > 0xffff ? 0xffff : (unsigned)number, 0);
	event->hypercall.arg[0] = vcpu->gpr[RDI];
	event->hypercall.arg[1] = vcpu->gpr[RSI];
	event->hypercall.arg[2] = vcpu->gpr[RDX];
	event->hypercall.arg[3] = vcpu->gpr[RCX];
	event->hypercall.result = result;
	record_end(vcpu);
}

bool handle_hypercall(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t number = vcpu->gpr[RAX], result;

	exit->qualification = number;
	exit->how = VTS_EXIT_HYPERCALL;
	if (number >= VTS_HYPERCALL_COUNT)
		result = test_hook(vcpu, number);
	else if (exit->flags & VTS_FLAG_USER && !calls[number].user)
		result = -(uint64_t)VTG_EPERM;
	else
		result = calls[number].call(vcpu, exit);
	vcpu->gpr[RAX] = result;
	hypercall_record(vcpu, number, result);
	instruction_skip(exit);
	return true;
}
