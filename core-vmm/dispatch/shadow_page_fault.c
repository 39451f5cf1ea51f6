/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults under shadow paging: the one place where they are resolved and recorded. */
#include "core-vmm/dispatch/emulate.h"
#include "core-vmm/dispatch/mmio.h"
#include "core-vmm/interpret/interpret.h"
#include "core-vmm/memory/shadow.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/vmcs.h"

static void fault_record(struct vcpu *vcpu, const struct exit *exit, enum vts_how how,
			 const struct shadow_fault *fault)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = record_begin(vcpu, VTS_KIND_SHADOW_FAULT, how, 0, 0);
	event->shadow_fault.gla = exit->gla;
	event->shadow_fault.error_code = exit->gpa >> 32;
	event->shadow_fault.gpa = fault->gpa;
	event->shadow_fault.size = fault->size;
	event->shadow_fault.clear = vcpu->vm->memory.cleared;
	record_end(vcpu);
}

static bool fault_fatal(struct vcpu *vcpu, struct exit *exit, enum vts_how cause, uint64_t gpa)
{
	platform_log(cause == VTS_VM_STOP_NO_MEMORY
			 ? "no memory left for the guest or its shadow"
			 : "the guest accessed an address outside its memory");
	guest_dump(vcpu, exit);
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, cause, 0, gpa);
	return true;
}

static int write_through(void *context, uint64_t gpa, const void *from, unsigned bytes)
{
	return shadow_write(context, gpa, from, bytes);
}

static void interpret_prepare(struct vcpu *vcpu, const struct exit *exit,
			      const struct shadow_fault *fault, struct interpret *in)
{
	emulate_prepare(vcpu, exit, in);
	in->cache = shadow_decode_cache(vcpu);
	if (in->long_mode)
		in->code = shadow_code(vcpu, exit->rip, in->cpl == 3, INTERPRET_CODE_BYTES);
	in->hint_gla = exit->gla;
	if (!in->alignment)
		in->hint_gpa = fault->gpa;
	in->write = write_through;
	in->context = vcpu;
}

/** A write to a page table: do the instruction for the guest; if it is none that we know, let the
 *  guest do it to a page that is no longer a page table. */
static bool write_interpret(struct vcpu *vcpu, struct exit *exit, struct shadow_fault *fault,
			    enum vts_how how)
{
	struct interpret in;

	/* Delivery of an event wrote there: there is no instruction to do. */
	if (exit->vectoring & INTERRUPTION_VALID)
		goto unprotect;
	interpret_prepare(vcpu, exit, fault, &in);
	exit->how = VTS_EXIT_PT_WRITE;
	switch (interpret(&in)) {
	case INTERPRET_DONE:
	case INTERPRET_AGAIN:
		emulate_finish(vcpu, &in, true);
		fault_record(vcpu, exit, how, fault);
		return true;
	case INTERPRET_FAULT:
		emulate_finish(vcpu, &in, false);
		fault_record(vcpu, exit, VTS_SHADOW_FAULT_TRUE_FAULT, fault);
		return in.vector == VECTOR_PF
			   ? inject_page_fault(vcpu, exit, in.cr2, in.error_code)
			   : inject_exception(vcpu, exit, in.vector, in.error_code);
	case INTERPRET_OUTSIDE:
		if (mmio_has(vcpu, in.gpa)) {
			fault_record(vcpu, exit, how, fault);
			return mmio_emulate(vcpu, exit, INTERPRET_NO_HINT, false);
		}
		fault_record(vcpu, exit, VTS_SHADOW_FAULT_OUTSIDE, fault);
		return fault_fatal(vcpu, exit, VTS_VM_STOP_OUTSIDE_MEMORY, in.gpa);
	case INTERPRET_NO_MEMORY:
		fault_record(vcpu, exit, VTS_SHADOW_FAULT_NO_MEMORY, fault);
		return fault_fatal(vcpu, exit, VTS_VM_STOP_NO_MEMORY, fault->gpa);
	case INTERPRET_UNSUPPORTED:
		break;
	}
unprotect:
	if (!shadow_unprotect(vcpu, fault->gpa, exit->rip)) {
		platform_log(
		    "an instruction that writes to the page table it depends on is not known");
		fault_record(vcpu, exit, how, fault);
		return false;
	}
	fault_record(vcpu, exit, VTS_SHADOW_FAULT_UNPROTECT, fault);
	exit->how = VTS_EXIT_SHADOW;
	return true;
}

static bool device_fault(struct vcpu *vcpu, struct exit *exit, uint32_t access,
			 const struct shadow_fault *fault)
{
	fault_record(vcpu, exit, VTS_SHADOW_FAULT_MMIO, fault);
	return mmio_emulate(vcpu, exit, fault->gpa, access & PF_W);
}

/** A device's page, again: no walk is needed. */
static bool device_fault_again(struct vcpu *vcpu, const struct exit *exit, uint32_t access,
			       struct shadow_fault *fault)
{
	*fault = (struct shadow_fault){0};
	return !(exit->vectoring & INTERRUPTION_VALID) &&
	       mmio_recall(vcpu, exit->gla, access, &fault->gpa);
}

bool shadow_page_fault(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t access = (uint32_t)(exit->gpa >> 32);
	struct shadow_fault fault;
	enum vts_how how;

	if (vcpu->paging.cr4 & CR4_SMAP && vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_AC)
		access |= ACCESS_AC;
	vcpu->vm->memory.cleared = 0;
	if (__builtin_expect((exit->gla ^ vcpu->device_gla) < PAGE_SIZE, 0) &&
	    device_fault_again(vcpu, exit, access, &fault))
		return device_fault(vcpu, exit, access, &fault);
	how = shadow_fault(vcpu, exit->gla, access, &fault);
	exit->how = VTS_EXIT_SHADOW;
	if (how == VTS_SHADOW_FAULT_PT_WRITE || how == VTS_SHADOW_FAULT_EMULATED) {
		if (!write_interpret(vcpu, exit, &fault, how))
			return false;
	} else if (how == VTS_SHADOW_FAULT_OUTSIDE && mmio_takes(vcpu, exit, fault.gpa, access)) {
		mmio_remember(vcpu, exit->gla, access);
		if (!device_fault(vcpu, exit, access, &fault))
			return false;
	} else {
		fault_record(vcpu, exit, how, &fault);
		if (how == VTS_SHADOW_FAULT_TRUE_FAULT)
			inject_page_fault(vcpu, exit, exit->gla, fault.error_code);
		else if (how == VTS_SHADOW_FAULT_OUTSIDE)
			fault_fatal(vcpu, exit, VTS_VM_STOP_OUTSIDE_MEMORY, fault.gpa);
		else if (how == VTS_SHADOW_FAULT_NO_MEMORY)
			fault_fatal(vcpu, exit, VTS_VM_STOP_NO_MEMORY, fault.gpa);
	}
	if (__builtin_expect(fault.root != 0, 0))
		vmcs_write(VMCS_GUEST_CR3, fault.root);
	return true;
}
