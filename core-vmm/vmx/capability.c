/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/vmx/capability.h"

#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

#define BASIC_TRUE_CONTROLS (1ull << 55)
#define CPUID_VMX	    (1u << 5) /* leaf 1 ECX */

/** Which paging mode needs a capability. */
enum need { NEED_ALWAYS, NEED_EPT, NEED_VPID };

struct requirement {
	uint32_t msr;
	uint8_t bit; /* of the 64 */
	enum need need;
	const char *name;
};

static uint32_t bit_of(uint64_t mask)
{
	return (uint32_t)__builtin_ctzll(mask);
}

static struct control_range range_read(uint32_t msr)
{
	uint64_t value = msr_read(msr);

	return (struct control_range){.must = (uint32_t)value, .may = (uint32_t)(value >> 32)};
}

static uint64_t physical_mask(void)
{
	uint32_t eax = 0x80000008, ebx, ecx = 0, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ((1ull << (eax & 0xff)) - 1);
}

static uint32_t highest_leaf(void)
{
	uint32_t eax = 0, ebx, ecx = 0, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return eax;
}

static bool vmx_present(void)
{
	uint32_t eax = 1, ebx, ecx = 0, edx;
	uint64_t control;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	if (!(ecx & CPUID_VMX)) {
		platform_log("this processor has no VT-x (CPUID leaf 1, ECX bit 5)");
		return false;
	}
	control = msr_read(MSR_FEATURE_CONTROL);
	if (!(control & FEATURE_CONTROL_LOCKED))
		msr_write(MSR_FEATURE_CONTROL,
			  control | FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX);
	else if (!(control & FEATURE_CONTROL_VMX)) {
		platform_log(
		    "the firmware has switched VT-x off (MSR 0x3a bit 2): enable it in its set-up");
		return false;
	}
	return true;
}

/** Log each requirement that is not met; how many. */
static unsigned requirements_check(const struct requirement *list, unsigned count,
				   const struct vm_config *config)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct requirement *r = &list[i];

		if ((r->need == NEED_EPT && config->paging != VTS_VM_START_EPT) ||
		    (r->need == NEED_VPID && !config->vpid) || msr_read(r->msr) >> r->bit & 1)
			continue;
		platform_log("this processor's VT-x lacks %s (MSR 0x%x bit %u)%s", r->name, r->msr,
			     r->bit,
			     r->need == NEED_EPT    ? ": run with --paging shadow"
			     : r->need == NEED_VPID ? ": run with --no-vpid"
						    : "");
		missing++;
	}
	return missing;
}

/** Requirements of the controls; the upper half of a control MSR says what may be 1. */
static unsigned controls_check(const struct vm_config *config)
{
#define MAY(mask) (uint8_t)(32 + bit_of(mask))
	const struct requirement primary[] = {
	    {MSR_VMX_PROCBASED, MAY(PROC_SECONDARY), NEED_ALWAYS, "secondary controls"},
	    {MSR_VMX_PROCBASED, MAY(PROC_MSR_BITMAP), NEED_ALWAYS, "MSR bitmaps"},
	    {MSR_VMX_PROCBASED, MAY(PROC_TSC_OFFSETTING), NEED_ALWAYS, "TSC offsetting"},
	    {MSR_VMX_PROCBASED, MAY(PROC_IO), NEED_ALWAYS, "unconditional I/O exiting"},
	    {MSR_VMX_EXIT, MAY(EXIT_HOST_64), NEED_ALWAYS, "a 64-bit host"},
	    {MSR_VMX_EXIT, MAY(EXIT_ACK), NEED_ALWAYS, "acknowledging interrupts at exits"},
	    {MSR_VMX_EXIT, MAY(EXIT_LOAD_EFER), NEED_ALWAYS, "loading IA32_EFER at exits"},
	    {MSR_VMX_EXIT, MAY(EXIT_LOAD_PAT), NEED_ALWAYS, "loading IA32_PAT at exits"},
	    {MSR_VMX_ENTRY, MAY(ENTRY_GUEST_64), NEED_ALWAYS, "64-bit guests"},
	    {MSR_VMX_ENTRY, MAY(ENTRY_LOAD_EFER), NEED_ALWAYS, "loading IA32_EFER at entries"},
	    {MSR_VMX_ENTRY, MAY(ENTRY_LOAD_PAT), NEED_ALWAYS, "loading IA32_PAT at entries"},
	};
	const struct requirement secondary[] = {
	    {MSR_VMX_PROCBASED2, MAY(PROC2_EPT), NEED_EPT, "EPT"},
	    {MSR_VMX_PROCBASED2, MAY(PROC2_UNRESTRICTED), NEED_EPT, "unrestricted guest"},
	    {MSR_VMX_PROCBASED2, MAY(PROC2_VPID), NEED_VPID, "VPID"},
	};
#undef MAY
	unsigned missing = requirements_check(primary, sizeof(primary) / sizeof(*primary), config);

	/* The secondary controls' MSR exists only if there are any. */
	return missing
		   ? missing
		   : requirements_check(secondary, sizeof(secondary) / sizeof(*secondary), config);
}

static unsigned ept_vpid_check(const struct vm_config *config)
{
	const struct requirement list[] = {
	    {MSR_VMX_EPT_VPID, (uint8_t)bit_of(CAP_EPT_WALK_4), NEED_EPT, "four-level EPT"},
	    {MSR_VMX_EPT_VPID, (uint8_t)bit_of(CAP_EPT_WRITE_BACK), NEED_EPT,
	     "write-back EPT structures"},
	    {MSR_VMX_EPT_VPID, (uint8_t)bit_of(CAP_INVEPT_SINGLE), NEED_EPT,
	     "single-context INVEPT"},
	    {MSR_VMX_EPT_VPID, (uint8_t)bit_of(CAP_INVVPID_SINGLE), NEED_VPID,
	     "single-context INVVPID"},
	};

	if (config->paging != VTS_VM_START_EPT && !config->vpid)
		return 0;
	return requirements_check(list, sizeof(list) / sizeof(*list), config);
}

int capability_read(struct capability *capability, const struct vm_config *config)
{
	bool true_controls;

	if (!vmx_present() || controls_check(config) || ept_vpid_check(config))
		return -1;
	capability->basic = msr_read(MSR_VMX_BASIC);
	true_controls = capability->basic & BASIC_TRUE_CONTROLS;
	capability->pin = range_read(true_controls ? MSR_VMX_TRUE_PINBASED : MSR_VMX_PINBASED);
	capability->proc = range_read(true_controls ? MSR_VMX_TRUE_PROCBASED : MSR_VMX_PROCBASED);
	capability->exit = range_read(true_controls ? MSR_VMX_TRUE_EXIT : MSR_VMX_EXIT);
	capability->entry = range_read(true_controls ? MSR_VMX_TRUE_ENTRY : MSR_VMX_ENTRY);
	capability->proc2 = range_read(MSR_VMX_PROCBASED2);
	capability->misc = msr_read(MSR_VMX_MISC);
	capability->cr0_fixed0 = msr_read(MSR_VMX_CR0_FIXED0);
	capability->cr0_fixed1 = msr_read(MSR_VMX_CR0_FIXED1);
	capability->cr4_fixed0 = msr_read(MSR_VMX_CR4_FIXED0);
	capability->cr4_fixed1 = msr_read(MSR_VMX_CR4_FIXED1);
	if (capability->proc2.may & (PROC2_EPT | PROC2_VPID))
		capability->ept_vpid = msr_read(MSR_VMX_EPT_VPID);
	capability->physical_mask = physical_mask();
	capability->highest_leaf = highest_leaf();
	return 0;
}
