/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts from the devices' side: a device drives its line, or sends a message, and says who it is; what becomes of that
 * is the controllers' business. Each injection records its source and how long it waited.
 */
#ifndef CORE_VMM_DEVICE_IRQ_H
#define CORE_VMM_DEVICE_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/event.h"

struct vcpu;

/* Lines: ISA's 0 to 15 go to the 8259s and to the I/O APIC's pins of the same number (line 0 to pin 2); PCI's
 * INTA# to INTD# are 16 to 19, and go to the pins of that number, and to the 8259s as the PIIX3 routes them. */
#define IRQ_LINES     24u
#define IRQ_ISA_LINES 16u
#define IRQ_PCI_FIRST 16u
#define IRQ_PCI_LINES 4u

/** Who raised an interrupt, and when (VM time). */
struct irq_origin {
	uint64_t since;
	uint8_t source; /* enum vts_device */
};

/** An interrupt that the processor takes. */
struct interrupt {
	struct irq_origin origin;
	uint8_t vector;
};

/** The lines themselves. */
struct irq {
	uint64_t high[IRQ_LINES];	  /* which sources hold it high: a bit by enum vts_device */
	uint8_t pci_route[IRQ_PCI_LINES]; /* PIIX3 PIRQRC: ISA line, or IRQ_ROUTE_NONE */
};

/* Where INTA# to INTD# lead at the start, as Bochs's firmware routes them. */
#define IRQ_PCI_ROUTE(pin) ((pin)&1 ? 9 : 11)

#define IRQ_ROUTE_NONE 0x80 /* bit 7 of PIRQRC */

/** Drive @line (0 to IRQ_LINES - 1). Several devices may share a PCI line: each has its own say. */
void irq_line_set(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source);
/** The same for what came about at @since, before now. */
void irq_line_set_since(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source,
			uint64_t since);

/** A message-signalled interrupt: a write of @data to @address, SDM vol. 3, 11.11. Other addresses are dropped. */
void irq_message(struct vcpu *vcpu, uint64_t address, uint32_t data, enum vts_device source);

/** PCI INTA# to INTD# (@pin 0 to 3) to an ISA line, as PIRQRC of the PIIX3 has it: bit 7 set: to none. */
void irq_pci_route(struct vcpu *vcpu, unsigned pin, uint8_t route);

/** Whether a rising edge on @line would go further than a mask. */
bool irq_line_heard(struct vcpu *vcpu, unsigned line);
/** Masks have changed, or a controller is about to be read: devices catch up with what nobody heard. */
void irq_sync(struct vcpu *vcpu);

/** Whether an interrupt asks for the processor that the VMM is to inject, whatever its RFLAGS.IF. */
bool irq_waits(struct vcpu *vcpu);
/** The one of highest priority; irq_waits() is true. The controllers have it acknowledged. */
struct interrupt irq_take(struct vcpu *vcpu);

/** Lines, controllers and timers, as the firmware leaves them. */
void irq_create(struct vcpu *vcpu);

#endif
