/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers: those that this virtual processor has; all others raise #GP. */
#include "core-vmm/vmx/msr.h"

#include "core-vmm/device/lapic.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/dispatch/io.h"
#include "core-vmm/dispatch/time.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/record.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/vmcs.h"

#define EFER_DEFINED (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

static uint64_t guest_efer(const struct vcpu *vcpu)
{
	return vcpu->vm->ept ? vmcs_read(VMCS_GUEST_EFER) : vcpu->paging.efer;
}

static bool msr_serve_read(struct vcpu *vcpu, uint32_t index, uint64_t *value)
{
	switch (index) {
	case MSR_TSC:
		*value = platform_tsc() + vmcs_read(VMCS_TSC_OFFSET);
		return true;
	case MSR_BIOS_SIGN_ID:
		*value = 0;
		return true;
	case MSR_MISC_ENABLE:
	case MSR_TSC_AUX:
		*value = msr_read(index);
		return true;
	case MSR_PAT:
		*value = vmcs_read(VMCS_GUEST_PAT);
		return true;
	case MSR_EFER:
		*value = guest_efer(vcpu);
		return true;
	default:
		return false;
	}
}

/** SDM vol. 3, 12.12.2: types 0, 1, 4, 5, 6 and 7. */
static bool pat_valid(uint64_t value)
{
	for (; value; value >>= 8) {
		unsigned type = value & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

static bool efer_write(struct vcpu *vcpu, uint64_t value)
{
	const struct guest_paging *paging = &vcpu->paging;
	uint64_t old;

	vcpu->vm->paging->sync(vcpu);
	old = paging->efer;
	if (value & ~EFER_DEFINED)
		return false;
	if ((value ^ old) & EFER_LME && paging->cr0 & CR0_PG)
		return false;
	if ((value ^ old) & EFER_NXE)
		ledger_owe_guest(vcpu);
	return vcpu->vm->paging->load_efer(vcpu, (value & ~EFER_LMA) | (old & EFER_LMA));
}

static bool msr_serve_write(struct vcpu *vcpu, uint32_t index, uint64_t value)
{
	switch (index) {
	case MSR_TSC:
		time_tsc_write(vcpu, value);
		return true;
	case MSR_BIOS_SIGN_ID:
	case MSR_MISC_ENABLE:
		return true; /* nothing behind it that the guest could switch */
	case MSR_TSC_AUX:
		if (value >> 32)
			return false;
		msr_write(index, value);
		return true;
	case MSR_PAT:
		if (!pat_valid(value))
			return false;
		vmcs_write(VMCS_GUEST_PAT, value);
		return true;
	case MSR_EFER:
		return efer_write(vcpu, value);
	default:
		return false;
	}
}

/* IA32_TSC_ADJUST, and the local APIC's registers, whose accesses are recorded as those of any device. Out of line, so that
 * other MSRs cost no more for them. Any other MSR is refused. */

__attribute__((noinline)) static bool other_rdmsr(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t index = (uint32_t)exit->qualification;
	uint64_t value;

	if (index == MSR_TSC_ADJUST)
		value = vcpu->tsc_adjust;
	else if (!lapic_msr_read(vcpu, index, &value))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	else
		io_record(vcpu, VTS_DEVICE_LAPIC, false, index, 8, value);
	vcpu->gpr[RAX] = (uint32_t)value;
	vcpu->gpr[RDX] = value >> 32;
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}

__attribute__((noinline)) static bool other_wrmsr(struct vcpu *vcpu, struct exit *exit,
						  uint64_t value)
{
	uint32_t index = (uint32_t)exit->qualification;

	if (index == MSR_TSC_ADJUST)
		time_tsc_adjust(vcpu, value);
	else if (!lapic_msr_write(vcpu, index, value))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	else
		io_record(vcpu, VTS_DEVICE_LAPIC, true, index, 8, value);
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}

bool handle_rdmsr(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t index = (uint32_t)vcpu->gpr[RCX];
	uint64_t value;

	exit->qualification = index;
	if (!msr_serve_read(vcpu, index, &value))
		return other_rdmsr(vcpu, exit);
	vcpu->gpr[RAX] = (uint32_t)value;
	vcpu->gpr[RDX] = value >> 32;
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}

bool handle_wrmsr(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t index = (uint32_t)vcpu->gpr[RCX];
	uint64_t value = (uint32_t)vcpu->gpr[RAX] | vcpu->gpr[RDX] << 32;

	exit->qualification = index;
	if (!msr_serve_write(vcpu, index, value))
		return other_wrmsr(vcpu, exit, value);
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}
