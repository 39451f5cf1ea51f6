// SPDX-License-Identifier: GPL-2.0-only
/* Control and debug registers, XCR0: bits that stay, bits that are refused. */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"

#define LEAF1_ECX_XSAVE (1u << 26)
#define LEAF7_EBX_SMEP	(1u << 7)
#define LEAF7_EBX_SMAP	(1u << 20)

static void cr0(void)
{
	uint64_t before = cr0_read();

	cr0_write(before | CR0_TS | CR0_AM);
	test_equal(cr0_read(), before | CR0_TS | CR0_AM, "CR0.TS and CR0.AM can be set");
	__asm__ volatile("clts");
	test_equal(cr0_read(), before | CR0_AM, "CLTS");
	cr0_write(before & ~(CR0_WP | CR0_MP));
	test_equal(cr0_read(), before & ~(CR0_WP | CR0_MP), "CR0.WP and CR0.MP can be cleared");
	cr0_write(before);
	__asm__ volatile("lmsw %w0" ::"r"((uint16_t)(before | CR0_TS)));
	test_equal(cr0_read(), before | CR0_TS, "LMSW sets CR0.TS");
	__asm__ volatile("lmsw %w0" ::"r"((uint16_t)(before & ~CR0_PE)));
	test_equal(cr0_read(), before, "LMSW clears CR0.TS, but never CR0.PE");
	cr0_write(before & ~CR0_ET);
	test_equal(cr0_read(), before, "CR0.ET stays");
	try_cr0(before | 1ul << 32);
	test_trap(VECTOR_GP, 0, "an upper bit of CR0");
	try_cr0(before & ~CR0_PG);
	test_trap(VECTOR_GP, 0, "clearing CR0.PG in 64-bit code");
	try_cr0(before & ~CR0_PE);
	test_trap(VECTOR_GP, 0, "CR0.PG without CR0.PE");
	try_cr0(before | CR0_NW);
	test_trap(VECTOR_GP, 0, "CR0.NW without CR0.CD");
	test_equal(cr0_read(), before, "refused values change nothing");
}

static void cr4(void)
{
	uint64_t before = cr4_read(), set = before | CR4_PGE | CR4_DE | CR4_TSD;

	cr4_write(set);
	test_equal(cr4_read(), set, "CR4.PGE, CR4.DE and CR4.TSD can be set");
	cr4_write(before);
	test_equal(cr4_read(), before, "and cleared");
	try_cr4(before | 1ul << 63);
	test_trap(VECTOR_GP, 0, "an upper bit of CR4");
	try_cr4(before | 1ul << 31);
	test_trap(VECTOR_GP, 0, "a reserved bit of CR4");
	try_cr4(before & ~CR4_PAE);
	test_trap(VECTOR_GP, 0, "clearing CR4.PAE in long mode");
	if (machine.vmm) {
		try_cr4(before | CR4_VMXE);
		test_trap(VECTOR_GP, 0, "CR4.VMXE, as VMX is hidden");
	} else {
		test_skip("CR4.VMXE, as VMX is hidden", "the engine has VMX");
	}
	test_equal(cr4_read(), before, "refused values change nothing");
	/* PCID may be switched on only while CR3[11:0] is 0. */
	cr3_write(cr3_read() | 1ul << 3);
	test_equal(cr3_read() & 0xfff, 1ul << 3, "CR3.PWT stays");
	try_cr4(before | 1ul << 17);
	test_trap(VECTOR_GP, 0, "CR4.PCIDE while CR3's low bits are not 0, or is not offered");
	cr3_write(cr3_read() & PTE_ADDRESS);
}

static void cr3_and_cr8(void)
{
	uint64_t before = cr3_read(), cr8;

	try_cr3(before | 1ul << 62);
	test_trap(VECTOR_GP, 0, "a reserved bit of CR3");
	try_cr3(before | 1ul << 51);
	if ((cpuid(0x80000008, 0).eax & 0xff) < 52)
		test_trap(VECTOR_GP, 0, "an address bit that the processor does not have, in CR3");
	else
		test_skip("an address bit that the processor does not have, in CR3", "it has all");
	test_equal(cr3_read(), before, "refused values change nothing");
	__asm__ volatile("mov %0, %%cr8" ::"r"(5ul));
	__asm__ volatile("mov %%cr8, %0" : "=r"(cr8));
	test_equal(cr8, 5, "CR8");
	__asm__ volatile("mov %0, %%cr8" ::"r"(0ul));
	__asm__ volatile(TRY("mov %0, %%cr8")::"r"(16ul) : "memory");
	test_trap(VECTOR_GP, 0, "a reserved bit of CR8");
}

/* Every register can be the operand of MOV CR. RSP and RBP are encoded in ways of their own. */
static void operands(void)
{
	uint64_t cr3 = cr3_read(), got[4];

	__asm__ volatile("mov %%cr3, %%r15\n\tmov %%r15, %%cr3\n\tmov %%r15, %0"
			 : "=r"(got[0])::"r15", "memory");
	__asm__ volatile("mov %%cr3, %%r8\n\tmov %%r8, %%cr3\n\tmov %%r8, %0"
			 : "=r"(got[1])::"r8", "memory");
	__asm__ volatile(
	    "mov %%rbp, %%rdx\n\tmov %%cr3, %%rbp\n\tmov %%rbp, %%cr3\n\tmov %%rbp, %%rax\n\t"
	    "mov %%rdx, %%rbp"
	    : "=a"(got[2])::"rdx", "memory");
	__asm__ volatile(
	    "mov %%rsp, %%rdx\n\tmov %%cr3, %%rsp\n\tmov %%rsp, %%cr3\n\tmov %%rsp, %%rax\n\t"
	    "mov %%rdx, %%rsp"
	    : "=a"(got[3])::"rdx", "memory");
	test_ok(got[0] == cr3 && got[1] == cr3, "MOV CR3 with R15 and R8");
	test_ok(got[2] == cr3 && got[3] == cr3, "MOV CR3 with RBP and RSP");
}

static void try_xsetbv(uint32_t index, uint64_t value)
{
	__asm__ volatile(TRY("xsetbv")::"c"(index), "a"((uint32_t)value),
			 "d"((uint32_t)(value >> 32))
			 : "memory");
}

static __attribute__((naked)) void user_xsetbv(void)
{
	__asm__("xor %ecx, %ecx\n\t"
		"xor %edx, %edx\n\t"
		"mov $1, %eax\n\t"
		"xsetbv\n\t" USER_RETURN);
}

static void xcr0(void)
{
	uint64_t cr4_before = cr4_read();
	uint32_t low, high;

	try_xsetbv(0, 1);
	test_trap(VECTOR_UD, 0, "XSETBV without CR4.OSXSAVE");
	if (!(cpuid(1, 0).ecx & LEAF1_ECX_XSAVE)) {
		try_cr4(cr4_before | CR4_OSXSAVE);
		test_trap(VECTOR_GP, 0, "CR4.OSXSAVE, if and only if XSAVE is offered");
		return;
	}
	try_cr4(cr4_before | CR4_OSXSAVE);
	test_no_trap("CR4.OSXSAVE, if and only if XSAVE is offered");
	try_xsetbv(0, 3);
	test_no_trap("XSETBV: x87 and SSE");
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	test_equal((uint64_t)high << 32 | low, 3, "XGETBV");
	try_xsetbv(0, 2);
	test_trap(VECTOR_GP, 0, "XSETBV: SSE without x87");
	try_xsetbv(0, 0);
	test_trap(VECTOR_GP, 0, "XSETBV: nothing");
	try_xsetbv(0, 1ul << 62 | 1);
	test_trap(VECTOR_GP, 0, "XSETBV: a reserved bit");
	try_xsetbv(1, 1);
	test_trap(VECTOR_GP, 0, "XSETBV: no such register");
	user_run(user_xsetbv, 0, NULL);
	test_trap(VECTOR_GP, 0, "XSETBV at CPL 3");
	try_xsetbv(0, 1);
	cr4_write(cr4_before);
}

static void debug_registers(void)
{
	extern char breakpoint_here[];
	uint64_t got;

	__asm__ volatile("mov %0, %%dr1" ::"r"(0x123456789abcul));
	__asm__ volatile("mov %%dr1, %0" : "=r"(got));
	test_equal(got, 0x123456789abc, "DR1");
	__asm__ volatile("mov %0, %%dr0" ::"r"(breakpoint_here));
	__asm__ volatile("mov %0, %%dr7" ::"r"(0x402ul));
	TRY_PLAIN("nop\nbreakpoint_here:\tnop");
	__asm__ volatile("mov %0, %%dr7" ::"r"(0x400ul));
	test_trap(VECTOR_DB, 0, "a breakpoint of DR0");
	test_equal(trap_seen.rip, (uint64_t)breakpoint_here,
		   "it is a fault: RIP is at the instruction");
	__asm__ volatile("mov %%dr6, %0" : "=r"(got));
	test_equal(got & 15, 1, "DR6 says which");
	cr4_write(cr4_read() | CR4_DE);
	__asm__ volatile(TRY("mov %%db4, %0") : "=r"(got)::"memory");
	test_trap(VECTOR_UD, 0, "DR4 with CR4.DE");
	cr4_write(cr4_read() & ~CR4_DE);
}

/* A supervisor's fetch from, and access to, a user's page. */
static void smep_smap(void)
{
	extern char image_start[];
	uint64_t before = cr4_read();
	uint32_t leaf7 = cpuid(7, 0).ebx;
	static uint8_t user_page[PAGE_SIZE] __attribute__((aligned(4096)));
	uint64_t window = WINDOW(23);

	user_page[0] = 0xc3;
	/*
	 * The image runs on pages of the supervisor's here: those of paging_init are open to CPL 3.
	 */
	for (uint64_t at = 0; at < machine.boot->memory_bytes; at += LARGE_SIZE)
		*paging_entry(paging_init(), at, 2) &= ~PTE_U;
	paging_map(paging_init(), window, (uint64_t)user_page, PTE_P | PTE_W | PTE_U);
	cr3_write(cr3_read());
	try_fetch(window);
	test_no_trap("a fetch from a user's page");
	if (leaf7 & LEAF7_EBX_SMEP) {
		cr4_write(before | CR4_SMEP);
		try_fetch(window);
		test_fault(PF_P | PF_I, window, "a fetch from a user's page with CR4.SMEP");
		try_read(window);
		test_no_trap("a read of a user's page with CR4.SMEP");
		cr4_write(before);
		try_fetch(window);
		test_no_trap("a fetch from a user's page with CR4.SMEP clear again");
	} else {
		test_skip("a fetch from a user's page with CR4.SMEP", "no SMEP");
		test_skip("a read of a user's page with CR4.SMEP", "no SMEP");
		test_skip("a fetch from a user's page with CR4.SMEP clear again", "no SMEP");
	}
	if (leaf7 & LEAF7_EBX_SMAP) {
		cr4_write(before | CR4_SMAP);
		try_read(window);
		test_fault(PF_P, window, "a read of a user's page with CR4.SMAP");
		try_write(window + 8, 1);
		test_fault(PF_P | PF_W, window + 8, "a write to a user's page with CR4.SMAP");
		__asm__ volatile("stac");
		try_read(window);
		__asm__ volatile("clac");
		test_no_trap("a read of a user's page with CR4.SMAP and RFLAGS.AC");
		try_read((uint64_t)image_start);
		test_no_trap("a read of a supervisor's page with CR4.SMAP");
		cr4_write(before);
		try_read(window);
		test_no_trap("a read of a user's page with CR4.SMAP clear again");
	} else {
		test_skip("a read of a user's page with CR4.SMAP", "no SMAP");
		test_skip("a write to a user's page with CR4.SMAP", "no SMAP");
		test_skip("a read of a user's page with CR4.SMAP and RFLAGS.AC", "no SMAP");
		test_skip("a read of a supervisor's page with CR4.SMAP", "no SMAP");
		test_skip("a read of a user's page with CR4.SMAP clear again", "no SMAP");
	}
}

int main(void)
{
	paging_init();
	cr0();
	cr4();
	cr3_and_cr8();
	operands();
	xcr0();
	debug_registers();
	smep_smap();
	return test_done();
}
