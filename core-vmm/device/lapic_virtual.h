/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC's state where the processor virtualizes it (vmx/apicv.h): on the virtual-APIC page. */
#ifndef CORE_VMM_DEVICE_LAPIC_VIRTUAL_H
#define CORE_VMM_DEVICE_LAPIC_VIRTUAL_H

#include "core-vmm/device/lapic.h"
#include "core-vmm/vm.h"

/** Whether the processor does that here; but for lapic_tpr, all that follows only if so. */
static inline bool lapic_is_virtual(const struct vcpu *vcpu)
{
	return vcpu->apicv.page;
}

/** Register @number on the page. */
static inline uint32_t *lapic_virtual_register(const struct vcpu *vcpu, unsigned number)
{
	return &vcpu->apicv.page[4 * number];
}

/** The task priority, wherever it is. */
static inline uint8_t lapic_tpr(const struct vcpu *vcpu)
{
	return lapic_is_virtual(vcpu) ? (uint8_t)*lapic_virtual_register(vcpu, LAPIC_TPR)
				      : vcpu->tpr;
}

/** A fixed interrupt has arrived: an event, if it was not requested already. */
void lapic_virtual_raise(struct vcpu *vcpu, unsigned vector, bool level, struct irq_origin origin);
bool lapic_virtual_has(const struct vcpu *vcpu, enum lapic_register set, unsigned vector);
/** As lapic_ppr and lapic_vector (lapic.h) without: of what the processor is to deliver. */
uint32_t lapic_virtual_ppr(const struct vcpu *vcpu);
int lapic_virtual_vector(const struct vcpu *vcpu);
/** An EOI that the processor has not done: the highest in service is no more. */
void lapic_virtual_eoi(struct vcpu *vcpu);
/** @vector's EOI, which is to exit, is done but for what others make of it. */
void lapic_virtual_ended(struct vcpu *vcpu, unsigned vector);
/** As after a reset. */
void lapic_virtual_reset(struct vcpu *vcpu);

#endif
