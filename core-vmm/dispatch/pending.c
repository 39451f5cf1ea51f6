/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/pending.h"

#include "core-vmm/dispatch/dispatch.h"

void pending_raise(struct vcpu *vcpu, unsigned vector)
{
	struct pending *pending = &vcpu->pending;

	if (!(pending->vector[vector >> 6] >> (vector & 63) & 1))
		pending->raised[vector] = platform_tsc();
	pending->vector[vector >> 6] |= 1ull << (vector & 63);
	pending->any = true;
}

void pending_raise_nmi(struct vcpu *vcpu)
{
	if (!vcpu->pending.nmi)
		vcpu->pending.nmi_raised = platform_tsc();
	vcpu->pending.nmi = true;
	vcpu->pending.any = true;
}

/** The highest vector that waits, or -1. */
static int vector_highest(const struct pending *pending)
{
	for (int i = 3; i >= 0; i--)
		if (pending->vector[i])
			return i * 64 + 63 - __builtin_clzll(pending->vector[i]);
	return -1;
}

bool pending_wakes(const struct vcpu *vcpu)
{
	return vcpu->pending.nmi ||
	       (vector_highest(&vcpu->pending) >= 0 && vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF);
}

static void window_set(uint32_t control, bool on)
{
	uint64_t controls = vmcs_read(VMCS_PROC_CONTROLS);

	vmcs_write(VMCS_PROC_CONTROLS, on ? controls | control : controls & ~(uint64_t)control);
}

/** Whether it was injected; otherwise the guest must first be able to take it. */
static bool nmi_deliver(struct vcpu *vcpu)
{
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if (vmcs_read(VMCS_ENTRY_INTERRUPTION) & INTERRUPTION_VALID ||
	    blocking & (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI))
		return false;
	vcpu->pending.nmi = false;
	inject_raised(vcpu, VTS_INJECTION_NMI, VECTOR_NMI, vcpu->pending.nmi_raised);
	return true;
}

static bool interrupt_deliver(struct vcpu *vcpu, unsigned vector)
{
	struct pending *pending = &vcpu->pending;

	if (vmcs_read(VMCS_ENTRY_INTERRUPTION) & INTERRUPTION_VALID ||
	    !(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) ||
	    vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_MOV_SS | BLOCKING_STI))
		return false;
	pending->vector[vector >> 6] &= ~(1ull << (vector & 63));
	inject_raised(vcpu, VTS_INJECTION_EXTERNAL, vector, pending->raised[vector]);
	return true;
}

void pending_deliver(struct vcpu *vcpu)
{
	struct pending *pending = &vcpu->pending;
	int vector;

	if (pending->nmi)
		nmi_deliver(vcpu);
	vector = vector_highest(pending);
	if (vector >= 0 && interrupt_deliver(vcpu, (unsigned)vector))
		vector = vector_highest(pending);
	window_set(PROC_NMI_WINDOW, pending->nmi);
	window_set(PROC_INTERRUPT_WINDOW, vector >= 0);
	pending->any = pending->nmi || vector >= 0;
}
