/* SPDX-License-Identifier: GPL-2.0-only */
/* EPT violations and misconfigurations: the one place where they are resolved and recorded. */
#include "core-vmm/dispatch/mmio.h"
#include "core-vmm/memory/ept.h"
#include "core-vmm/memory/tlb.h"
#include "core-vmm/memory/walk.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/vmcs.h"

/* Exit qualification for EPT violations: SDM table 28-7. */
#define VIOLATION_MAPPED    (7u << 3) /* the mapping has some right */
#define VIOLATION_GLA_VALID (1u << 7)
#define VIOLATION_FINAL	    (1u << 8) /* of the address itself, not of a table on the way */

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

/** First access to memory of the VM: back it, and map as much as backs it in one piece. */
static bool violation_fill(struct vcpu *vcpu, struct exit *exit, uint64_t wanted)
{
	struct guest_memory *memory = &vcpu->vm->memory;
	struct ept *ept = vcpu->vm->ept;
	uint64_t hpa = guest_memory_back(memory, exit->gpa);
	unsigned shift;

	if (!hpa)
		return false;
	shift = guest_memory_shift(memory, exit->gpa);
	if (shift > ept->shift_max)
		shift = ept->shift_max;
	/* Where accesses are tracked, what this one needs is for its own page alone. */
	if (ept->rights != EPT_RWX && wanted & ~ept->rights)
		shift = PAGE_SHIFT;
	if (!ept_map(ept, exit->gpa, hpa, shift, ept->rights | wanted))
		return false;
	violation_record(vcpu, exit, VTS_EPT_VIOLATION_DEMAND_FILL, 1ull << shift, memory->cleared);
	return true;
}

/** A mapping that lacks a right because accesses are tracked: this page gets it. */
static bool violation_raise(struct vcpu *vcpu, struct exit *exit, uint64_t wanted)
{
	struct ept *ept = vcpu->vm->ept;
	unsigned shift;
	uint64_t *entry = ept_find(ept, exit->gpa, &shift);

	if ((*entry & wanted) == wanted) {
		violation_record(vcpu, exit, VTS_EPT_VIOLATION_SPURIOUS, 0, 0);
		return true;
	}
	if (shift > PAGE_SHIFT) {
		if (!ept_split(ept, exit->gpa))
			return false;
		ledger_owe_ept(vcpu);
		tlb_flush_ept(vcpu, VTS_CAUSE_EPT_CHANGE);
		entry = ept_find(ept, exit->gpa, &shift);
	}
	/* More rights need no flush: the violation itself dropped what was cached (SDM 29.4.3.1). */
	*entry |= wanted;
	violation_record(
	    vcpu, exit, wanted & EPT_W ? VTS_EPT_VIOLATION_DIRTY_LOG : VTS_EPT_VIOLATION_PROTECTION,
	    PAGE_SIZE, 0);
	return true;
}

/** The rights that the access wants; a mapping with W must have R (SDM 29.3.3.1). */
static uint64_t violation_wanted(uint64_t qualification)
{
	uint64_t wanted = qualification & EPT_RWX;

	return wanted & EPT_W ? wanted | EPT_R : wanted;
}

/** Whether the guest's own access, not a walk of its tables, went to a device. */
static bool violation_of_device(const struct vcpu *vcpu, const struct exit *exit)
{
	uint64_t own = VIOLATION_GLA_VALID | VIOLATION_FINAL;

	return (exit->qualification & own) == own &&
	       mmio_takes(vcpu, exit, exit->gpa, exit->qualification & EPT_X ? PF_ID : 0);
}

bool handle_ept_violation(struct vcpu *vcpu, struct exit *exit)
{
	struct guest_memory *memory = &vcpu->vm->memory;
	struct ept *ept = vcpu->vm->ept;
	uint64_t wanted = violation_wanted(exit->qualification);
	unsigned shift;
	bool mapped;

	gpa_describe(exit);
	gla_describe(exit);
	nmi_blocking_restore(exit);
	memory->cleared = 0;
	exit->how = VTS_EXIT_MEMORY;
	if (!guest_memory_has(memory, exit->gpa, 1) && violation_of_device(vcpu, exit)) {
		violation_record(vcpu, exit, VTS_EPT_VIOLATION_MMIO, 0, 0);
		return mmio_emulate(vcpu, exit, exit->gpa, exit->qualification & EPT_W);
	}
	if (!guest_memory_has(memory, exit->gpa, 1))
		return violation_fatal(vcpu, exit, VTS_EPT_VIOLATION_OUTSIDE,
				       VTS_VM_STOP_OUTSIDE_MEMORY);
	mapped = exit->qualification & VIOLATION_MAPPED;
	if (!ept->rights) /* where tracking took all rights, a mapping shows none */
		mapped = ept_find(ept, exit->gpa, &shift);
	if (mapped ? violation_raise(vcpu, exit, wanted) : violation_fill(vcpu, exit, wanted))
		return true;
	return violation_fatal(vcpu, exit, VTS_EPT_VIOLATION_NO_MEMORY, VTS_VM_STOP_NO_MEMORY);
}

/** A new phase begins: what is accessed from now on counts again. */
void ept_track_restart(struct vcpu *vcpu)
{
	struct ept *ept = vcpu->vm->ept;
	uint8_t track = vcpu->vm->config.track;

	if (!ept || track == VM_TRACK_NONE)
		return;
	ept_rights_set(ept, track == VM_TRACK_WRITES ? EPT_R | EPT_X
			    : ept->execute_only	     ? EPT_X
						     : 0);
	ledger_owe_ept(vcpu);
	tlb_flush_ept(vcpu, VTS_CAUSE_EPT_CHANGE);
}

bool handle_ept_misconfig(struct vcpu *vcpu, struct exit *exit)
{
	gpa_describe(exit);
	violation_record(vcpu, exit, VTS_EPT_VIOLATION_MISCONFIG, 0, 0);
	return false;
}
