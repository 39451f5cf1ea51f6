// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/apic.h"

#include "workloads/lib/pic.h"

#define CPUID_X2APIC   (1u << 21) /* leaf 1 ECX */
#define CPUID_DEADLINE (1u << 24)

bool apic_present(void)
{
	const uint32_t wanted = CPUID_X2APIC | CPUID_DEADLINE;

	return (cpuid(1, 0).ecx & wanted) == wanted;
}

void apic_init(uint8_t spurious_vector)
{
	pic_mask(0xffff);
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	wrmsr(APIC_SVR, APIC_SVR_ENABLED | spurious_vector);
	wrmsr(APIC_TPR, 0);
	wrmsr(APIC_LVT_TIMER, APIC_LVT_MASKED);
	wrmsr(APIC_LVT_LINT0, APIC_LVT_MASKED);
	wrmsr(APIC_DIVIDE, APIC_DIVIDE_BY_1);
}

bool apic_has(uint32_t first, uint8_t vector)
{
	return rdmsr(first + vector / 32) >> vector % 32 & 1;
}

volatile uint64_t apic_counted;

__attribute__((naked)) void apic_count(void)
{
	__asm__("push %rax\n\t"
		"push %rcx\n\t"
		"push %rdx\n\t"
		"incq apic_counted(%rip)\n\t"
		"mov $0x80b, %ecx\n\t" /* APIC_EOI */
		"xor %eax, %eax\n\t"
		"xor %edx, %edx\n\t"
		"wrmsr\n\t"
		"pop %rdx\n\t"
		"pop %rcx\n\t"
		"pop %rax\n\t"
		"iretq");
}
