/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest can read and the VMCS does not hold: as after a reset of the processor (SDM vol. 3,
 * table 10-1), so that nothing of the VM before, or of the VMM's, is in it.
 */
#include "core-vmm/vmx/reset.h"

#include <stdint.h>

#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"

#define DR6_RESET   0xffff0ff0ull
#define MXCSR_RESET 0x1f80
#define XCR0_X87    1u

/* An XSAVE area whose header says that every component is in its initial state: SDM vol. 1, 13.8.1.
 */
static const struct {
	uint8_t legacy[24];
	uint32_t mxcsr;
	uint8_t rest[4096 - 28];
} initial __attribute__((aligned(64))) = {.mxcsr = MXCSR_RESET};

static void xcr0_write(uint32_t low)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"(low), "d"(0));
}

/** Every component that the processor has; then the guest's are those that it asks for. All
 * processors with VT-x have XSAVE but the first, and those have no more than the x87 and SSE
 * registers. */
static void vector_reset(void)
{
	uint32_t eax = 0x0d, ebx, ecx = 0, edx;
	uint64_t cr4;

	__asm__ volatile("fninit");
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	if (!(cr4 & CR4_OSXSAVE))
		return;
	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	xcr0_write(eax);
	__asm__ volatile("xrstor %0" : : "m"(initial), "a"(~0u), "d"(~0u));
	xcr0_write(XCR0_X87);
}

void reset_unswitched(void)
{
	static const uint32_t msrs[] = {MSR_STAR,  MSR_LSTAR,	       MSR_CSTAR,
					MSR_FMASK, MSR_KERNEL_GS_BASE, MSR_TSC_AUX};
	uint64_t none = 0;

	for (unsigned i = 0; i < sizeof(msrs) / sizeof(*msrs); i++)
		msr_write(msrs[i], 0);
	__asm__ volatile("mov %0, %%dr0\n\tmov %0, %%dr1\n\tmov %0, %%dr2\n\tmov %0, %%dr3\n\t"
			 "mov %1, %%dr6\n\tmov %0, %%cr2"
			 :
			 : "r"(none), "r"(DR6_RESET));
	vector_reset();
}
