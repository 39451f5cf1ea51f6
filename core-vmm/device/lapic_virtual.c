/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/lapic_virtual.h"

#include "core-vmm/device/devices.h"

#define SET_WORDS 8 /* of IRR, ISR and TMR: 32 vectors a register */

static uint32_t *word_of(const struct vcpu *vcpu, enum lapic_register set, unsigned vector)
{
	return lapic_virtual_register(vcpu, set + vector / 32);
}

static uint32_t bit_of(unsigned vector)
{
	return 1u << vector % 32;
}

bool lapic_virtual_has(const struct vcpu *vcpu, enum lapic_register set, unsigned vector)
{
	return *word_of(vcpu, set, vector) & bit_of(vector);
}

/** The highest vector of @set, LAPIC_IRR or LAPIC_ISR, or -1. */
static int highest(const struct vcpu *vcpu, enum lapic_register set)
{
	for (unsigned i = SET_WORDS; i-- > 0;) {
		uint32_t word = *lapic_virtual_register(vcpu, set + i);

		if (word)
			return (int)(32 * i) + 31 - __builtin_clz(word);
	}
	return -1;
}

uint32_t lapic_virtual_ppr(const struct vcpu *vcpu)
{
	int service = highest(vcpu, LAPIC_ISR);
	uint32_t class = service < 0 ? 0 : (uint32_t)service & 0xf0, tpr = lapic_tpr(vcpu);

	return (tpr & 0xf0) >= class ? tpr : class;
}

int lapic_virtual_vector(const struct vcpu *vcpu)
{
	int vector = highest(vcpu, LAPIC_IRR);

	return vector >> 4 > (int)lapic_virtual_ppr(vcpu) >> 4 ? vector : -1;
}

void lapic_virtual_raise(struct vcpu *vcpu, unsigned vector, bool level, struct irq_origin origin)
{
	uint32_t *tmr = word_of(vcpu, LAPIC_TMR, vector);

	*tmr = level ? *tmr | bit_of(vector) : *tmr & ~bit_of(vector);
	apicv_eoi_exit(vcpu, vector, level);
	if (lapic_virtual_has(vcpu, LAPIC_IRR, vector))
		return;
	*word_of(vcpu, LAPIC_IRR, vector) |= bit_of(vector);
	apicv_request(vcpu, vector);
	inject_posted(vcpu, vector, origin);
}

void lapic_virtual_ended(struct vcpu *vcpu, unsigned vector)
{
	if (lapic_virtual_has(vcpu, LAPIC_TMR, vector))
		ioapic_eoi(vcpu, vector);
	if (vector == lapic_timer_vector(vcpu))
		lapic_timer_update(vcpu);
}

void lapic_virtual_eoi(struct vcpu *vcpu)
{
	int vector = highest(vcpu, LAPIC_ISR), next;

	if (vector < 0)
		return;
	*word_of(vcpu, LAPIC_ISR, (unsigned)vector) &= ~bit_of((unsigned)vector);
	next = highest(vcpu, LAPIC_ISR);
	apicv_service(vcpu, next < 0 ? 0 : (unsigned)next);
	lapic_virtual_ended(vcpu, (unsigned)vector);
}

void lapic_virtual_reset(struct vcpu *vcpu)
{
	for (unsigned number = LAPIC_ISR; number < LAPIC_IRR + SET_WORDS; number++)
		*lapic_virtual_register(vcpu, number) = 0;
	*lapic_virtual_register(vcpu, LAPIC_TPR) = 0;
	apicv_clear(vcpu);
}
