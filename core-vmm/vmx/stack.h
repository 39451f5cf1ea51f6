/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's stack at chosen exits, for those who unwind it: raw words, as only they know the
 * guest's frames. Costs nothing where no reason is chosen: exits then arrive at another entry
 * (switch.S).
 */
#ifndef CORE_VMM_VMX_STACK_H
#define CORE_VMM_VMX_STACK_H

#include "core-vmm/vm.h"

/** Whether any exit shows its stack. */
static inline bool stack_is_wanted(const struct vm_config *config)
{
	return config->stacks[0] | config->stacks[1];
}

/** Record the stack of the exit that has just arrived, if it is of a chosen reason and comes from
 *  64-bit code at CPL 0. Changes nothing that the guest could see. */
void stack_record(struct vcpu *vcpu);

#endif
