/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dispatcher: from exit reason to handler, through one table. A handler says handled, or not
 * handled; not handled ends the VM, never the VMM.
 */
#ifndef CORE_VMM_DISPATCH_DISPATCH_H
#define CORE_VMM_DISPATCH_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/vector.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/vmcs.h"

/** One exit, as its record will show it. Handlers set how, and gpa and gla with their flags. */
struct exit {
	union {
		struct {
			uint8_t kind;
			uint8_t how;	 /* VTS_EXIT_* */
			uint16_t reason; /* basic exit reason */
			uint16_t identity;
			uint16_t flags; /* VTS_FLAG_* */
		};
		uint64_t head; /* of the record */
	};
	uint64_t rip, cr3, qualification, gpa, gla;
	uint32_t vectoring; /* IDT-vectoring information */
};

typedef bool (*exit_handler)(struct vcpu *vcpu, struct exit *exit);

/** By basic exit reason; NULL: none. */
extern const exit_handler dispatch_handlers[VTS_REASON_COUNT];

/** The one place for everything that no handler takes: it ends the VM. */
void dispatch_unhandled(struct vcpu *vcpu, struct exit *exit);

/* The handlers, by file. */
bool handle_apic_access(struct vcpu *vcpu, struct exit *exit); /* apic.c */
bool handle_apic_write(struct vcpu *vcpu, struct exit *exit);
bool handle_virtualized_eoi(struct vcpu *vcpu, struct exit *exit);
bool handle_gdtr_idtr(struct vcpu *vcpu, struct exit *exit); /* descriptor.c */
bool handle_ldtr_tr(struct vcpu *vcpu, struct exit *exit);
bool handle_rdtsc(struct vcpu *vcpu, struct exit *exit); /* instruction.c */
bool handle_rdtscp(struct vcpu *vcpu, struct exit *exit);
bool handle_rdpmc(struct vcpu *vcpu, struct exit *exit);
bool handle_pause(struct vcpu *vcpu, struct exit *exit);
bool handle_dr_access(struct vcpu *vcpu, struct exit *exit);
bool handle_cpuid(struct vcpu *vcpu, struct exit *exit);     /* cpuid.c */
bool handle_cr_access(struct vcpu *vcpu, struct exit *exit); /* cr.c */
bool handle_invlpg(struct vcpu *vcpu, struct exit *exit);
bool handle_exception(struct vcpu *vcpu, struct exit *exit);	 /* exception.c */
bool handle_hypercall(struct vcpu *vcpu, struct exit *exit);	 /* hypercall.c */
bool handle_io(struct vcpu *vcpu, struct exit *exit);		 /* io.c */
bool handle_ept_violation(struct vcpu *vcpu, struct exit *exit); /* ept_violation.c */
bool handle_ept_misconfig(struct vcpu *vcpu, struct exit *exit);
bool shadow_page_fault(struct vcpu *vcpu, struct exit *exit);	/* shadow_page_fault.c */
bool handle_triple_fault(struct vcpu *vcpu, struct exit *exit); /* misc.c */
bool handle_hlt(struct vcpu *vcpu, struct exit *exit);
bool handle_preemption_timer(struct vcpu *vcpu, struct exit *exit);
bool handle_external_interrupt(struct vcpu *vcpu, struct exit *exit);
bool handle_init_signal(struct vcpu *vcpu, struct exit *exit);
bool handle_task_switch(struct vcpu *vcpu, struct exit *exit);
bool handle_resume(struct vcpu *vcpu, struct exit *exit);
bool handle_undefined(struct vcpu *vcpu, struct exit *exit);
bool handle_wbinvd(struct vcpu *vcpu, struct exit *exit);
bool handle_xsetbv(struct vcpu *vcpu, struct exit *exit);
bool handle_entry_failure(struct vcpu *vcpu, struct exit *exit);
bool handle_rdmsr(struct vcpu *vcpu, struct exit *exit); /* msr.c */
bool handle_wrmsr(struct vcpu *vcpu, struct exit *exit);

/**
 * Deliver an exception at the next entry, with RIP where it is. If another was being delivered, the
 * double- and triple-fault rules apply (SDM table 6-5). Always handled.
 */
bool inject_exception(struct vcpu *vcpu, struct exit *exit, unsigned vector, uint32_t error_code);
/** #PF: also sets CR2. */
bool inject_page_fault(struct vcpu *vcpu, struct exit *exit, uint64_t gla, uint32_t error_code);
/** The exit interrupted the delivery of an event, and is resolved: deliver the event again. */
void inject_interrupted(struct vcpu *vcpu, const struct exit *exit);

/** A device's event. @type: VTS_INJECTION_EXTERNAL or _NMI. */
void inject_raised(struct vcpu *vcpu, enum vts_how type, unsigned vector, struct irq_origin origin);

/** Handle the exit: call its handler; end the VM if there is none or it does not handle it. */
static inline void dispatch_exit(struct vcpu *vcpu, struct exit *exit)
{
	exit_handler handler =
	    exit->reason < VTS_REASON_COUNT ? dispatch_handlers[exit->reason] : NULL;

	if (__builtin_expect(!handler || !handler(vcpu, exit), 0))
		dispatch_unhandled(vcpu, exit);
	else if (__builtin_expect(exit->vectoring & INTERRUPTION_VALID, 0))
		inject_interrupted(vcpu, exit);
	if (__builtin_expect(vcpu->pending.any, 0))
		pending_deliver(vcpu);
}

/** A general register, by encoding. */
static inline uint64_t register_read(const struct vcpu *vcpu, unsigned number)
{
	return number == RSP ? vmcs_read(VMCS_GUEST_RSP) : vcpu->gpr[number];
}

static inline void register_write(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	if (number == RSP)
		vmcs_write(VMCS_GUEST_RSP, value);
	else
		vcpu->gpr[number] = value;
}

/** Step over the instruction that exited. */
static inline void instruction_skip(const struct exit *exit)
{
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	vmcs_write(VMCS_GUEST_RIP, exit->rip + vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH));
	/* The trap of a single step comes after the instruction, whoever did it (SDM vol. 3,
	 * 27.7.3). */
	if (__builtin_expect(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_TF, 0))
		vmcs_write(VMCS_GUEST_PENDING_DEBUG, PENDING_DEBUG_STEP);
	if (__builtin_expect(blocking & (BLOCKING_STI | BLOCKING_MOV_SS), 0))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   blocking & ~(BLOCKING_STI | BLOCKING_MOV_SS));
}

/** Where accesses are tracked (VM_TRACK_*): a marked phase begins (ept_violation.c). */
void ept_track_restart(struct vcpu *vcpu);

/** A full dump of the guest's state to the log. */
void guest_dump(const struct vcpu *vcpu, const struct exit *exit);

#endif
