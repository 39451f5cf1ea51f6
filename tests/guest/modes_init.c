/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/guest/modes.h"

#define GATE	  0x8eull /* present, 32-bit interrupt gate */
#define GATE_USER 0xeeull /* that CPL 3 may use */

extern uint64_t mode_idt[32];
extern const uint32_t mode_fault_pf, mode_fault_gp, mode_user_done;

static void gate_set(unsigned vector, uint32_t address, uint64_t type)
{
	mode_idt[vector] =
	    (address & 0xffffull) | 0x08ull << 16 | type << 40 | (uint64_t)(address >> 16) << 48;
}

void mode_init(void)
{
	gate_set(3, mode_user_done, GATE_USER);
	gate_set(13, mode_fault_gp, GATE);
	gate_set(14, mode_fault_pf, GATE);
}
