// SPDX-License-Identifier: GPL-2.0-only
/* What CPUID says, and that it is true. */
#include "tests/guest/test.h"
#include "workloads/lib/string.h"

#define LEAF1_ECX_VMX	     (1u << 5)
#define LEAF1_ECX_RDRAND     (1u << 30)
#define LEAF1_ECX_HYPERVISOR (1u << 31)
#define LEAF7_EBX_INVPCID    (1u << 10)
#define LEAF7_EBX_RDSEED     (1u << 18)
#define EXTENDED1_EDX_RDTSCP (1u << 27)

static void vmm_leaf(void)
{
	const char *names[] = {
	    "the signature",
	    "the highest VMM leaf",
	    "the guest ABI's version",
	    "hypercalls are offered",
	    "the TSC's frequency, as in the boot information",
	    "VMX, RDRAND and RDSEED are hidden",
	    "leaf 0x15 gives the TSC's frequency",
	    "the highest leaf has that of the processor",
	};
	struct cpuid leaf;

	if (!machine.vmm) {
		for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			test_skip(names[i], "there is no VMM");
		return;
	}
	leaf = cpuid(VTG_CPUID_SIGNATURE, 0);
	test_ok(!memcmp(&leaf.ebx, VTG_SIGNATURE, 12), names[0]);
	test_ok(leaf.eax >= VTG_CPUID_TIMING, names[1]);
	leaf = cpuid(VTG_CPUID_FEATURES, 0);
	test_equal(leaf.eax, VTG_ABI_VERSION, names[2]);
	test_ok(leaf.ebx & VTG_FEATURE_HYPERCALLS, names[3]);
	leaf = cpuid(VTG_CPUID_TIMING, 0);
	test_equal(leaf.eax, machine.boot->tsc_hz / 1000, names[4]);
	test_ok(!(cpuid(1, 0).ecx & (LEAF1_ECX_VMX | LEAF1_ECX_RDRAND)) &&
		    !(cpuid(7, 0).ebx & LEAF7_EBX_RDSEED),
		names[5]);
	leaf = cpuid(0x15, 0);
	test_ok(leaf.eax && (uint64_t)leaf.ecx * leaf.ebx / leaf.eax == machine.boot->tsc_hz,
		names[6]);
	test_ok(cpuid(0, 0).eax >= 0x16 && cpuid(0x16, 0).eax == machine.boot->tsc_hz / 1000000,
		names[7]);
}

/* Leaves that a processor of few has not: it would answer with its highest. */
static void absent_leaf(void)
{
	struct cpuid leaf = cpuid(0x0d, 0);

	if (cpuid(1, 0).ecx & 1u << 26 || !machine.vmm)
		test_skip("no leaf of XSAVE without XSAVE", "there is XSAVE, or no VMM");
	else
		test_equal(leaf.eax | leaf.ebx | leaf.ecx | leaf.edx, 0,
			   "no leaf of XSAVE without XSAVE");
}

/* In 64-bit mode CPUID clears the upper halves of its four registers. */
static void upper_halves(void)
{
	uint64_t a = ~0xfffffffful, b = ~0ul, c = ~0xfffffffful, d = ~0ul;

	__asm__ volatile("cpuid" : "+a"(a), "+b"(b), "+c"(c), "+d"(d));
	test_equal((a | b | c | d) >> 32, 0, "CPUID clears the upper halves");
}

/* An instruction is there if and only if its bit is. */
static void check_instruction(bool offered, const char *name)
{
	if (offered)
		test_no_trap(name);
	else
		test_trap(VECTOR_UD, 0, name);
}

static void instructions(void)
{
	uint64_t descriptor[2] = {0, 0}, value;

	__asm__ volatile(TRY("rdtscp")::: "rax", "rcx", "rdx", "memory");
	check_instruction(cpuid(0x80000001, 0).edx & EXTENDED1_EDX_RDTSCP,
			  "RDTSCP, if and only if it is offered");
	__asm__ volatile(TRY("invpcid %0, %1")::"m"(descriptor), "r"(2ul) : "memory");
	check_instruction(cpuid(7, 0).ebx & LEAF7_EBX_INVPCID,
			  "INVPCID, if and only if it is offered");
	__asm__ volatile(TRY("rdrand %0") : "=r"(value)::"memory", "cc");
	check_instruction(cpuid(1, 0).ecx & LEAF1_ECX_RDRAND,
			  "RDRAND, if and only if it is offered");
	__asm__ volatile(TRY("rdseed %0") : "=r"(value)::"memory", "cc");
	check_instruction(cpuid(7, 0).ebx & LEAF7_EBX_RDSEED,
			  "RDSEED, if and only if it is offered");
}

/* CPUID leaf 1 ECX[27] mirrors CR4.OSXSAVE (SDM vol. 2, CPUID). */
static void osxsave(void)
{
	uint64_t cr4 = cr4_read();

	test_equal(cpuid(1, 0).ecx >> 27 & 1, 0, "OSXSAVE is clear while CR4.OSXSAVE is");
	if (!(cpuid(1, 0).ecx & 1u << 26)) {
		test_skip("OSXSAVE follows CR4.OSXSAVE", "no XSAVE");
		return;
	}
	cr4_write(cr4 | CR4_OSXSAVE);
	test_equal(cpuid(1, 0).ecx >> 27 & 1, 1, "OSXSAVE follows CR4.OSXSAVE");
	cr4_write(cr4);
}

int main(void)
{
	test_equal(!!(cpuid(1, 0).ecx & LEAF1_ECX_HYPERVISOR), machine.vmm, "the hypervisor bit");
	vmm_leaf();
	upper_halves();
	test_ok((cpuid(0x80000008, 0).eax & 0xff) >= 36, "the width of physical addresses");
	instructions();
	osxsave();
	absent_leaf();
	return test_done();
}
