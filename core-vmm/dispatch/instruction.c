/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that exit only where they are to be counted (--intercept), and do what they would
 * have done. */
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"

#define DR6_FIXED   0xffff0ff0ull /* SDM vol. 3, 18.2.3 */
#define DR6_DEFINED 0x0000e00full
#define DR7_FIXED   0x00000400ull
#define DR7_DEFINED 0xffff2bffull
#define DR7_GD	    (1ull << 13)

/* Exit qualification for MOV DR: SDM table 28-4. */
#define DR_NUMBER(q)   ((unsigned)(q)&7)
#define DR_FROM(q)     ((q) >> 4 & 1)
#define DR_REGISTER(q) ((unsigned)((q) >> 8) & 15)

static void tsc_give(struct vcpu *vcpu)
{
	uint64_t tsc = platform_tsc() + vmcs_read(VMCS_TSC_OFFSET);

	vcpu->gpr[RAX] = (uint32_t)tsc;
	vcpu->gpr[RDX] = tsc >> 32;
}

bool handle_rdtsc(struct vcpu *vcpu, struct exit *exit)
{
	exit->how = VTS_EXIT_EMULATED;
	tsc_give(vcpu);
	instruction_skip(exit);
	return true;
}

bool handle_rdtscp(struct vcpu *vcpu, struct exit *exit)
{
	exit->how = VTS_EXIT_EMULATED;
	tsc_give(vcpu);
	vcpu->gpr[RCX] = (uint32_t)msr_read(MSR_TSC_AUX);
	instruction_skip(exit);
	return true;
}

bool handle_pause(struct vcpu *vcpu, struct exit *exit)
{
	(void)vcpu;
	exit->how = VTS_EXIT_EMULATED;
	instruction_skip(exit);
	return true;
}

/** CPUID leaf 0AH offers no counters, so no index is valid. */
bool handle_rdpmc(struct vcpu *vcpu, struct exit *exit)
{
	return inject_exception(vcpu, exit, VECTOR_GP, 0);
}

static uint64_t dr_read(unsigned number)
{
	uint64_t value;

	switch (number) {
	case 0:
		__asm__ volatile("mov %%dr0, %0" : "=r"(value));
		return value;
	case 1:
		__asm__ volatile("mov %%dr1, %0" : "=r"(value));
		return value;
	case 2:
		__asm__ volatile("mov %%dr2, %0" : "=r"(value));
		return value;
	case 3:
		__asm__ volatile("mov %%dr3, %0" : "=r"(value));
		return value;
	case 6:
		__asm__ volatile("mov %%dr6, %0" : "=r"(value));
		return value;
	default:
		return vmcs_read(VMCS_GUEST_DR7);
	}
}

/** The guest's DR0 to DR3 and DR6 are the processor's own: the VMM sets no breakpoints. */
static void dr_write(unsigned number, uint64_t value)
{
	switch (number) {
	case 0:
		__asm__ volatile("mov %0, %%dr0" : : "r"(value));
		break;
	case 1:
		__asm__ volatile("mov %0, %%dr1" : : "r"(value));
		break;
	case 2:
		__asm__ volatile("mov %0, %%dr2" : : "r"(value));
		break;
	case 3:
		__asm__ volatile("mov %0, %%dr3" : : "r"(value));
		break;
	case 6:
		__asm__ volatile("mov %0, %%dr6" : : "r"((value & DR6_DEFINED) | DR6_FIXED));
		break;
	default:
		vmcs_write(VMCS_GUEST_DR7, (value & DR7_DEFINED) | DR7_FIXED);
	}
}

/** SDM vol. 3, 18.2.2: DR4 and DR5 are DR6 and DR7, unless CR4.DE says they are not there. */
bool handle_dr_access(struct vcpu *vcpu, struct exit *exit)
{
	uint64_t q = exit->qualification;
	unsigned number = DR_NUMBER(q), reg = DR_REGISTER(q);

	if ((number == 4 || number == 5) && vmcs_read(VMCS_GUEST_CR4) & CR4_DE)
		return inject_exception(vcpu, exit, VECTOR_UD, 0);
	if (number == 4 || number == 5)
		number += 2;
	if (vmcs_read(VMCS_GUEST_DR7) & DR7_GD) {
		dr_write(6, dr_read(6) | 1u << 13); /* BD */
		vmcs_write(VMCS_GUEST_DR7, vmcs_read(VMCS_GUEST_DR7) & ~DR7_GD);
		return inject_exception(vcpu, exit, VECTOR_DB, 0);
	}
	exit->how = VTS_EXIT_EMULATED;
	if (DR_FROM(q)) {
		register_write(vcpu, reg, dr_read(number));
	} else {
		uint64_t value = register_read(vcpu, reg);

		if (number >= 6 && value >> 32)
			return inject_exception(vcpu, exit, VECTOR_GP, 0);
		dr_write(number, value);
	}
	instruction_skip(exit);
	return true;
}
