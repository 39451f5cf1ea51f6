/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a guest and its boot structures into guest memory: an ELF64 program as core-vmm/abi/guest.h promises, a Linux kernel
 * as linux.h, a Multiboot image as multiboot_image.h. The same code serves the VMM and a native run, so that a guest finds the same world in both.
 */
#ifndef CORE_VMM_LOADER_GUEST_IMAGE_H
#define CORE_VMM_LOADER_GUEST_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vmm/memory/guest_memory.h"

/** The registers with which the guest starts. */
struct guest_entry {
	uint64_t rip, rsp, rax, rbx, rdi, rsi, cr3;
	uint64_t gdt_base, tss_base;
	uint16_t gdt_limit, tss_limit;
	bool protected32;	/* in 32-bit protected mode, paging off; else in 64-bit mode */
	uint16_t code_selector; /* the next is for data, the one after that the TSS */
};

struct guest_image {
	const void *file;
	size_t bytes;
	const void *initrd; /* for a Linux kernel; or none, of 0 bytes */
	size_t initrd_bytes;
	const char *args; /* cut at GUEST_ARGS_BYTES - 1 */
	uint64_t hz, seed;
	bool native;
};

#define GUEST_ARGS_BYTES 4096

#define GUEST_CR0  0x80010033ull /* PG, WP, NE, ET, MP, PE */
#define GUEST_CR4  0x00000620ull /* OSXMMEXCPT, OSFXSR, PAE */
#define GUEST_EFER 0x00000d01ull /* NXE, LMA, LME, SCE */

#define GUEST_CR0_32 0x00000011ull /* ET, PE */

/** NULL, or what is wrong with the image (or the memory). */
const char *guest_image_load(struct guest_memory *memory, const struct guest_image *image,
			     struct guest_entry *entry);

#endif
