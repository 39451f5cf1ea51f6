/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two 8259A interrupt controllers of a PC, the second on line 2 of the first (Intel data sheet 231468), and the ELCR of
 * the PIIX3, which makes lines level-triggered. Ports 0x20, 0xa0 and 0x4d0.
 */
#ifndef CORE_VMM_DEVICE_PIC_H
#define CORE_VMM_DEVICE_PIC_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/irq.h"

struct pic_chip {
	struct bus_region region;
	uint8_t irr, isr, imr, elcr;
	uint8_t line;	/* levels, a bit each */
	uint8_t base;	/* vector of line 0 */
	uint8_t lowest; /* line of the lowest priority */
	uint8_t expect; /* initialization: which ICW comes next; 0: none */
	uint8_t icw1, icw4;
	bool slave;
	bool read_isr;	   /* OCW3: what a read gives */
	bool poll;	   /* the next read acknowledges */
	bool special_mask; /* what is in service but masked holds back nothing */
	bool rotate_on_aeoi;
	struct irq_origin origin[8];
};

struct pic {
	struct pic_chip chip[2];
	struct bus_region elcr;
	bool asks; /* the first chip, for the processor */
};

void pic_create(struct vcpu *vcpu);
/** The level of ISA line @line. */
void pic_line_set(struct vcpu *vcpu, unsigned line, bool high, struct irq_origin origin);
/** Whether the first 8259 asks for the processor. */
bool pic_requests(const struct vcpu *vcpu);
/** What the processor gets when it acknowledges; line 7's vector if nothing asks any more. */
struct interrupt pic_take(struct vcpu *vcpu);
/** Whether @line, and for the second chip line 2 as well, is unmasked. */
bool pic_line_open(const struct vcpu *vcpu, unsigned line);

#endif
