/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world switch: the only VMLAUNCH, the only VMRESUME, the only place an exit arrives.
 *
 * HOST_RSP always points one past vcpu->gpr[15], so that a vCPU's registers are saved relative to the stack
 * pointer with nothing looked up, and the time is read before anything else can be: as the third
 * instruction, as RDTSC needs RAX and RDX. The guest's x87 and vector state stays in the registers: the VMM
 * uses none (-mgeneral-regs-only).
 */
#define GPR(n) (8 * (n))
#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3
#define RBP 5
#define RSI 6
#define RDI 7
#define VCPU_GPR_END  128
#define VCPU_EXIT_TSC 128
#define VCPU_LAUNCHED 136
#define VCPU_HOST_RSP 144
#define MSR_TSC	      0x10
/* Instructions from the RDTSC of an exit to the call of its handler. */
#define TSC_TO_HANDLER 19
/* From the RDTSC behind it to the end of the WRMSR that sets the TSC back, as if neither were there. */
#define TSC_AFTER_HANDLER -3

	.text
/*
 * uint64_t vmx_run(struct vcpu *vcpu): enter the guest, and again after every exit that vmx_handle_exit (run.c)
 * answers with 0. Returns 1 when the VM has ended, 0 when VMLAUNCH or VMRESUME itself failed (VMfail).
 */
	.globl vmx_run
vmx_run:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp		/* keep it aligned for the calls below */
	movq	%rsp, VCPU_HOST_RSP(%rdi)

enter:
	cmpq	$0, VCPU_LAUNCHED(%rdi)
	movq	GPR(RAX)(%rdi), %rax
	movq	GPR(RCX)(%rdi), %rcx
	movq	GPR(RDX)(%rdi), %rdx
	movq	GPR(RBX)(%rdi), %rbx
	movq	GPR(RBP)(%rdi), %rbp
	movq	GPR(RSI)(%rdi), %rsi
	movq	GPR(8)(%rdi), %r8
	movq	GPR(9)(%rdi), %r9
	movq	GPR(10)(%rdi), %r10
	movq	GPR(11)(%rdi), %r11
	movq	GPR(12)(%rdi), %r12
	movq	GPR(13)(%rdi), %r13
	movq	GPR(14)(%rdi), %r14
	movq	GPR(15)(%rdi), %r15
	movq	GPR(RDI)(%rdi), %rdi
	je	1f
	vmresume
	jmp	2f
1:	vmlaunch
2:	/* VMfail: the stack is still ours, the registers the guest's */
	xorl	%eax, %eax
	jmp	leave

/*
 * Where an exit arrives: HOST_RIP. At the second entry the guest's stack is recorded before (stack.c), and what was
 * recorded is sorted after (filter.c); each time the TSC is then set to what it would be without: no clock shows it.
 */
	.macro	SET_TSC register, add
	leaq	\add(\register), %rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	$MSR_TSC, %ecx
	wrmsr
	.endm

	.macro	EXIT_ENTRY name, observed=0
	.globl	\name
\name:
	movq	%rax, GPR(RAX) - VCPU_GPR_END(%rsp)
	movq	%rdx, GPR(RDX) - VCPU_GPR_END(%rsp)
	rdtsc
	movq	%rdi, GPR(RDI) - VCPU_GPR_END(%rsp)
	leaq	-VCPU_GPR_END(%rsp), %rdi
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, VCPU_EXIT_TSC(%rdi)
	movq	%rcx, GPR(RCX)(%rdi)
	movq	%rbx, GPR(RBX)(%rdi)
	movq	%rbp, GPR(RBP)(%rdi)
	movq	%rsi, GPR(RSI)(%rdi)
	movq	%r8, GPR(8)(%rdi)
	movq	%r9, GPR(9)(%rdi)
	movq	%r10, GPR(10)(%rdi)
	movq	%r11, GPR(11)(%rdi)
	movq	%r12, GPR(12)(%rdi)
	movq	%r13, GPR(13)(%rdi)
	movq	%r14, GPR(14)(%rdi)
	movq	%r15, GPR(15)(%rdi)
	movq	VCPU_HOST_RSP(%rdi), %rsp
	movq	%rdi, %rbx
	.if	\observed
	call	stack_record
	movq	VCPU_EXIT_TSC(%rbx), %r12
	movq	%rbx, %rdi
	SET_TSC	%r12, TSC_TO_HANDLER
	.endif
	call	vmx_handle_exit
	.if	\observed
	movl	%eax, %ebp
	rdtsc
	shlq	$32, %rdx
	leaq	(%rax,%rdx), %r12
	movq	%rbx, %rdi
	call	filter_forward
	SET_TSC	%r12, TSC_AFTER_HANDLER
	movl	%ebp, %eax
	.endif
	movq	%rbx, %rdi
	testl	%eax, %eax
	jz	enter
	movl	$1, %eax
	jmp	leave
	.endm

	EXIT_ENTRY vmx_exit_entry_observed, observed=1
	EXIT_ENTRY vmx_exit_entry
leave:
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.section .note.GNU-stack, "", @progbits
