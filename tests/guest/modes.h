/* SPDX-License-Identifier: GPL-2.0-only */
/* Running outside 64-bit mode, and back (modes_switch.S). */
#ifndef TESTS_GUEST_MODES_H
#define TESTS_GUEST_MODES_H

#include <stdint.h>

/** Operations on 32 bits at an address; modes_switch.S has them in the same order. */
enum mode_op_type {
	MODE_READ,
	MODE_WRITE,
	MODE_CALL, /* a RET is there */
	MODE_INVLPG,
	MODE_CR3, /* the address is the value; CR0 and CR4 likewise */
	MODE_WRITE8,
	MODE_WRITE16,
	MODE_XCHG,
	MODE_OR, /* LOCK */
	MODE_STOS,
	MODE_CR0,
	MODE_CR4,
	MODE_SGDT /* the address is an offset into a segment of 4 KiB */
};
#define MODE_USER 0x100u /* in the type: by CPL 3 */
#define MODE_AC	  0x200u /* with EFLAGS.AC set */

/** One access, and what came of it. modes_switch.S knows the offsets. */
struct mode_op {
	uint32_t type, address;
	uint32_t value;	 /* written; or what was read */
	uint32_t vector; /* of the fault, or MODE_NO_FAULT */
	uint32_t error, cr2;
};

#define MODE_NO_FAULT 256

/** The state in which the operations are done, in 32-bit protected mode. */
struct mode {
	uint32_t cr0, cr3, cr4, efer;
	uint32_t count;
	struct mode_op *op;		       /* below 4 GiB, as all of the guest */
	uint32_t seen_cr0, seen_cr3, seen_cr4; /* as read there */
};

/** Have the faults of mode_run caught; once. */
void mode_init(void);

/** Leave 64-bit mode, do the operations, come back. */
void mode_run(struct mode *mode);

/**
 * Leave protected mode: 16-bit code at 0x20000 adds up @count bytes from 0x2000:0x1000 on, executes
 * INT 21h through a vector table of its own (which adds 1000), and comes back.
 */
uint32_t real_mode_run(uint32_t count);

#endif
