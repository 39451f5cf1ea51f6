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
#define IRQ_LINES 24u

/** Drive @line (0 to IRQ_LINES - 1). Several devices may share a PCI line: each has its own say. */
void irq_line_set(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source);

/** A message-signalled interrupt: a write of @data to @address, SDM vol. 3, 11.11. Other addresses are dropped. */
void irq_message(struct vcpu *vcpu, uint64_t address, uint32_t data, enum vts_device source);

#endif
