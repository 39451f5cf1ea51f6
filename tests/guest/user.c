// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions at CPL 3: what is forbidden there, and who may touch which page. */
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"

#define BASE WINDOW(21)

#define USER_CODE(name, instructions)                                                              \
	static __attribute__((naked)) void name(void)                                              \
	{                                                                                          \
		__asm__(instructions "\n\t" USER_RETURN);                                          \
	}

USER_CODE(user_nothing, "mov $0x5a, %eax")
USER_CODE(user_cpuid, "mov $0, %eax\n\tcpuid\n\tmov %ebx, %eax")
USER_CODE(user_rdtsc, "rdtsc")
USER_CODE(user_divide, "xor %ecx, %ecx\n\tmov $1, %eax\n\tdiv %cl")
USER_CODE(user_ud2, "ud2")
USER_CODE(user_int3, "int3")
USER_CODE(user_int, "int $0x51")
USER_CODE(user_hlt, "hlt")
USER_CODE(user_cli, "cli")
USER_CODE(user_in, "mov $0x3fd, %edx\n\tin %dx, %al")
USER_CODE(user_out, "mov $0x3f8, %edx\n\tout %al, %dx")
USER_CODE(user_read_cr3, "mov %cr3, %rax")
USER_CODE(user_write_cr3, "mov %rax, %cr3")
USER_CODE(user_write_cr0, "mov %rax, %cr0")
USER_CODE(user_clts, "clts")
USER_CODE(user_invlpg, "invlpg (%rdi)")
USER_CODE(user_lidt, "lidt (%rdi)")
USER_CODE(user_ltr, "ltr %ax")
USER_CODE(user_wbinvd, "wbinvd")
USER_CODE(user_debug, "mov %dr0, %rax")
USER_CODE(user_read, "mov (%rdi), %rax")
USER_CODE(user_write, "movq $7, (%rdi)")
USER_CODE(user_call, "call *%rdi")
USER_CODE(user_unaligned, "lea -31(%rsp), %rcx\n\tmov (%rcx), %eax")

static const struct {
	void (*code)(void);
	unsigned vector;
	uint64_t error;
	const char *name;
} cases[] = {
    {user_nothing, TRAP_USER_RETURN, 0, "code at CPL 3 runs"},
    {user_cpuid, TRAP_USER_RETURN, 0, "CPUID"},
    {user_rdtsc, TRAP_USER_RETURN, 0, "RDTSC"},
    {user_divide, VECTOR_DE, 0, "division by zero"},
    {user_ud2, VECTOR_UD, 0, "UD2"},
    {user_int3, VECTOR_BP, 0, "INT3"},
    {user_int, VECTOR_GP, 0x51 * 8 + 2, "INT n through a gate of CPL 0"},
    {user_hlt, VECTOR_GP, 0, "HLT"},
    {user_cli, VECTOR_GP, 0, "CLI"},
    {user_in, VECTOR_GP, 0, "IN"},
    {user_out, VECTOR_GP, 0, "OUT"},
    {user_read_cr3, VECTOR_GP, 0, "MOV from CR3"},
    {user_write_cr3, VECTOR_GP, 0, "MOV to CR3"},
    {user_write_cr0, VECTOR_GP, 0, "MOV to CR0"},
    {user_clts, VECTOR_GP, 0, "CLTS"},
    {user_invlpg, VECTOR_GP, 0, "INVLPG"},
    {user_lidt, VECTOR_GP, 0, "LIDT"},
    {user_ltr, VECTOR_GP, 0, "LTR"},
    {user_wbinvd, VECTOR_GP, 0, "WBINVD"},
    {user_debug, VECTOR_GP, 0, "MOV from DR0"},
};

static void instructions(void)
{
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		user_run(cases[i].code, BASE, NULL);
		test_trap(cases[i].vector, cases[i].error, cases[i].name);
	}
	test_equal(trap_seen.cs & 3, 3, "the exception came from CPL 3");
}

static void rdtsc_disabled(void)
{
	cr4_write(cr4_read() | CR4_TSD);
	user_run(user_rdtsc, 0, NULL);
	test_trap(VECTOR_GP, 0, "RDTSC with CR4.TSD");
	cr4_write(cr4_read() & ~CR4_TSD);
	user_run(user_rdtsc, 0, NULL);
	test_trap(TRAP_USER_RETURN, 0, "RDTSC again without it");
}

static __attribute__((naked)) void user_set_ac(void)
{
	__asm__("pushfq\n\t"
		"orl $0x40000, (%rsp)\n\t"
		"popfq\n\t"
		"lea -31(%rsp), %rcx\n\t"
		"mov (%rcx), %eax\n\t" USER_RETURN);
}

static void alignment(void)
{
	user_run(user_unaligned, 0, NULL);
	test_trap(TRAP_USER_RETURN, 0, "an unaligned access");
	cr0_write(cr0_read() | CR0_AM);
	user_run(user_set_ac, 0, NULL);
	test_trap(VECTOR_AC, 0, "an unaligned access with CR0.AM and RFLAGS.AC");
	cr0_write(cr0_read() & ~CR0_AM);
}

static uint64_t *pte_of_base;

static void access(void (*code)(void), uint64_t pte, uint64_t error, const char *name)
{
	/* Written from outside: the tables on the way may be closed. */
	pte_write(pte_of_base, pte);
	invlpg(BASE);
	user_run(code, BASE, NULL);
	if (error == TRAP_NONE)
		test_trap(TRAP_USER_RETURN, 0, name);
	else
		test_fault(error, BASE, name);
}

static void pages(void)
{
	uint64_t frame = (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE);

	*(uint8_t *)frame = 0xc3; /* RET */
	access(user_read, 0, PF_U, "a read of a page that is not present");
	access(user_write, 0, PF_U | PF_W, "a write to a page that is not present");
	access(user_call, 0, PF_U | PF_I, "a fetch from a page that is not present");
	access(user_read, frame | PTE_P | PTE_W, PF_U | PF_P, "a read of a supervisor's page");
	access(user_write, frame | PTE_P | PTE_W, PF_U | PF_P | PF_W,
	       "a write to a supervisor's page");
	access(user_call, frame | PTE_P | PTE_W, PF_U | PF_P | PF_I,
	       "a fetch from a supervisor's page");
	access(user_read, frame | PTE_P | PTE_U, TRAP_NONE, "a read of a page that is read-only");
	access(user_write, frame | PTE_P | PTE_U, PF_U | PF_P | PF_W,
	       "a write to a page that is read-only");
	access(user_call, frame | PTE_P | PTE_U, TRAP_NONE,
	       "a fetch from a page that is read-only");
	access(user_call, frame | PTE_P | PTE_U | PTE_NX, PF_U | PF_P | PF_I,
	       "a fetch from a page that is not executable");
	access(user_write, frame | PTE_P | PTE_W | PTE_U, TRAP_NONE,
	       "a write to a page of its own");
	test_equal(*(uint64_t *)frame, 7, "what it wrote is there");
	cr0_write(cr0_read() & ~CR0_WP);
	access(user_write, frame | PTE_P | PTE_U, PF_U | PF_P | PF_W,
	       "a write to a page that is read-only, CR0.WP clear");
	cr0_write(cr0_read() | CR0_WP);
}

static void upper_levels(void)
{
	uint64_t frame = (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE);
	uint64_t open = frame | PTE_P | PTE_W | PTE_U;
	uint64_t *pde = paging_entry(paging_init(), BASE, 2),
		 *pml4e = paging_entry(paging_init(), BASE, 4);

	*(uint8_t *)frame = 0xc3;
	*pde &= ~PTE_U;
	access(user_read, open, PF_U | PF_P, "a read below a PDE that is the supervisor's");
	*pde = (*pde | PTE_U) & ~PTE_W;
	access(user_write, open, PF_U | PF_P | PF_W, "a write below a PDE that is read-only");
	*pde |= PTE_W;
	*pml4e |= PTE_NX;
	access(user_call, open, PF_U | PF_P | PF_I, "a fetch below a PML4E that is not executable");
	*pml4e &= ~PTE_NX;
	access(user_call, open, TRAP_NONE, "a fetch with every level open again");
	*pde &= ~PTE_P;
	access(user_read, open, PF_U, "a read below a PDE that is not present");
	*pde |= PTE_P;
}

static __attribute__((naked)) void user_syscall(void)
{
	__asm__("syscall\n\t" USER_RETURN);
}

static __attribute__((naked)) void kernel_entry(void)
{
	__asm__("mov %cs, %eax\n\t"
		"shl $16, %rax\n\t"
		"mov %ss, %ax\n\t"
		"sysretq");
}

static void system_call(void)
{
	uint64_t result;

	wrmsr(MSR_STAR,
	      (uint64_t)(SYSRET_BASE_SELECTOR | 3) << 48 | (uint64_t)VTG_CODE_SELECTOR << 32);
	wrmsr(MSR_LSTAR, (uint64_t)kernel_entry);
	wrmsr(MSR_FMASK, RFLAGS_TF);
	user_run(user_syscall, 0, &result);
	test_trap(TRAP_USER_RETURN, 0, "SYSCALL and SYSRET");
	test_equal(result, (uint64_t)VTG_CODE_SELECTOR << 16 | VTG_DATA_SELECTOR,
		   "between them CS and SS are the kernel's");
	test_equal(trap_seen.cs, USER_CODE_SELECTOR, "behind them CS is the user's");
}

int main(void)
{
	pte_of_base = paging_entry(paging_init(), BASE, 1);
	instructions();
	rdtsc_disabled();
	alignment();
	pages();
	upper_levels();
	system_call();
	return test_done();
}
