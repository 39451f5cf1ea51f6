/* SPDX-License-Identifier: GPL-2.0-only */
/* The disk image that a Bochs boots from: trace/boot.h. */
#ifndef TOOLS_VTRUN_IMAGE_H
#define TOOLS_VTRUN_IMAGE_H

#include "tools/vtrun/elf_image.h"
#include "trace/boot.h"

/** A file that the VMM finds in memory. */
struct image_module {
	const char *name;
	const struct blob *blob;
};

#define IMAGE_MODULES_MAX (2 + VTS_BOOT_INITRDS)

struct image {
	int fd;			/* a memfd, read from its start */
	uint64_t machine_bytes; /* memory that the machine needs, a multiple of 1 MiB */
};

/**
 * Make the image: @boot is the boot sector, @vmm the VMM with its entry in 32-bit code,
 * @guest_memory what the guest is promised, @machine_limit what the engine can have. 0, or -1 and
 * @error. The caller closes image->fd.
 */
int image_make(struct image *image, const struct blob *boot, const struct elf_image *vmm,
	       const char *cmdline, const struct image_module *modules, size_t count,
	       uint64_t guest_memory, uint64_t machine_limit, struct vts_error *error);

#endif
