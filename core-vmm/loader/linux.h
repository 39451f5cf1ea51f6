/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts a Linux kernel as Documentation/arch/x86/boot.rst says, 64-bit boot protocol: the kernel where it prefers to be
 * (trace/linux_image.h), the initrd as high as it may, and RSI pointing to struct boot_params with the setup header, the
 * memory map, the command line, the ACPI tables' address and, as there is no RDRAND, random bytes that come of the seed.
 */
#ifndef CORE_VMM_LOADER_LINUX_H
#define CORE_VMM_LOADER_LINUX_H

#include "core-vmm/loader/guest_image.h"

/** vts_linux_is() holds for the image. NULL, or what is wrong with it (or the memory). */
const char *linux_load(struct guest_memory *memory, const struct guest_image *image,
		       struct guest_entry *entry);

#endif
