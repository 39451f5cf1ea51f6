/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that devices raise: they wait until the guest can take them. SDM vol. 3, 6.9 (priority),
 * 25.5 (windows). Interrupts wait in their controllers (device/irq.h), NMIs here.
 */
#ifndef CORE_VMM_DISPATCH_PENDING_H
#define CORE_VMM_DISPATCH_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/device/irq.h"
#include "core-vmm/device/vectors.h"

struct vcpu;

struct pending {
	bool any;  /* there is something to look at before the next entry: an event, a deadline */
	bool held; /* the local APIC holds some back for their priority */
	bool nmi;  /* one waits; as on a processor, never two */
	struct irq_origin nmi_origin;
#ifdef VTS_TEST
	struct vectors raised; /* by a guest test, past all controllers */
	uint64_t since[256];
#endif
};

void pending_raise_nmi(struct vcpu *vcpu, struct irq_origin origin);
/** The local APIC has @vector requested, and the processor is to deliver it (vmx/apicv.h): the event. */
void inject_posted(struct vcpu *vcpu, unsigned vector, struct irq_origin origin);
/** Whether something waits that wakes a halted processor now. */
bool pending_wakes(struct vcpu *vcpu);
/** Expire what is due; inject what can be injected at the next entry; ask for an exit when the rest can, and at the next
 *  deadline. */
void pending_deliver(struct vcpu *vcpu);
#ifdef VTS_TEST
/** An external interrupt, @vector 16 to 255, that no controller knows of. */
void pending_raise(struct vcpu *vcpu, unsigned vector);
#endif

#endif
