/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts a Multiboot 1 image as its specification says (3.2, 3.3): in 32-bit protected mode, paging off, EAX the magic number,
 * EBX the information: memory sizes and map, command line, the initrd as the one module, the loader's name.
 */
#ifndef CORE_VMM_LOADER_MULTIBOOT_IMAGE_H
#define CORE_VMM_LOADER_MULTIBOOT_IMAGE_H

#include "core-vmm/loader/guest_image.h"
#include "trace/multiboot_image.h"

/** @found: what vts_multiboot_find() found in the image. NULL, or what is wrong with it (or the memory). */
const char *multiboot_load(struct guest_memory *memory, const struct guest_image *image,
			   struct vts_multiboot *found, struct guest_entry *entry);

#endif
