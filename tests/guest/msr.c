// SPDX-License-Identifier: GPL-2.0-only
/* RDMSR and WRMSR: values that stay, values that are refused, registers that are not there. */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"

#define NON_CANONICAL	     0x8000000000000000ul
#define TSC_MSR		     0x10
#define TSC_ADJUST_MSR	     0x3b
#define LEAF7_EBX_TSC_ADJUST (1u << 1)
#define VMX_BASIC	     0x480

static const struct {
	uint32_t msr;
	uint64_t value;
	const char *name;
} kept[] = {
    {MSR_FS_BASE, 0x00007123456789a0, "FS base"},
    {MSR_GS_BASE, 0xffff8123456789a0, "GS base"},
    {MSR_KERNEL_GS_BASE, 0x0000623456789ab0, "kernel GS base"},
    {MSR_STAR, 0x0028000800001234, "STAR"},
    {MSR_LSTAR, 0xffffffff81234560, "LSTAR"},
    {0xc0000083, 0xffffffff81234568, "CSTAR"},
    {MSR_FMASK, 0x47700, "FMASK"},
    {0x174, 0x10, "SYSENTER_CS"},
    {0x175, 0x0000523456789ab0, "SYSENTER_ESP"},
    {MSR_SYSENTER_EIP, 0xffff923456789ab0, "SYSENTER_EIP"},
    {MSR_PAT, 0x0006040600070406, "PAT"},
};

static void values_stay(void)
{
	for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		uint64_t before = rdmsr(kept[i].msr);

		wrmsr(kept[i].msr, kept[i].value);
		test_equal(rdmsr(kept[i].msr), kept[i].value, kept[i].name);
		wrmsr(kept[i].msr, before);
	}
}

static void segment_bases(void)
{
	uint64_t word = 0x1122334455667788, got;

	wrmsr(MSR_FS_BASE, (uint64_t)&word - 0x100);
	__asm__ volatile("mov %%fs:0x100, %0" : "=r"(got));
	test_equal(got, word, "an access through FS");
	wrmsr(MSR_GS_BASE, 0x5000);
	wrmsr(MSR_KERNEL_GS_BASE, (uint64_t)&word - 0x200);
	__asm__ volatile("swapgs\n\t"
			 "mov %%gs:0x200, %0"
			 : "=r"(got));
	test_equal(got, word, "an access through GS behind SWAPGS");
	test_equal(rdmsr(MSR_KERNEL_GS_BASE), 0x5000, "SWAPGS swaps both ways");
}

static void refused(void)
{
	uint64_t pat = rdmsr(MSR_PAT), efer = rdmsr(MSR_EFER);

	try_wrmsr(MSR_FS_BASE, NON_CANONICAL);
	test_trap(VECTOR_GP, 0, "a base that is not canonical");
	try_wrmsr(MSR_LSTAR, NON_CANONICAL);
	test_trap(VECTOR_GP, 0, "an LSTAR that is not canonical");
	try_wrmsr(MSR_SYSENTER_EIP, NON_CANONICAL);
	test_trap(VECTOR_GP, 0, "a SYSENTER_EIP that is not canonical");
	try_wrmsr(MSR_PAT, 0x0007040600070402);
	test_trap(VECTOR_GP, 0, "a PAT with memory type 2");
	test_equal(rdmsr(MSR_PAT), pat, "the refused PAT changed nothing");
	try_wrmsr(MSR_EFER, efer | 1ul << 20);
	test_trap(VECTOR_GP, 0, "a reserved bit of EFER");
	try_wrmsr(MSR_EFER, efer & ~EFER_LME);
	test_trap(VECTOR_GP, 0, "clearing EFER.LME while paging is on");
	test_equal(rdmsr(MSR_EFER), efer, "the refused EFER changed nothing");
}

static void efer(void)
{
	uint64_t before = rdmsr(MSR_EFER);

	wrmsr(MSR_EFER, before & ~EFER_SCE);
	test_equal(rdmsr(MSR_EFER), before & ~EFER_SCE, "EFER.SCE can be cleared");
	__asm__ volatile(TRY("syscall")::: "rcx", "r11", "memory");
	test_trap(VECTOR_UD, 0, "SYSCALL without EFER.SCE");
	wrmsr(MSR_EFER, before & ~EFER_NXE);
	test_equal(rdmsr(MSR_EFER), before & ~EFER_NXE, "EFER.NXE can be cleared");
	wrmsr(MSR_EFER, before);
	test_equal(rdmsr(MSR_EFER), before, "EFER can be restored");
}

static void absent(void)
{
	const char *names[] = {"RDMSR of an absent register", "WRMSR to an absent register",
			       "RDMSR of an absent register in the upper range",
			       "RDMSR of one outside both ranges",
			       "the VMX capability registers are hidden"};

	if (!machine.vmm) {
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			test_skip(names[i], "the engine ignores absent registers, and has VMX");
		return;
	}
	try_rdmsr(0x1ff0);
	test_trap(VECTOR_GP, 0, names[0]);
	try_wrmsr(0x1ff0, 1);
	test_trap(VECTOR_GP, 0, names[1]);
	try_rdmsr(0xc0001ff0);
	test_trap(VECTOR_GP, 0, names[2]);
	try_rdmsr(0x4b564d00);
	test_trap(VECTOR_GP, 0, names[3]);
	try_rdmsr(VMX_BASIC);
	test_trap(VECTOR_GP, 0, names[4]);
}

static void tsc(void)
{
	uint64_t before = rdtsc(), read = rdmsr(TSC_MSR), after = rdtsc();

	test_ok(before < read && read < after, "RDMSR of the TSC lies between two RDTSC");
}

/* SDM vol. 3, 18.17.3: each of the two registers follows what is written to the other. */
static void tsc_adjust(void)
{
	const char *names[] = {"TSC_ADJUST begins as 0", "what is added to it is added to the TSC",
			       "what is added to the TSC is added to it", "and taken away again"};
	const uint64_t added = 1ul << 40;
	uint64_t before;

	if (!machine.vmm || !(cpuid(7, 0).ebx & LEAF7_EBX_TSC_ADJUST)) {
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			test_skip(names[i],
				  "not offered, or the engine's, which adds nothing to the TSC");
		return;
	}
	test_equal(rdmsr(TSC_ADJUST_MSR), 0, names[0]);
	before = rdtsc();
	wrmsr(TSC_ADJUST_MSR, added);
	test_ok(rdtsc() - before - added < 1000000, names[1]);
	wrmsr(TSC_MSR, rdtsc() + added);
	test_ok(rdmsr(TSC_ADJUST_MSR) - 2 * added < 1000000 ||
		    2 * added - rdmsr(TSC_ADJUST_MSR) < 1000000,
		names[2]);
	wrmsr(TSC_ADJUST_MSR, 0);
	test_ok(rdtsc() - before < 1000000, names[3]);
}

static __attribute__((naked)) void user_rdmsr(void)
{
	__asm__("mov $0xc0000100, %ecx\n\t"
		"rdmsr\n\t" USER_RETURN);
}

static __attribute__((naked)) void user_wrmsr(void)
{
	__asm__("mov $0xc0000100, %ecx\n\t"
		"wrmsr\n\t" USER_RETURN);
}

int main(void)
{
	values_stay();
	segment_bases();
	refused();
	efer();
	absent();
	tsc();
	tsc_adjust();
	paging_init();
	user_run(user_rdmsr, 0, NULL);
	test_trap(VECTOR_GP, 0, "RDMSR at CPL 3");
	user_run(user_wrmsr, 0, NULL);
	test_trap(VECTOR_GP, 0, "WRMSR at CPL 3");
	return test_done();
}
