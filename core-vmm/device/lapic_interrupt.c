/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC's requests and priorities: SDM vol. 3, 11.6 and 11.8. */
#include "core-vmm/device/devices.h"
#include "core-vmm/device/lapic_virtual.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/vm.h"

#define VECTOR_FIRST 16 /* lower ones are refused */

#define ERROR_SEND_VECTOR    5
#define ERROR_RECEIVE_VECTOR 6

#define ICR_LOGICAL	 (1u << 11)
#define ICR_SHORTHAND(i) ((i) >> 18 & 3)
#define DATA_MODE(data)	 ((data) >> 8 & 7)
#define DATA_LEVEL	 (1u << 15)
#define CLASS(priority)	 ((priority) >> 4)

enum { SHORTHAND_NONE, SHORTHAND_SELF, SHORTHAND_ALL, SHORTHAND_OTHERS };

static struct lapic *lapic_of(const struct vcpu *vcpu)
{
	return &vcpu->vm->devices->lapic;
}

void lapic_raise(struct vcpu *vcpu, unsigned vector, bool level, struct irq_origin origin)
{
	struct lapic *lapic = lapic_of(vcpu);

	if (!lapic_enabled(lapic))
		return;
	if (vector < VECTOR_FIRST) {
		lapic_error(vcpu, ERROR_RECEIVE_VECTOR);
		return;
	}
	if (__builtin_expect(lapic_is_virtual(vcpu), 0)) {
		lapic_virtual_raise(vcpu, vector, level, origin);
		return;
	}
	if (!vectors_has(&lapic->irr, vector))
		lapic->origin[vector] = origin;
	vectors_add(&lapic->irr, vector);
	if (level)
		vectors_add(&lapic->tmr, vector);
	else
		vectors_remove(&lapic->tmr, vector);
	vcpu->pending.any = true;
}

/** What an error raises cannot be one again: only an unusable vector in its LVT would. */
void lapic_error(struct vcpu *vcpu, unsigned bit)
{
	struct lapic *lapic = lapic_of(vcpu);
	uint32_t lvt = lapic->lvt[LVT_ERROR];
	struct irq_origin origin = {.since = time_now(vcpu), .source = VTS_DEVICE_LAPIC};

	lapic->errors |= 1u << bit;
	if (!(lvt & LVT_MASKED) && (lvt & 0xff) >= VECTOR_FIRST)
		lapic_raise(vcpu, lvt & 0xff, false, origin);
}

/** SDM 11.6.2. @destination: 8 bits in xAPIC mode, 32 in x2APIC mode. */
static bool is_destination(const struct lapic *lapic, uint32_t destination, bool logical)
{
	uint32_t ldr = lapic->ldr >> 24;

	if (lapic_is_x2apic(lapic)) /* ID 0: logical ID 1 of cluster 0 */
		return destination == UINT32_MAX ||
		       (logical ? destination >> 16 == 0 && destination & 1 : !destination);
	if (destination == 0xff)
		return true;
	if (!logical)
		return destination == lapic->id >> 24;
	if (lapic->dfr >> 28 == 15) /* flat */
		return destination & ldr;
	return (destination >> 4 == ldr >> 4 || destination >> 4 == 15) && destination & ldr & 15;
}

static void deliver(struct vcpu *vcpu, uint32_t data, bool level, struct irq_origin origin)
{
	switch (DATA_MODE(data)) {
	case DELIVERY_FIXED:
	case DELIVERY_LOWEST:
		lapic_raise(vcpu, data & 0xff, level, origin);
		break;
	case DELIVERY_NMI:
		pending_raise_nmi(vcpu, origin);
		break;
	default: /* SMI, INIT and start-up are not for a processor that runs alone */
		break;
	}
}

void lapic_message(struct vcpu *vcpu, uint64_t destination, bool logical, uint32_t data,
		   struct irq_origin origin)
{
	const struct lapic *lapic = lapic_of(vcpu);

	if (lapic_is_x2apic(lapic) && destination == 0xff)
		destination = UINT32_MAX;
	if (lapic->base & APIC_BASE_ENABLE && is_destination(lapic, (uint32_t)destination, logical))
		deliver(vcpu, data, data & DATA_LEVEL, origin);
}

void lapic_send(struct vcpu *vcpu)
{
	const struct lapic *lapic = lapic_of(vcpu);
	uint32_t low = (uint32_t)lapic->icr, high = (uint32_t)(lapic->icr >> 32);
	uint32_t destination = lapic_is_x2apic(lapic) ? high : high >> 24;
	struct irq_origin origin = {.since = time_now(vcpu), .source = VTS_DEVICE_LAPIC};

	if (DATA_MODE(low) <= DELIVERY_LOWEST && (low & 0xff) < VECTOR_FIRST)
		lapic_error(vcpu, ERROR_SEND_VECTOR);
	else if (ICR_SHORTHAND(low) == SHORTHAND_SELF || ICR_SHORTHAND(low) == SHORTHAND_ALL ||
		 (ICR_SHORTHAND(low) == SHORTHAND_NONE &&
		  is_destination(lapic, destination, low & ICR_LOGICAL)))
		deliver(vcpu, low, false, origin);
}

/** SDM 11.8.3.1. */
uint32_t lapic_ppr(const struct vcpu *vcpu)
{
	int service = vectors_highest(&lapic_of(vcpu)->isr);
	unsigned in_service = service < 0 ? 0 : (unsigned)service;

	return CLASS(vcpu->tpr) >= CLASS(in_service) ? vcpu->tpr : in_service & 0xf0;
}

int lapic_vector(const struct vcpu *vcpu)
{
	int vector = vectors_highest(&lapic_of(vcpu)->irr);

	return vector >= 0 && CLASS((unsigned)vector) > CLASS(lapic_ppr(vcpu)) ? vector : -1;
}

bool lapic_requests(const struct vcpu *vcpu)
{
	return lapic_of(vcpu)->irr.used;
}

struct interrupt lapic_take(struct vcpu *vcpu, unsigned vector)
{
	struct lapic *lapic = lapic_of(vcpu);

	vectors_remove(&lapic->irr, vector);
	vectors_add(&lapic->isr, vector);
	if (vector == (lapic->lvt[LVT_TIMER] & 0xff))
		lapic_timer_update(vcpu);
	return (struct interrupt){.origin = lapic->origin[vector], .vector = (uint8_t)vector};
}

void lapic_eoi(struct vcpu *vcpu)
{
	struct lapic *lapic = lapic_of(vcpu);
	int vector = vectors_highest(&lapic->isr);

	if (__builtin_expect(lapic_is_virtual(vcpu), 0)) {
		lapic_virtual_eoi(vcpu);
		return;
	}
	if (vector < 0)
		return;
	vectors_remove(&lapic->isr, (unsigned)vector);
	if (vectors_has(&lapic->tmr, (unsigned)vector))
		ioapic_eoi(vcpu, (unsigned)vector);
	vcpu->pending.any |= lapic_requests(vcpu);
}

bool lapic_extint_open(const struct vcpu *vcpu)
{
	const struct lapic *lapic = lapic_of(vcpu);
	uint32_t lint0 = lapic->lvt[LVT_LINT0];

	return !(lapic->base & APIC_BASE_ENABLE) ||
	       (!(lint0 & LVT_MASKED) && LVT_MODE(lint0) == DELIVERY_EXTINT);
}
