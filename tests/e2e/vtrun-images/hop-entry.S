/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the image that tests the hop: from the Multiboot state to 64-bit C. The first 4 GiB are mapped
 * at their physical addresses with 2 MiB pages (SDM vol. 3, 4.5 and 10.8.5).
 */
#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00010003 /* pages, memory, addresses */
#define PRESENT_WRITE   3
#define LARGE           0x80
#define EFER            0xc0000080
#define EFER_LME        0x100
#define CR4_PAE         0x20
#define CR0_PG          0x80000000

	.section .multiboot, "a"
	.balign	4
header:	.long	MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long	header, header, 0, 0, entry

	.text
	.code32
	.globl	entry
entry:
	movl	$stack_end, %esp
	movl	$directories + PRESENT_WRITE, %eax
	movl	$pointers, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b
	movl	$pointers + PRESENT_WRITE, root
	movl	$PRESENT_WRITE + LARGE, %eax
	movl	$directories, %edi
	movl	$4 * 512, %ecx
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b

	movl	$root, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG, %eax
	movl	%eax, %cr0
	lgdtl	gdt_register
	ljmp	$0x08, $1f
	.code64
1:	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%ebx, %edi
	call	hop_test
2:	hlt
	jmp	2b

	.section .rodata
	.balign	8
gdt:	.quad	0, 0x00209a0000000000 /* 64-bit code */
gdt_register:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	4096
root:	.skip	4096
pointers:
	.skip	4096
directories:
	.skip	4 * 4096
	.skip	16384
stack_end:

	.section .note.GNU-stack, "", @progbits
