/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a guest and its boot structures into guest memory: an ELF64 program as core-vmm/abi/guest.h promises, a Linux kernel
 * as linux.h, a Multiboot image as multiboot.h. The same code serves the VMM and a native run, so that a guest finds the same world in both.
 */
#ifndef CORE_VMM_LOADER_GUEST_IMAGE_H
#define CORE_VMM_LOADER_GUEST_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vmm/memory/guest_memory.h"

/** The registers with which the guest starts. */
struct guest_entry {
	bool kernel; /* a boot to be marked */
	bool protected; /* 32-bit protected mode without paging; rax and rbx count. Otherwise 64-bit mode; rdi and rsi */
	uint64_t rip, rsp, rdi, rsi, rax, rbx, cr3;
	uint64_t gdt_base, tss_base;
	uint16_t gdt_limit, tss_limit;
	uint16_t code_selector; /* the next is for data, the one after that the TSS */
};

/** What comes with a kernel: an initrd, a Multiboot module. */
struct guest_module {
	const void *data;
	size_t bytes;
	const char *text; /* a module's string */
};

struct guest_image {
	const void *file;
	size_t bytes;
	const struct guest_module *modules;
	unsigned module_count;
	const char *args; /* cut at GUEST_ARGS_BYTES - 1 */
	uint64_t hz, seed;
	bool native;
};

#define GUEST_ARGS_BYTES 4096

#define GUEST_CR0  0x80010033ull /* PG, WP, NE, ET, MP, PE */
#define GUEST_CR4  0x00000620ull /* OSXMMEXCPT, OSFXSR, PAE */
#define GUEST_EFER 0x00000d01ull /* NXE, LMA, LME, SCE */

#define GUEST_CR0_PROTECTED 0x00000011ull /* ET, PE; CR4 and EFER 0 */

/** NULL, or what is wrong with the image (or the memory). */
const char *guest_image_load(struct guest_memory *memory, const struct guest_image *image,
			     struct guest_entry *entry);

#endif
