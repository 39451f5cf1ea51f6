/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Multiboot image, as an ELF32 file or, with FLAT, by its header's address fields: header, entry, and the ways into other
 * kinds of paging and back.
 */
#define MAGIC 0x1badb002
#define ALIGN 0x00000001   /* modules on page boundaries */
#define MEMORY 0x00000002  /* memory information */
#define ADDRESS 0x00010000 /* the address fields count */

#ifdef FLAT
#define FLAGS (ALIGN | MEMORY | ADDRESS)
#else
#define FLAGS (ALIGN | MEMORY)
#endif

#define CR0_PG 0x80000000
#define CR4_PAE 0x20
#define EFER 0xc0000080
#define EFER_LME 0x100

	.section .header, "a"
	.balign 4
header:
	.long MAGIC, FLAGS, -(MAGIC + FLAGS)
#ifdef FLAT
	.long header, image_start, image_data_end, image_end, entry
#endif

	.text
	.code32
	.globl entry
entry:
	movl	%esp, start_esp
	movl	%eax, start_eax
	movl	%ebx, start_ebx
	movl	$stack_end, %esp
	pushfl
	popl	start_eflags
	movl	%cr0, %eax
	movl	%eax, start_cr0
	movl	%cr4, %eax
	movl	%eax, start_cr4
	movw	%cs, start_cs
	lgdt	gdt_pointer
	ljmp	$0x08, $1f
1:	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	call	test_main
	/* isa-debug-exit: the status is 2 * value + 1 */
	outl	%eax, $0xf4
2:	hlt
	jmp	2b

/* uint32_t with_paging(uint32_t root, uint32_t cr4, const volatile uint32_t *at): a load with paging on. */
	.globl with_paging
with_paging:
	movl	4(%esp), %eax
	movl	8(%esp), %ecx
	movl	12(%esp), %edx
	movl	%eax, %cr3
	movl	%ecx, %cr4
	movl	%cr0, %ecx
	orl	$CR0_PG, %ecx
	movl	%ecx, %cr0
	movl	(%edx), %eax
	andl	$~CR0_PG, %ecx
	movl	%ecx, %cr0
	xorl	%ecx, %ecx
	movl	%ecx, %cr4
	ret

/* uint64_t in_long_mode(uint32_t root, uint64_t a, uint64_t b): a * b there. */
	.globl in_long_mode
in_long_mode:
	pushl	%ebx
	movl	8(%esp), %eax
	movl	%eax, %cr3
	movl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$CR0_PG, %eax
	movl	%eax, %cr0
	ljmp	$0x18, $3f
	.code64
3:	movl	%esp, %ebx
	movq	12(%rbx), %rax
	imulq	20(%rbx), %rax
	movq	%rax, product(%rip)
	ljmp	*back(%rip)
	.code32
4:	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	$EFER, %ecx
	rdmsr
	andl	$~EFER_LME, %eax
	wrmsr
	xorl	%eax, %eax
	movl	%eax, %cr4
	movl	product, %eax
	movl	product + 4, %edx
	popl	%ebx
	ret

	.data
	.balign 8
gdt:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00af9b000000ffff
gdt_pointer:
	.word . - gdt - 1
	.long gdt
back:	.long 4b
	.word 0x08

	.bss
	.balign 16
	.globl start_eax, start_ebx, start_esp, start_eflags, start_cr0, start_cr4, start_cs
start_eax: .skip 4
start_ebx: .skip 4
start_esp: .skip 4
start_eflags: .skip 4
start_cr0: .skip 4
start_cr4: .skip 4
start_cs: .skip 4
product: .skip 8
	.skip 0x4000
stack_end:
	.section .note.GNU-stack, "", @progbits
