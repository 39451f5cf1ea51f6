// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest has no VMX of its own: each of its instructions is an invalid opcode, as on a processor
 * on which VMX is not enabled.
 */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"

static uint64_t operand[2] __attribute__((aligned(16)));

/* The operand is at RDI. VMCALL is not here: under a VMM it is a hypercall. */
#define VMX_INSTRUCTIONS(X)                                                                        \
	X(vmxon, "vmxon (%rdi)")                                                                   \
	X(vmxoff, "vmxoff")                                                                        \
	X(vmptrld, "vmptrld (%rdi)")                                                               \
	X(vmptrst, "vmptrst (%rdi)")                                                               \
	X(vmclear, "vmclear (%rdi)")                                                               \
	X(vmread, "vmread %rsi, (%rdi)")                                                           \
	X(vmwrite, "vmwrite (%rdi), %rsi")                                                         \
	X(vmlaunch, "vmlaunch")                                                                    \
	X(vmresume, "vmresume")                                                                    \
	X(vmfunc, "vmfunc")                                                                        \
	X(invept, "invept (%rdi), %rsi")                                                           \
	X(invvpid, "invvpid (%rdi), %rsi")                                                         \
	X(getsec, "getsec")

#define DEFINE(name, text)                                                                         \
	static __attribute__((naked)) void name(void)                                              \
	{                                                                                          \
		__asm__("xor %eax, %eax\n\t"                                                       \
			"xor %ecx, %ecx\n\t"                                                       \
			"xor %esi, %esi\n\t" text "\n\t"                                           \
			"ret");                                                                    \
	}
VMX_INSTRUCTIONS(DEFINE)

#define ROW(name, text) {name, #name, #name " at CPL 3"},
static const struct {
	void (*code)(void);
	const char *name, *user_name;
} rows[] = {VMX_INSTRUCTIONS(ROW)};

/*
 * The exception skips the rest of the called function, with its RET: so the stack pointer is put
 * back.
 */
static void call(void (*code)(void))
{
	uint64_t at = (uint64_t)operand;

	__asm__ volatile("mov %%rsp, trap_resume_rsp(%%rip)\n\t" TRY(
			     "call *%1") "movq $0, trap_resume_rsp(%%rip)"
			 : "+D"(at)
			 : "r"(code)
			 : "rax", "rcx", "rsi", "memory", "cc");
}

int main(void)
{
	paging_init();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		call(rows[i].code);
		test_trap(VECTOR_UD, 0, rows[i].name);
		user_run(rows[i].code, (uint64_t)operand, NULL);
		test_trap(VECTOR_UD, 0, rows[i].user_name);
	}
	return test_done();
}
