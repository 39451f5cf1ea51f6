/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first instructions: from a Multiboot 1 loader's 32-bit protected mode (Multiboot specification 0.6.96,
 * section 3) to 64-bit C. The page tables built here map the first 4 GiB as they are; map.c replaces
 * them with ones that keep code and data apart.
 */
#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00010003 /* align modules, memory information, address fields */

#define PAGE_PRESENT_WRITE 0x003
#define PAGE_LARGE         0x083

	.section .multiboot, "ax"
	.code32
	.align 4
multiboot_header:
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.long multiboot_header
	.long image_start
	.long data_end
	.long image_end
	.long multiboot_entry

	.globl multiboot_entry
multiboot_entry:
	cli
	cld
	movl	$boot_stack_top, %esp
	movl	%eax, %ebp
	movl	%ebx, %esi

	/* PML4 -> PDPT -> four page directories of 2 MiB pages */
	movl	$boot_pdpt + PAGE_PRESENT_WRITE, boot_pml4
	movl	$boot_pd + PAGE_PRESENT_WRITE, %eax
	movl	$boot_pdpt, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b
	movl	$PAGE_LARGE, %eax
	movl	$boot_pd, %edi
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	2b

	movl	$0x220, %eax		/* CR4.PAE; OSFXSR, to read guests' XMM registers */
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$0xC0000080, %ecx	/* IA32_EFER: LME, NXE */
	rdmsr
	orl	$0x900, %eax
	wrmsr
	movl	$0x80010033, %eax	/* CR0: PG, WP, NE, ET, MP, PE */
	movl	%eax, %cr0
	lgdt	boot_gdt_pointer
	ljmp	$0x08, $entry64

	.code64
entry64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$boot_stack_top, %esp
	movl	%ebp, %edi		/* the loader's magic */
	movl	%esi, %esi		/* Multiboot information */
	call	bare_start
1:	hlt
	jmp	1b

	.section .rodata
	.align 8
boot_gdt:
	.quad 0
	.quad 0x00AF9B000000FFFF	/* 64-bit code */
	.quad 0x00CF93000000FFFF	/* data */
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long boot_gdt

	/* One stub a vector: make every frame alike, then one dump for all. */
	.text
	.altmacro
	.macro trap_stub vector
trap_\vector:
	.if !(\vector == 8 || (\vector >= 10 && \vector <= 14) || \vector == 17 || \vector == 21)
	pushq	$0
	.endif
	pushq	$\vector
	jmp	trap_common
	.endm
	.set vector, 0
	.rept 32
	trap_stub %vector
	.set vector, vector + 1
	.endr
trap_other:
	pushq	$0
	pushq	$255
trap_common:
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%r11
	pushq	%r10
	pushq	%r9
	pushq	%r8
	pushq	%rdi
	pushq	%rsi
	pushq	%rbp
	pushq	%rbx
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	movq	%rsp, %rdi
	cld
	call	trap_dump

	.section .rodata
	.align 8
	.globl trap_stubs
	.macro trap_address vector
	.quad	trap_\vector
	.endm
trap_stubs:
	.set vector, 0
	.rept 32
	trap_address %vector
	.set vector, vector + 1
	.endr
	.quad	trap_other

	/* bare_stack: a guard page, left unmapped by map.c, then the stack itself. */
	.section .bss
	.align 4096
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pd:	.skip 4 * 4096
	.globl bare_stack_guard, boot_stack_top
bare_stack_guard: .skip 4096
	.skip 32768
boot_stack_top:
	.globl trap_stack_guard, trap_stack_top
trap_stack_guard: .skip 4096
	.skip 8192
trap_stack_top:

	.section .note.GNU-stack, "", @progbits
