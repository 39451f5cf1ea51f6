/* SPDX-License-Identifier: GPL-2.0-only */
/* Into code of any width and privilege, by IRET; and back, when it has trapped (step.c). */
#include "core-vmm/abi/guest.h"

/* struct step */
#define RFLAGS	  128
#define RIP	  136
#define SELECTOR  144
#define XMM	  160

	.text
	.globl	step_enter
step_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, step_rsp(%rip)
	mov	SELECTOR + 0(%rdi), %es
	mov	SELECTOR + 6(%rdi), %ds
	mov	SELECTOR + 8(%rdi), %fs
	mov	SELECTOR + 10(%rdi), %gs
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	XMM + 16 * \n(%rdi), %xmm\n
	.endr
	movzwl	SELECTOR + 4(%rdi), %eax
	push	%rax
	push	32(%rdi)
	push	RFLAGS(%rdi)
	movzwl	SELECTOR + 2(%rdi), %eax
	push	%rax
	push	RIP(%rdi)
	mov	0(%rdi), %rax
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %rbx
	mov	40(%rdi), %rbp
	mov	48(%rdi), %rsi
	mov	64(%rdi), %r8
	mov	72(%rdi), %r9
	mov	80(%rdi), %r10
	mov	88(%rdi), %r11
	mov	96(%rdi), %r12
	mov	104(%rdi), %r13
	mov	112(%rdi), %r14
	mov	120(%rdi), %r15
	mov	56(%rdi), %rdi
	iretq

	.globl	step_leave
step_leave:
	mov	$VTG_DATA_SELECTOR, %eax
	mov	%eax, %ds
	mov	%eax, %es
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
