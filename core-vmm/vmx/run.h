/* SPDX-License-Identifier: GPL-2.0-only */
/* VMX operation, and the run loop: the one place where exits are recorded. */
#ifndef CORE_VMM_VMX_RUN_H
#define CORE_VMM_VMX_RUN_H

#include "core-vmm/vm.h"

struct guest_entry;

/** Enter VMX operation. 0, or -1: said in the log. */
int vmx_on(const struct capability *capability);

/** Run the VM from @entry to its end; vm->stop then says how it ended. Writes vm_start, all that
 *  follows, and vm_stop. */
void vm_run(struct vcpu *vcpu, const struct guest_entry *entry);

/* For switch.S. */
uint64_t vmx_run(struct vcpu *vcpu);
int vmx_handle_exit(struct vcpu *vcpu);
extern char vmx_exit_entry[], vmx_exit_entry_observed[];

#endif
