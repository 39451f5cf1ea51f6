/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts a Multiboot image as the specification says, version 0.6.96, 3.2: in 32-bit protected mode without paging, EAX the
 * loader's magic number, EBX the information: memory, memory map, command line, modules and the loader's name. The GDT is
 * not the image's to use.
 */
#ifndef CORE_VMM_LOADER_MULTIBOOT_H
#define CORE_VMM_LOADER_MULTIBOOT_H

#include "core-vmm/loader/guest_image.h"

/** vts_multiboot_is() holds for the image. NULL, or what is wrong with it (or the memory). */
const char *multiboot_load(struct guest_memory *memory, const struct guest_image *image,
			   struct guest_entry *entry);

#endif
