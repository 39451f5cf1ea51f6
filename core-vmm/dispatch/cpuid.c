/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID: the processor's own answers, less what this VM does not offer. What is offered works; what
 * does not work is not offered.
 */
#include "core-vmm/abi/guest.h"
#include "core-vmm/device/lapic.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/test_variant.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/vmcs.h"

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

/* Leaf 1 ECX: MONITOR, VMX, SMX, EIST, TM2, PDCM, PCID, RDRAND. */
#define HIDDEN_1_ECX                                                                               \
	(1u << 3 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 15 | 1u << 17 | 1u << 30)
/* The virtual local APIC has these, whatever the processor's has: x2APIC, TSC-deadline. */
#define OFFERED_1_ECX	 (1u << 21 | 1u << 24)
#define OSXSAVE_1_ECX	 (1u << 27)
#define HYPERVISOR_1_ECX (1u << 31)
/* Leaf 1 EDX: MCE, MTRR, MCA, DS, ACPI, TM, PBE. */
#define HIDDEN_1_EDX (1u << 7 | 1u << 12 | 1u << 14 | 1u << 21 | 1u << 22 | 1u << 29 | 1u << 31)
/* Leaf 7 EBX: SGX, HLE, INVPCID, RTM, PQM, MPX, PQE, RDSEED, PT. */
#define HIDDEN_7_EBX                                                                               \
	(1u << 2 | 1u << 4 | 1u << 10 | 1u << 11 | 1u << 12 | 1u << 14 | 1u << 15 | 1u << 18 |     \
	 1u << 25)
#define OFFERED_7_EBX (1u << 1) /* TSC_ADJUST */
/* Leaf 7 ECX: UMIP, PKU, OSPKE, LA57, RDPID, SGX_LC; EDX is all for the host. */
#define HIDDEN_7_ECX (1u << 2 | 1u << 3 | 1u << 4 | 1u << 16 | 1u << 22 | 1u << 30)
/* Leaf 0xd, sub-leaf 1, EAX: XSAVEC, which in Bochs 2.7 saves YMM registers where XRSTOR does not look for them; XSAVES. */
#define HIDDEN_D1_EAX (1u << 1 | 1u << 3)

#define CPUID_XSAVE	0x0d
#define CPUID_TSC	0x15
#define CPUID_FREQUENCY 0x16

static struct cpuid cpuid_processor(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid out;

	__asm__("cpuid"
		: "=a"(out.eax), "=b"(out.ebx), "=c"(out.ecx), "=d"(out.edx)
		: "a"(leaf), "c"(subleaf));
	return out;
}

static struct cpuid cpuid_ours(const struct vm *vm, uint32_t leaf)
{
	switch (leaf) {
	case VTG_CPUID_SIGNATURE:
		/* "vtscope-vt-x" in EBX, ECX, EDX */
		return (struct cpuid){VTG_CPUID_TIMING, 0x63737476, 0x2d65706f, 0x782d7476};
	case VTG_CPUID_FEATURES:
		return (struct cpuid){.eax = VTG_ABI_VERSION,
				      .ebx = VTG_FEATURE_HYPERCALLS |
					     (vm->config.pv ? VTG_FEATURE_PV_CONSOLE : 0) |
					     (vm->shadow ? VTG_FEATURE_SHADOW : 0)};
	case VTG_CPUID_TIMING:
		return (struct cpuid){.eax = (uint32_t)(vm->config.hz / 1000),
				      .ebx = (uint32_t)(vm->config.hz / 1000)};
	default:
		return (struct cpuid){0};
	}
}

/**
 * The frequencies, which the processor may not know, or have wrong: the TSC's as so many of a crystal's, which is the APIC
 * timer's too (SDM vol. 2, CPUID, leaf 0x15), and as a processor's in MHz (0x16).
 */
static struct cpuid cpuid_frequency(uint64_t hz, uint32_t leaf)
{
	uint32_t mhz = (uint32_t)(hz / 1000000);

	if (leaf == CPUID_TSC)
		return (struct cpuid){.eax = 1, .ebx = 1, .ecx = (uint32_t)hz};
	return (struct cpuid){.eax = mhz, .ebx = mhz, .ecx = mhz};
}

/** Between the processor's highest leaf and ours: the processor would answer with its highest. */
static bool is_beyond(const struct vcpu *vcpu, uint32_t leaf)
{
	return leaf < CPUID_FREQUENCY && leaf > vcpu->capability->highest_leaf;
}

static void cpuid_hide(const struct vcpu *vcpu, struct cpuid *out, uint32_t leaf, uint32_t subleaf)
{
	if (!leaf) {
		if (out->eax < CPUID_FREQUENCY)
			out->eax = CPUID_FREQUENCY;
		return;
	}
	switch (leaf) {
	case 1:
		out->ecx &= ~(HIDDEN_1_ECX | OSXSAVE_1_ECX);
		out->ecx |= HYPERVISOR_1_ECX | OFFERED_1_ECX;
		if (vmcs_read(VMCS_CR4_SHADOW) & CR4_OSXSAVE)
			out->ecx |= OSXSAVE_1_ECX;
		out->edx |= CPUID_1_EDX_APIC;
		out->edx &= ~(HIDDEN_1_EDX | vcpu->cpuid_1_edx_hidden);
		break;
	case 7:
		out->ebx = subleaf ? 0 : (out->ebx & ~HIDDEN_7_EBX) | OFFERED_7_EBX;
		out->ecx &= subleaf ? 0 : ~HIDDEN_7_ECX;
		out->eax = 0;
		out->edx = 0;
		break;
	case CPUID_XSAVE:
		if (is_beyond(vcpu, leaf)) {
			*out = (struct cpuid){0};
		} else if (subleaf == 1) {
			out->eax &= ~HIDDEN_D1_EAX;
			out->ebx = 0; /* of the compacted format */
		}
		break;
	case 5:	   /* MONITOR/MWAIT */
	case 6:	   /* power management */
	case 0x0a: /* performance monitoring */
	case 0x0f: /* cache monitoring */
	case 0x10:
	case 0x12: /* SGX */
	case 0x14: /* processor trace */
		*out = (struct cpuid){0};
		break;
	case CPUID_TSC:
	case CPUID_FREQUENCY:
		*out = cpuid_frequency(vcpu->vm->config.hz, leaf);
		break;
	default:
		if (is_beyond(vcpu, leaf))
			*out = (struct cpuid){0};
		break;
	}
}

bool handle_cpuid(struct vcpu *vcpu, struct exit *exit)
{
	uint32_t leaf = (uint32_t)vcpu->gpr[RAX], subleaf = (uint32_t)vcpu->gpr[RCX];
	struct cpuid out;

	exit->qualification = leaf | (uint64_t)subleaf << 32;
	exit->how = VTS_EXIT_EMULATED;
	if (leaf >> 28 == 4) {
		out = cpuid_ours(vcpu->vm, leaf);
	} else {
		out = cpuid_processor(leaf, subleaf);
		cpuid_hide(vcpu, &out, leaf, subleaf);
		if (test_variant_is(TEST_CORRUPT))
			out.ebx ^= 1;
	}
	vcpu->gpr[RAX] = out.eax;
	vcpu->gpr[RBX] = out.ebx;
	vcpu->gpr[RCX] = out.ecx;
	vcpu->gpr[RDX] = out.edx;
	instruction_skip(exit);
	return true;
}
