/* SPDX-License-Identifier: GPL-2.0-only */
/* Exits whose handling takes a few lines. */
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/dispatch/time.h"
#include "core-vmm/interpret/segment.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/vmcs.h"

#define XCR0_X87     1u
#define XCR0_SSE     2u
#define XCR0_AVX     4u
#define XCR0_AVX512  0xe0u /* masks, and both halves of the new registers: all or none */
#define XCR0_OFFERED (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

bool handle_triple_fault(struct vcpu *vcpu, struct exit *exit)
{
	platform_log("the guest triple-faulted");
	guest_dump(vcpu, exit);
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_TRIPLE_FAULT, 0, 0);
	return true;
}

static void halted(struct vcpu *vcpu, struct exit *exit)
{
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_HALTED, 0, 0);
}

/** A halted guest that nothing can wake stays halted. */
bool handle_hlt(struct vcpu *vcpu, struct exit *exit)
{
	enum time_idle idle = time_idle(vcpu);

	if (idle == TIME_IDLE_FOREVER) {
		halted(vcpu, exit);
		return true;
	}
	exit->how = VTS_EXIT_EMULATED;
	if (idle == TIME_IDLE_STILL) { /* the guest halts again */
		exit->how = VTS_EXIT_RESUMED;
		return true;
	}
	instruction_skip(exit);
	if (idle == TIME_IDLE_WAITS)
		vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
	return true;
}

/** A deadline, or --tick: the guest goes on, if only to wait for the next. */
bool handle_preemption_timer(struct vcpu *vcpu, struct exit *exit)
{
	if (vmcs_read(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT && !time_waits(vcpu))
		halted(vcpu, exit);
	else
		exit->how = VTS_EXIT_RESUMED;
	return true;
}

/** An interrupt is the machine's own, and the exit has acknowledged it. No device is ours to serve:
 *  as nobody ends it, the interrupt controller holds back its like from now on. */
bool handle_external_interrupt(struct vcpu *vcpu, struct exit *exit)
{
	exit->gpa = vmcs_read(VMCS_EXIT_INTERRUPTION);
	return handle_resume(vcpu, exit);
}

/** The machine resets this processor. Nothing that a guest has can send it, and to go on would be
 *  to refuse it: the VM ends, its trace whole. */
bool handle_init_signal(struct vcpu *vcpu, struct exit *exit)
{
	(void)vcpu, (void)exit;
	platform_log("INIT: the machine resets its processor");
	return false;
}

/** VT-x leaves the whole switch to the VMM (SDM vol. 3, 26.4.2). No 64-bit guest can do one. */
bool handle_task_switch(struct vcpu *vcpu, struct exit *exit)
{
	static const char *const sources[] = {"CALL", "IRET", "JMP", "a task gate in the IDT"};

	(void)vcpu;
	platform_log("a hardware task switch, by %s to TSS selector 0x%x: this VMM does none; let "
		     "the guest switch tasks in software",
		     sources[exit->qualification >> 30 & 3],
		     (unsigned)exit->qualification & 0xffff);
	return false;
}

/** Window exits only bring the VMM back in: the guest goes on. */
bool handle_resume(struct vcpu *vcpu, struct exit *exit)
{
	(void)vcpu;
	exit->how = VTS_EXIT_RESUMED;
	return true;
}

/** Instructions that this virtual processor does not have. */
bool handle_undefined(struct vcpu *vcpu, struct exit *exit)
{
	return inject_exception(vcpu, exit, VECTOR_UD, 0);
}

/** No device reads memory behind the caches, so there is nothing to write back. */
bool handle_wbinvd(struct vcpu *vcpu, struct exit *exit)
{
	(void)vcpu;
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}

/** SDM vol. 1, 13.3. */
static bool xcr0_valid(uint32_t value, uint32_t processor)
{
	return !(value & ~(processor & XCR0_OFFERED)) && value & XCR0_X87 &&
	       (!(value & XCR0_AVX) || value & XCR0_SSE) &&
	       (!(value & XCR0_AVX512) ||
		(value & (XCR0_AVX | XCR0_AVX512)) == (XCR0_AVX | XCR0_AVX512));
}

/** SDM vol. 2, XSETBV: what the processor would refuse, the guest is refused. */
bool handle_xsetbv(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t index = (uint32_t)vcpu->gpr[RCX], low = (uint32_t)vcpu->gpr[RAX];
	uint32_t high = (uint32_t)vcpu->gpr[RDX];
	uint32_t eax = 0x0d, ebx, ecx = 0, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	if (exit->flags & VTS_FLAG_USER || index || high || !xcr0_valid(low, eax))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	__asm__ volatile("xsetbv" : : "c"(0), "a"(low), "d"(0));
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}

/**
 * Bochs 2.7 saves a segment register that was null before real mode loaded it with type 0, which VM entry refuses
 * (27.3.1.2), and so it stays when the guest leaves real mode. Protected mode never loads one that is not accessed: make it
 * ordinary data. Whether there was one.
 */
static bool segments_repair(void)
{
	bool repaired = false;

	for (unsigned number = 0; number < SEGMENT_COUNT; number++) {
		enum vmcs_field field = VMCS_GUEST_ES_RIGHTS + 2 * number;
		uint64_t rights = vmcs_read(field);

		if (rights & (RIGHTS_UNUSABLE | RIGHTS_ACCESSED))
			continue;
		vmcs_write(field, rights | RIGHTS_WRITABLE | RIGHTS_ACCESSED);
		repaired = true;
	}
	return repaired;
}

bool handle_entry_failure(struct vcpu *vcpu, struct exit *exit)
{
	const char *rule;

	if (exit->reason == VTS_REASON_ENTRY_GUEST_STATE && segments_repair()) {
		exit->how = VTS_EXIT_RESUMED;
		return true;
	}
	rule = vmcs_broken_rule(vcpu);
	platform_log("VM entry failed (SDM vol. 3, 27.3): %s",
		     rule ? rule : "no known rule is broken");
	guest_dump(vcpu, exit);
	exit->how = VTS_EXIT_STOPPED;
	vm_stop(vcpu->vm, VTS_VM_STOP_ENTRY_FAILURE, 0, exit->reason);
	return true;
}
