/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recording less: exits by reason, details by kind. What is left out never reaches the VM's ring. The
 * records of an exit are written aside and sorted once it is done, so that an exit with a mark stays
 * whole, and nothing is asked where nothing is left out: exits then arrive at another entry
 * (switch.S), and no clock shows what the sorting takes.
 */
#ifndef CORE_VMM_VMX_FILTER_H
#define CORE_VMM_VMX_FILTER_H

#include "core-vmm/vm.h"

/** Take vcpu->ring aside if config asks for it. False: no memory. */
bool filter_create(struct vcpu *vcpu);
/** The trace begins: say in it that exits are left out, if some are. */
void filter_begin(struct vcpu *vcpu);
/** Give on what was recorded since the last call, less what is left out; nothing if there is no
 *  filter. */
void filter_forward(struct vcpu *vcpu);
/** The same, and vcpu->ring is the VM's again. */
void filter_end(struct vcpu *vcpu);

#endif
