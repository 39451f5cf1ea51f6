/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions and NMIs that exit: page faults under shadow paging, and what the bitmap adds. */
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/vmx/vmcs.h"

bool handle_exception(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t information = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION);
	uint32_t error_code = (uint32_t)vmcs_read(VMCS_EXIT_ERROR_CODE);
	unsigned vector = information & INTERRUPTION_VECTOR;

	exit->gpa = information | (uint64_t)error_code << 32;
	/* An exception in IRET that had unblocked NMIs: block them again (SDM vol. 3, 28.2.3). */
	if (information & INTERRUPTION_NMI_UNBLOCKED_BY_IRET &&
	    !(exit->vectoring & INTERRUPTION_VALID) && vector != VECTOR_DF)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
	if (vector == VECTOR_PF && vcpu->vm->paging->page_fault) {
		exit->gla = exit->qualification;
		exit->flags |= VTS_FLAG_GLA_VALID;
		return vcpu->vm->paging->page_fault(vcpu, exit);
	}
	/* A physical NMI is the machine's, not the guest's; nothing on it is ours to serve. */
	if (vector == VECTOR_NMI)
		return handle_resume(vcpu, exit);
	return inject_exception(vcpu, exit, vector, error_code);
}
