/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the VMCS and the interpreter. Inline, as page-table writes are frequent. */
#ifndef CORE_VMM_DISPATCH_EMULATE_H
#define CORE_VMM_DISPATCH_EMULATE_H

#include "core-vmm/dispatch/linear.h"
#include "core-vmm/interpret/interpret.h"

/** What of the guest's state counts outside 64-bit mode only. */
static __attribute__((noinline, unused)) void emulate_segments(struct interpret *in)
{
	for (unsigned i = 0; i < SEGMENT_COUNT; i++)
		linear_segment(i, &in->segment[i]);
}

/**
 * The guest as it is, with vcpu->paging up to date; no devices, no hint, no code. The caller sets write and context.
 */
static inline void emulate_prepare(struct vcpu *vcpu, const struct exit *exit, struct interpret *in)
{
	uint64_t rights = vmcs_read(VMCS_GUEST_CS_RIGHTS);

	vcpu->gpr[RSP] = vmcs_read(VMCS_GUEST_RSP);
	in->gpr = vcpu->gpr;
	in->rip = exit->rip;
	in->rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	in->long_mode = rights & RIGHTS_L && vcpu->paging.efer & EFER_LMA;
	in->big = rights & RIGHTS_BIG;
	in->cpl = exit->flags & VTS_FLAG_USER ? 3 : 0;
	in->segment[SEGMENT_FS].base = vmcs_read(VMCS_GUEST_FS_BASE);
	in->segment[SEGMENT_GS].base = vmcs_read(VMCS_GUEST_GS_BASE);
	if (!in->long_mode)
		emulate_segments(in);
	in->code = NULL;
	in->memory = &vcpu->vm->memory;
	in->paging = &vcpu->paging;
	in->reserved = capability_reserved(vcpu->capability);
	in->hint_gpa = INTERPRET_NO_HINT;
	in->hint_read_gpa = INTERPRET_NO_HINT;
	in->alignment = __builtin_expect(in->rflags & RFLAGS_AC, 0) && linear_alignment(exit);
	in->device_has = NULL;
	in->device_read = NULL;
}

/** Give the guest what came of it. @done: the instruction, or a part of its REP, was done. */
static inline void emulate_finish(struct vcpu *vcpu, const struct interpret *in, bool done)
{
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	vmcs_write(VMCS_GUEST_RIP, in->rip);
	vmcs_write(VMCS_GUEST_RFLAGS, in->rflags);
	vmcs_write(VMCS_GUEST_RSP, vcpu->gpr[RSP]);
	if (__builtin_expect(done && in->rflags & RFLAGS_TF, 0))
		vmcs_write(VMCS_GUEST_PENDING_DEBUG, PENDING_DEBUG_STEP);
	if (blocking & (BLOCKING_STI | BLOCKING_MOV_SS))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
}

#endif
