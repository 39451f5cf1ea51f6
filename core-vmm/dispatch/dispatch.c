/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/dispatch/dispatch.h"

#include "core-vmm/vmx/vmcs.h"

/* Every basic exit reason of SDM vol. 3, appendix C has its row in trace/events.def; these have a
 * handler. What has none comes only from what this VMM never switches on (a TPR threshold, the
 * monitor trap flag, page-modification logging, system-management mode, ...) and ends the VM with
 * its name. tests/e2e/guest-exits.sh provokes each that the processor can give. */
const exit_handler dispatch_handlers[VTS_REASON_COUNT] = {
    [VTS_REASON_EXCEPTION_NMI] = handle_exception,
    [VTS_REASON_EXTERNAL_INTERRUPT] = handle_external_interrupt,
    [VTS_REASON_TRIPLE_FAULT] = handle_triple_fault,
    [VTS_REASON_TASK_SWITCH] = handle_task_switch,
    [VTS_REASON_CPUID] = handle_cpuid,
    [VTS_REASON_GETSEC] = handle_undefined,
    [VTS_REASON_HLT] = handle_hlt,
    [VTS_REASON_INVD] = handle_wbinvd,
    [VTS_REASON_INVLPG] = handle_invlpg,
    [VTS_REASON_VMCALL] = handle_hypercall,
    [VTS_REASON_VMCLEAR] = handle_undefined,
    [VTS_REASON_VMLAUNCH] = handle_undefined,
    [VTS_REASON_VMPTRLD] = handle_undefined,
    [VTS_REASON_VMPTRST] = handle_undefined,
    [VTS_REASON_VMREAD] = handle_undefined,
    [VTS_REASON_VMRESUME] = handle_undefined,
    [VTS_REASON_VMWRITE] = handle_undefined,
    [VTS_REASON_VMXOFF] = handle_undefined,
    [VTS_REASON_VMXON] = handle_undefined,
    [VTS_REASON_CR_ACCESS] = handle_cr_access,
    [VTS_REASON_IO_INSTRUCTION] = handle_io,
    [VTS_REASON_RDMSR] = handle_rdmsr,
    [VTS_REASON_INTERRUPT_WINDOW] = handle_resume,
    [VTS_REASON_NMI_WINDOW] = handle_resume,
    [VTS_REASON_RDPMC] = handle_rdpmc,
    [VTS_REASON_RDTSC] = handle_rdtsc,
    [VTS_REASON_DR_ACCESS] = handle_dr_access,
    [VTS_REASON_PAUSE] = handle_pause,
    [VTS_REASON_RDTSCP] = handle_rdtscp,
    [VTS_REASON_GDTR_IDTR_ACCESS] = handle_gdtr_idtr,
    [VTS_REASON_LDTR_TR_ACCESS] = handle_ldtr_tr,
    [VTS_REASON_INIT_SIGNAL] = handle_init_signal,
    [VTS_REASON_RSM] = handle_undefined,
    [VTS_REASON_XSAVES] = handle_undefined,
    [VTS_REASON_XRSTORS] = handle_undefined,
    [VTS_REASON_WRMSR] = handle_wrmsr,
    [VTS_REASON_ENTRY_GUEST_STATE] = handle_entry_failure,
    [VTS_REASON_ENTRY_MSR_LOADING] = handle_entry_failure,
    [VTS_REASON_MWAIT] = handle_undefined,
    [VTS_REASON_MONITOR] = handle_undefined,
    [VTS_REASON_ENTRY_MACHINE_CHECK] = handle_entry_failure,
    [VTS_REASON_APIC_ACCESS] = handle_apic_access,
    [VTS_REASON_VIRTUALIZED_EOI] = handle_virtualized_eoi,
    [VTS_REASON_APIC_WRITE] = handle_apic_write,
    [VTS_REASON_EPT_VIOLATION] = handle_ept_violation,
    [VTS_REASON_EPT_MISCONFIG] = handle_ept_misconfig,
    [VTS_REASON_INVEPT] = handle_undefined,
    [VTS_REASON_PREEMPTION_TIMER] = handle_preemption_timer,
    [VTS_REASON_INVVPID] = handle_undefined,
    [VTS_REASON_WBINVD] = handle_wbinvd,
    [VTS_REASON_XSETBV] = handle_xsetbv,
    [VTS_REASON_RDRAND] = handle_undefined,
    [VTS_REASON_INVPCID] = handle_undefined,
    [VTS_REASON_VMFUNC] = handle_undefined,
    [VTS_REASON_RDSEED] = handle_undefined,
};

static const char *reason_name(unsigned reason)
{
	static const char *const names[VTS_REASON_COUNT] = {
#define EXIT_REASON(NAME, number, name, text) [number] = text,
#include "trace/events.def"
	};

	return reason < VTS_REASON_COUNT && names[reason] ? names[reason] : "unknown";
}

void guest_dump(const struct vcpu *vcpu, const struct exit *exit)
{
	platform_log(
	    "exit reason %u (%s), qualification 0x%llx, guest-physical 0x%llx, linear 0x%llx",
	    exit->reason, reason_name(exit->reason), (unsigned long long)exit->qualification,
	    (unsigned long long)exit->gpa, (unsigned long long)exit->gla);
	vmcs_dump_guest(vcpu);
}

void dispatch_unhandled(struct vcpu *vcpu, struct exit *exit)
{
	platform_log("the VM is ended by an exit that nothing handles");
	guest_dump(vcpu, exit);
	exit->how = VTS_EXIT_UNHANDLED;
	vm_stop(vcpu->vm, VTS_VM_STOP_UNHANDLED_EXIT, 0, exit->reason);
}
