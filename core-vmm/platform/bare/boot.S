/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot sector: loads the blob that vtrun appended (trace/boot.h) to 1 MiB, and starts the VMM in the
 * state that Multiboot 1 prescribes (specification 0.6.96, section 3.2).
 *
 * The BIOS reads below 1 MiB only (int 13h, AH=42h; 127 sectors a call is what every BIOS can), so each
 * chunk is read to a buffer and copied up with 32-bit addresses in real mode, after a moment in
 * protected mode has raised the limits of DS and ES to 4 GiB.
 *
 * On an error the text BOOT_FAILED and a letter go to port 0xE9: A (no A20 line), R (read error).
 */
#define LOAD_ADDRESS   0x100000 /* VTS_BOOT_ADDRESS */
#define PATCH_OFFSET   0x1a0    /* VTS_BOOT_PATCH_OFFSET */
#define BUFFER_SEGMENT 0x1000
#define CHUNK_SECTORS  127
#define HOP_PORT       0xe9     /* VTS_HOP_PORT */
#define CODE32         0x08
#define DATA32         0x10
#define MULTIBOOT_BOOT 0x2badb002

	.code16
	.text
	.globl	_start
_start:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$_start, %sp
	ljmp	$0, $1f
1:	sti

	/* A20, asked from the BIOS, then from the chipset; then looked at: 1 MiB must not be 0 again. */
	pushw	%dx
	movw	$0x2401, %ax
	int	$0x15
	inb	$0x92, %al
	orb	$2, %al
	andb	$0xfe, %al		/* bit 0 resets the machine */
	outb	%al, $0x92
	popw	%dx
	movw	$0xffff, %ax
	movw	%ax, %fs
	movw	$0x55aa, %ax		/* not the signature */
	movw	%ax, %fs:signature + 0x10
	cmpw	%ax, signature
	movb	$'A', %al
	je	fail

next_chunk:
	movl	sectors, %eax
	testl	%eax, %eax
	jz	start_vmm
	cmpl	$CHUNK_SECTORS, %eax
	jbe	1f
	movl	$CHUNK_SECTORS, %eax
1:	movw	%ax, packet_count
	movw	$packet, %si
	movb	$0x42, %ah
	int	$0x13			/* DL: the drive, as the BIOS gave it */
	movb	$'R', %al
	jc	fail

	cli
	call	protect
	movw	$DATA32, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movl	%cr0, %eax
	andb	$0xfe, %al
	movl	%eax, %cr0
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es

	movzwl	packet_count, %eax
	addl	%eax, packet_lba
	subl	%eax, sectors
	movl	%eax, %ecx
	shll	$7, %ecx		/* doublewords in these sectors */
	movl	$(BUFFER_SEGMENT << 4), %esi
	movl	destination, %edi
	rep movsl (%esi), (%edi)
	movl	%edi, destination
	sti
	jmp	next_chunk

start_vmm:
	cli
	call	protect
	ljmp	$CODE32, $protected

/* To protected mode, 16-bit segments as they are. */
protect:
	lgdtw	gdt_register
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ret

/* AL: the letter. */
fail:
	movb	%al, failed_letter
	movw	$failed, %si
	movw	$(failed_letter - failed + 1), %cx
	movw	$HOP_PORT, %dx
	rep outsb
1:	cli
	hlt
	jmp	1b

	.code32
protected:
	movw	$DATA32, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %fs
	movw	%ax, %gs
	movw	%ax, %ss
	movl	$_start, %esp
	movl	$MULTIBOOT_BOOT, %eax
	movl	info, %ebx
	jmp	*entry

	.balign	4
destination:
	.long	LOAD_ADDRESS
/* Disk address packet. */
packet:
	.byte	16, 0
packet_count:
	.word	0
	.word	0, BUFFER_SEGMENT
packet_lba:
	.quad	1

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9a000000ffff	/* CODE32: flat, 4 GiB */
	.quad	0x00cf92000000ffff	/* DATA32 */
gdt_register:
	.word	. - gdt - 1
	.long	gdt

/* struct vts_boot_patch; vtrun fills it in. */
	.org	PATCH_OFFSET
sectors:
	.long	0
entry:
	.long	0
info:
	.long	0

failed:
	.ascii	"VTS!"			/* BOOT_FAILED: VTS_BOOT_FAILED */
failed_letter:
	.byte	0

	.org	510
signature:
	.word	0xaa55
