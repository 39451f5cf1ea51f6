/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/pending.h"

#include "core-vmm/device/lapic_virtual.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/dispatch/time.h"

void pending_raise_nmi(struct vcpu *vcpu, struct irq_origin origin)
{
	if (!vcpu->pending.nmi)
		vcpu->pending.nmi_origin = origin;
	vcpu->pending.nmi = true;
	vcpu->pending.any = true;
}

#ifdef VTS_TEST
void pending_raise(struct vcpu *vcpu, unsigned vector)
{
	struct pending *pending = &vcpu->pending;

	if (!vectors_has(&pending->raised, vector))
		pending->since[vector] = time_now(vcpu);
	vectors_add(&pending->raised, vector);
	pending->any = true;
}

static bool interrupt_waits(struct vcpu *vcpu)
{
	return vectors_highest(&vcpu->pending.raised) >= 0 || irq_waits(vcpu);
}

static struct interrupt interrupt_take(struct vcpu *vcpu)
{
	struct pending *pending = &vcpu->pending;
	int vector = vectors_highest(&pending->raised);

	if (vector < 0)
		return irq_take(vcpu);
	vectors_remove(&pending->raised, (unsigned)vector);
	return (struct interrupt){.origin.since = pending->since[vector],
				  .vector = (uint8_t)vector};
}
#else
#define interrupt_waits irq_waits
#define interrupt_take	irq_take
#endif

bool pending_wakes(struct vcpu *vcpu)
{
	return vcpu->pending.nmi || (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF &&
				     (interrupt_waits(vcpu) ||
				      (lapic_is_virtual(vcpu) && lapic_virtual_vector(vcpu) >= 0)));
}

static void windows_set(bool nmi, bool interrupt)
{
	uint64_t before = vmcs_read(VMCS_PROC_CONTROLS), after = before;

	after &= ~(uint64_t)(PROC_NMI_WINDOW | PROC_INTERRUPT_WINDOW);
	after |= (nmi ? PROC_NMI_WINDOW : 0) | (interrupt ? PROC_INTERRUPT_WINDOW : 0);
	if (after != before)
		vmcs_write(VMCS_PROC_CONTROLS, after);
}

/** If the guest can take it now. */
static void nmi_deliver(struct vcpu *vcpu)
{
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if (vmcs_read(VMCS_ENTRY_INTERRUPTION) & INTERRUPTION_VALID ||
	    blocking & (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI))
		return;
	vcpu->pending.nmi = false;
	inject_raised(vcpu, VTS_INJECTION_NMI, VECTOR_NMI, vcpu->pending.nmi_origin);
}

/** Whether one was injected: if the guest can take one now. */
static bool interrupt_deliver(struct vcpu *vcpu)
{
	struct interrupt interrupt;

	if (vmcs_read(VMCS_ENTRY_INTERRUPTION) & INTERRUPTION_VALID ||
	    !(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) ||
	    vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_MOV_SS | BLOCKING_STI))
		return false;
	interrupt = interrupt_take(vcpu);
	inject_raised(vcpu, VTS_INJECTION_EXTERNAL, interrupt.vector, interrupt.origin);
	return true;
}

void pending_deliver(struct vcpu *vcpu)
{
	struct pending *pending = &vcpu->pending;
	bool waits;

	if (timer_next(vcpu) != TIMER_NEVER)
		timer_run(vcpu, time_now(vcpu));
	if (pending->nmi)
		nmi_deliver(vcpu);
	waits = interrupt_waits(vcpu);
	if (waits && interrupt_deliver(vcpu))
		waits = interrupt_waits(vcpu);
	windows_set(pending->nmi, waits);
	pending->held = lapic_requests(vcpu);
	pending->any = time_limit(vcpu) || pending->nmi || waits;
}
