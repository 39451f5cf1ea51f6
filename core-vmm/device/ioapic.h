/* SPDX-License-Identifier: GPL-2.0-only */
/* The I/O APIC (Intel 82093AA data sheet 290566) at 0xfec00000: 24 pins. */
#ifndef CORE_VMM_DEVICE_IOAPIC_H
#define CORE_VMM_DEVICE_IOAPIC_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/irq.h"

#define IOAPIC_PINS 24u

struct ioapic {
	struct bus_region region;
	uint32_t id, select;
	uint32_t line; /* levels, a bit each */
	uint64_t entry[IOAPIC_PINS];
	struct irq_origin origin[IOAPIC_PINS];
};

void ioapic_create(struct vcpu *vcpu);
/** The level of a pin. */
void ioapic_pin_set(struct vcpu *vcpu, unsigned pin, bool high, struct irq_origin origin);
/** Whether the pin is unmasked. */
bool ioapic_pin_open(const struct vcpu *vcpu, unsigned pin);
/** Whether an unmasked pin sends NMIs. */
bool ioapic_sends_nmi(const struct vcpu *vcpu);
/** The processor has ended level-triggered interrupt @vector. */
void ioapic_eoi(struct vcpu *vcpu, unsigned vector);

#endif
