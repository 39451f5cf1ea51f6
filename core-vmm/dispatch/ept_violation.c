/* SPDX-License-Identifier: GPL-2.0-only */
/* EPT violations and misconfigurations: the one place where they are resolved and recorded. */
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/ept.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/vmcs.h"

/* Exit qualification for EPT violations: SDM table 28-7. */
#define VIOLATION_GLA_VALID (1u << 7)

static void violation_record(struct vcpu *vcpu, const struct exit *exit, enum vts_how how,
			     uint64_t size, uint64_t clear)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event =
	    record_begin(vcpu, VTS_KIND_EPT_VIOLATION, how, 0, exit->flags & VTS_FLAG_GLA_VALID);
	event->ept_violation.gpa = exit->gpa;
	event->ept_violation.gla = exit->gla;
	event->ept_violation.qualification = exit->qualification;
	event->ept_violation.size = size;
	event->ept_violation.clear = clear;
	record_end(vcpu);
}

/** The guest's access leads nowhere, or there is no memory to give: that ends the VM. */
static bool violation_fatal(struct vcpu *vcpu, struct exit *exit, enum vts_how how,
			    enum vts_how cause)
{
	platform_log(cause == VTS_VM_STOP_NO_MEMORY
			 ? "no memory left for the guest"
			 : "the guest accessed an address outside its memory");
	guest_dump(vcpu, exit);
	violation_record(vcpu, exit, how, 0, 0);
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, cause, 0, exit->gpa);
	return true;
}

static void gpa_describe(struct exit *exit)
{
	exit->gpa = vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS);
	exit->flags |= VTS_FLAG_GPA_VALID;
}

static void gla_describe(struct exit *exit)
{
	if (exit->qualification & VIOLATION_GLA_VALID) {
		exit->gla = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);
		exit->flags |= VTS_FLAG_GLA_VALID;
	}
}

/** A violation while IRET was unblocking NMIs leaves them blocked (SDM vol. 3, 28.2.3). */
static void nmi_blocking_restore(const struct exit *exit)
{
	if (exit->qualification & INTERRUPTION_NMI_UNBLOCKED_BY_IRET &&
	    !(exit->vectoring & INTERRUPTION_VALID))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
}

bool handle_ept_violation(struct vcpu *vcpu, struct exit *exit)
{
	struct guest_memory *memory = &vcpu->vm->memory;
	uint64_t hpa, size;
	bool large;

	gpa_describe(exit);
	gla_describe(exit);
	nmi_blocking_restore(exit);
	memory->cleared = 0;
	if (!guest_memory_has(memory, exit->gpa, 1))
		return violation_fatal(vcpu, exit, VTS_EPT_VIOLATION_OUTSIDE,
				       VTS_VM_STOP_OUTSIDE_MEMORY);
	hpa = guest_memory_back(memory, exit->gpa);
	if (!hpa)
		return violation_fatal(vcpu, exit, VTS_EPT_VIOLATION_NO_MEMORY,
				       VTS_VM_STOP_NO_MEMORY);
	large = guest_memory_is_large(memory, exit->gpa) && vcpu->capability->ept_vpid & CAP_EPT_2M;
	size = large ? LARGE_SIZE : PAGE_SIZE;
	switch (ept_map(vcpu->vm->ept, exit->gpa & ~(size - 1), hpa & ~(size - 1), large)) {
	case EPT_MAPPED:
		violation_record(vcpu, exit, VTS_EPT_VIOLATION_DEMAND_FILL, size, memory->cleared);
		break;
	case EPT_SPURIOUS:
		violation_record(vcpu, exit, VTS_EPT_VIOLATION_SPURIOUS, 0, 0);
		break;
	case EPT_NO_MEMORY:
		return violation_fatal(vcpu, exit, VTS_EPT_VIOLATION_NO_MEMORY,
				       VTS_VM_STOP_NO_MEMORY);
	}
	exit->how = VTS_EXIT_MEMORY;
	return true;
}

bool handle_ept_misconfig(struct vcpu *vcpu, struct exit *exit)
{
	gpa_describe(exit);
	violation_record(vcpu, exit, VTS_EPT_VIOLATION_MISCONFIG, 0, 0);
	return false;
}
