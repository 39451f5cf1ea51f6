/* SPDX-License-Identifier: GPL-2.0-only */
/* The entry of a guest, of its exceptions, and of its code at CPL 3. Layouts: machine.h, trap.h. */

	.section .text.entry, "ax"
	.globl	guest_entry
guest_entry:
	mov	%rsp, entry_state(%rip)
	lea	stack_top(%rip), %rsp
	pushfq
	popq	entry_state+8(%rip)
	sidt	entry_state+16(%rip)
	sgdt	entry_state+26(%rip)
	mov	%cs, entry_state+36(%rip)
	mov	%ss, entry_state+38(%rip)
	mov	%ds, entry_state+40(%rip)
	mov	%es, entry_state+42(%rip)
	mov	%fs, entry_state+44(%rip)
	mov	%gs, entry_state+46(%rip)
	str	entry_state+48(%rip)
	sldt	entry_state+50(%rip)
	xor	%ebp, %ebp
	call	machine_start
	ud2

	.text
/* One stub a vector, 16 bytes each. Those whose exception pushes no error code push 0 (SDM vol. 3, 6.13). */
	.balign	16
	.globl	trap_stubs
trap_stubs:
	vector = 0
	.rept	256
	.balign	16
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	vector = vector + 1
	.endr

trap_common:
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	cld
	mov	%rsp, %rdi
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	trap_dispatch
	mov	%rbx, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq

/* void user_enter(code, argument, stack, rflags): comes back by user_leave. */
	.globl	user_enter
user_enter:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, user_kernel_rsp(%rip)
	push	$0x33			/* USER_DATA_SELECTOR */
	push	%rdx
	push	%rcx
	push	$0x3b			/* USER_CODE_SELECTOR */
	push	%rdi
	mov	%rsi, %rdi
	iretq

/* Never returns to its caller but to user_enter's. */
	.globl	user_leave
user_leave:
	mov	user_kernel_rsp(%rip), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.bss
	.balign	4096
	.space	32768
stack_top:
	.globl	entry_state
entry_state:
	.space	64
user_kernel_rsp:
	.quad	0
	.section .note.GNU-stack, "", @progbits
