/* SPDX-License-Identifier: GPL-2.0-only */
/* The Multiboot header and the way to C; and to 64-bit code and back (SDM vol. 3, 10.8.5). */
#define MAGIC 0x1badb002
#ifdef FLAT
#define FLAGS 0x00010003 /* pages, memory, addresses */
#else
#define FLAGS 0x00000003
#endif
#define CODE32	 0x08
#define DATA32	 0x10
#define CODE64	 0x18
#define EFER	 0xc0000080
#define EFER_LME 0x100
#define CR4_PAE	 0x20
#define CR0_PG	 0x80000000

	.section .multiboot, "ax"
	.balign	4
header:	.long	MAGIC, FLAGS, -(MAGIC + FLAGS)
#ifdef FLAT
	.long	header, image_start, image_data_end, image_end, entry
#endif

	.text
	.globl	entry
entry:
	movl	$stack_end, %esp
	pushl	%ebx
	pushl	%eax
	call	image_main
1:	hlt
	jmp	1b

/* uint64_t long_mode_square(uint32_t value, uint32_t pml4): what 64-bit code makes of it. */
	.globl	long_mode_square
long_mode_square:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	16(%esp), %edi
	movl	20(%esp), %eax
	lgdt	gdt_pointer
	ljmp	$CODE32, $1f
1:	movl	$DATA32, %edx
	movl	%edx, %ds
	movl	%edx, %es
	movl	%edx, %ss
	movl	%cr4, %edx
	orl	$CR4_PAE, %edx
	movl	%edx, %cr4
	movl	%eax, %cr3
	movl	$EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG, %eax
	movl	%eax, %cr0
	ljmp	$CODE64, $2f
	.code64
2:	movq	%rdi, %r15
	imulq	%r15, %r15
	movq	%r15, square(%rip)
	leaq	back(%rip), %rax
	pushq	$CODE32
	pushq	%rax
	lretq
	.code32
back:	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	$EFER, %ecx
	rdmsr
	andl	$~EFER_LME, %eax
	wrmsr
	popl	%edi
	popl	%esi
	popl	%ebx
	movl	square, %eax
	movl	square + 4, %edx
	ret

	.data
	.balign	8
square:	.quad	0
gdt:	.quad	0
	.quad	0x00cf9b000000ffff /* CODE32 */
	.quad	0x00cf93000000ffff /* DATA32 */
	.quad	0x00af9b000000ffff /* CODE64 */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.skip	16384
stack_end:
