/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From 64-bit mode through compatibility mode to protected mode with paging off, 32-bit or PAE paging, and to
 * real mode; and back. SDM vol. 3, 10.8.5 (IA-32e mode), 10.9 (mode switching).
 */
#define CODE32 0x08
#define DATA32 0x10
#define CODE64 0x18
#define CODE16 0x20
#define DATA16 0x28
#define USER_CODE32 0x33
#define USER_DATA32 0x3b
#define TSS32 0x40
#define LIMITED 0x48

#define MODE_CR0   0
#define MODE_CR3   4
#define MODE_CR4   8
#define MODE_EFER  12
#define MODE_COUNT 16
#define MODE_OP    24
#define MODE_SEEN  32

#define OP_ADDRESS 4
#define OP_VALUE   8
#define OP_VECTOR  12
#define OP_ERROR   16
#define OP_CR2     20
#define OP_SIZE    24
#define OP_USER    0x100	/* in the type */
#define OP_AC      0x200

#define EFLAGS_AC 0x40000

#define MSR_EFER 0xC0000080
#define CR0_PG   0x80000000
#define CR0_OFF  0x7FFFFFFF

	.text
	.code64
/* Save what the ABI keeps and what the modes change; EDI stays. */
.macro leave_long target
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	sgdt	saved_gdt(%rip)
	sidt	saved_idt(%rip)
	movq	%cr0, %rax
	movq	%rax, saved_cr0(%rip)
	movq	%cr3, %rax
	movq	%rax, saved_cr3(%rip)
	movq	%cr4, %rax
	movq	%rax, saved_cr4(%rip)
	movl	$MSR_EFER, %ecx
	rdmsr
	movl	%eax, saved_efer(%rip)
	movw	%ss, saved_ss(%rip)
	movw	%cs, saved_cs(%rip)
	strw	saved_tr(%rip)
	movq	%rsp, saved_rsp(%rip)
	lgdt	mode_gdt_pointer(%rip)
	pushq	$CODE32
	pushq	$\target
	lretq
.endm

	.globl mode_run
mode_run:
	leave_long mode_run32

	.globl real_mode_run
real_mode_run:
	leave_long real_mode32

	.code32
/* Flat segments, a stack, paging off, EFER.LME off. */
paging_off:
	movl	$DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%cr0, %eax
	andl	$CR0_OFF, %eax
	movl	%eax, %cr0
	movl	$MSR_EFER, %ecx
	rdmsr
	andl	$~0x100, %eax
	wrmsr
	ret

mode_run32:
	movl	$mode_stack_top, %esp
	/* the stack segment is still the 64-bit one: flat, which serves */
	call	paging_off
	lidt	mode_idt_pointer
	call	tss_load
	movl	MODE_EFER(%edi), %eax
	movl	$MSR_EFER, %ecx
	xorl	%edx, %edx
	wrmsr
	movl	MODE_CR4(%edi), %eax
	movl	%eax, %cr4
	movl	MODE_CR3(%edi), %eax
	movl	%eax, %cr3
	movl	MODE_CR0(%edi), %eax
	movl	%eax, %cr0
	movl	%cr0, %eax
	movl	%eax, MODE_SEEN(%edi)
	movl	%cr3, %eax
	movl	%eax, MODE_SEEN + 4(%edi)
	movl	%cr4, %eax
	movl	%eax, MODE_SEEN + 8(%edi)

	movl	MODE_OP(%edi), %esi
	movl	MODE_COUNT(%edi), %ebp
next_op:
	testl	%ebp, %ebp
	jz	mode_back
	movl	$256, OP_VECTOR(%esi)
	movl	OP_ADDRESS(%esi), %edx
	movl	(%esi), %eax
	testl	$OP_AC, %eax
	jz	1f
	pushfl
	orl	$EFLAGS_AC, (%esp)
	popfl
1:	testl	$OP_USER, %eax
	jz	op_go
	movl	$USER_DATA32, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	pushl	%ecx
	pushl	$user_stack_top
	pushfl
	pushl	$USER_CODE32
	pushl	$op_go
	iret
op_go:
	movzbl	%al, %eax
	jmp	*op_table(,%eax,4)

op_read:
	movl	(%edx), %eax
	movl	%eax, OP_VALUE(%esi)
	jmp	op_done
op_write:
	movl	OP_VALUE(%esi), %eax
	movl	%eax, (%edx)
	jmp	op_done
op_call:
	call	*%edx
	jmp	op_done
op_invlpg:
	invlpg	(%edx)
	jmp	op_done
op_cr3:
	movl	%edx, %cr3
	jmp	op_done
op_write8:
	movl	OP_VALUE(%esi), %eax
	movb	%al, (%edx)
	jmp	op_done
op_write16:
	movl	OP_VALUE(%esi), %eax
	movw	%ax, (%edx)
	jmp	op_done
op_xchg:
	movl	OP_VALUE(%esi), %eax
	xchgl	%eax, (%edx)
	movl	%eax, OP_VALUE(%esi)
	jmp	op_done
op_or:
	movl	OP_VALUE(%esi), %eax
	lock orl %eax, (%edx)
	jmp	op_done
op_stos:
	movl	OP_VALUE(%esi), %eax
	pushl	%edi
	movl	%edx, %edi
	stosl
	popl	%edi
	jmp	op_done
op_cr0:
	movl	%edx, %cr0
	jmp	op_done
op_cr4:
	movl	%edx, %cr4
	jmp	op_done
op_sgdt:
	movl	$LIMITED, %eax
	movl	%eax, %fs
	sgdt	%fs:(%edx)
op_done:
	movl	%cs, %eax
	testb	$3, %al
	jz	op_next
	int3
op_next:
	movl	$mode_stack_top, %esp
	pushl	$2
	popfl
	movl	$DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	addl	$OP_SIZE, %esi
	decl	%ebp
	jmp	next_op

/* Faults: noted in the operation, which is over. */
fault_pf:
	popl	OP_ERROR(%esi)
	movl	$14, OP_VECTOR(%esi)
	movl	%cr2, %eax
	movl	%eax, OP_CR2(%esi)
	jmp	op_next
fault_gp:
	popl	OP_ERROR(%esi)
	movl	$13, OP_VECTOR(%esi)
	jmp	op_next

/* The TSS, whose descriptor is busy since the last time. */
tss_load:
	movl	$mode_tss, %eax
	movw	$0x67, mode_gdt + TSS32
	movw	%ax, mode_gdt + TSS32 + 2
	shrl	$16, %eax
	movb	%al, mode_gdt + TSS32 + 4
	movb	$0x89, mode_gdt + TSS32 + 5
	movb	$0, mode_gdt + TSS32 + 6
	movb	%ah, mode_gdt + TSS32 + 7
	movl	$TSS32, %eax
	ltr	%ax
	ret

/* Back to 64-bit mode, from protected mode however paged. */
mode_back:
	movl	%cr0, %eax
	andl	$CR0_OFF, %eax
	movl	%eax, %cr0
long_mode_back:
	movl	saved_cr4, %eax
	movl	%eax, %cr4
	movl	saved_cr3, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	saved_efer, %eax
	xorl	%edx, %edx
	wrmsr
	movl	saved_cr0, %eax
	movl	%eax, %cr0
	ljmp	$CODE64, $long_back

	.code64
long_back:
	lgdt	saved_gdt(%rip)
	lidt	saved_idt(%rip)
	movzwl	saved_ss(%rip), %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	movzwl	saved_tr(%rip), %eax
	movq	saved_gdt + 2(%rip), %rdx
	andb	$~2, 5(%rdx, %rax)	/* not busy */
	ltr	%ax
	movq	saved_rsp(%rip), %rsp
	movzwl	saved_cs(%rip), %eax
	pushq	%rax
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	movl	real_sum(%rip), %eax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.code32
real_mode32:
	movl	$mode_stack_top, %esp
	call	paging_off
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%edi, %ebx		/* the count */
	/* 16-bit code where real mode reaches it */
	movl	$real_start, %esi
	movl	$0x20000, %edi
	movl	$real_end - real_start, %ecx
	cld
	rep movsb
	lidt	real_idt_pointer
	ljmp	$CODE16, $real_protected - real_start
real_32:	/* ... and here again */
	outb	%al, $0x80
	movl	$DATA32, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$mode_stack_top, %esp
	movl	%ebx, real_sum
	jmp	long_mode_back

	.code16
real_start:
real_protected:
	movw	$DATA16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	%cr0, %eax
	andb	$0xfe, %al		/* CR0.PE */
	movl	%eax, %cr0
	ljmp	$0x2000, $real_real - real_start
real_real:
	movw	$0x2000, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0xfff0, %sp
	/* INT 21h's vector, in the table at 0x2000:0x800 that IDTR names */
	movw	$real_int - real_start, 0x800 + 4 * 0x21
	movw	%ax, 0x800 + 4 * 0x21 + 2
	/* GS was null until here: an exit finds it as this load leaves it */
	movw	%ax, %gs
	outb	%al, $0x80
	movw	%bx, %cx
	movw	$0x1000, %si
	xorl	%ebx, %ebx
	xorl	%eax, %eax
1:	jcxz	2f
	lodsb
	addl	%eax, %ebx
	decw	%cx
	jmp	1b
2:	int	$0x21
	/* the same with FS, which no exit sees before protected mode */
	movw	%cs, %ax
	movw	%ax, %fs
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$CODE32, $real_32
real_int:
	addl	$1000, %ebx
	iretw
real_end:

	.data
	.align 8
op_table:	/* by enum mode_op_type */
	.long	op_read, op_write, op_call, op_invlpg, op_cr3, op_write8, op_write16, op_xchg, op_or, op_stos, op_cr0, op_cr4
	.long	op_sgdt
mode_tss:	/* 32-bit: ESP0, SS0 */
	.long	0, mode_stack_top, DATA32
	.skip	0x68 - 12
	.align 8
mode_gdt:
	.quad	0
	.quad	0x00CF9B000000FFFF	/* 32-bit code */
	.quad	0x00CF93000000FFFF	/* data */
	.quad	0x00AF9B000000FFFF	/* 64-bit code */
	.quad	0x00009B020000FFFF	/* 16-bit code at 0x20000 */
	.quad	0x000093020000FFFF	/* 16-bit data at 0x20000 */
	.quad	0x00CFFB000000FFFF	/* user's 32-bit code */
	.quad	0x00CFF3000000FFFF	/* user's data */
	.quad	0			/* 32-bit TSS */
	.quad	0x010093F000000FFF	/* data: 4 KiB from 31 MiB on, which the guest does not use */
mode_gdt_pointer:
	.word	. - mode_gdt - 1
	.quad	mode_gdt
	.align 8
	.globl mode_idt
/* 32-bit interrupt gates; the addresses are split by mode_idt_init (modes.c) */
mode_idt:
	.skip	32 * 8
mode_idt_pointer:
	.word	32 * 8 - 1
	.long	mode_idt
real_idt_pointer:
	.word	0x3ff
	.long	0x20800

	.section .rodata
	.globl mode_fault_pf, mode_fault_gp, mode_user_done
mode_fault_pf:	.long fault_pf
mode_fault_gp:	.long fault_gp
mode_user_done:	.long op_next

	.bss
	.align 16
	.skip	4096
mode_stack_top:
	.skip	4096
user_stack_top:
saved_gdt:	.skip 16
saved_idt:	.skip 16
saved_cr0:	.skip 8
saved_cr3:	.skip 8
saved_cr4:	.skip 8
saved_rsp:	.skip 8
saved_efer:	.skip 4
real_sum:	.skip 4
saved_ss:	.skip 2
saved_cs:	.skip 2
saved_tr:	.skip 2

	.section .note.GNU-stack, "", @progbits
