/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest: a program for the project's ABI, a Linux kernel as packaged, or a Multiboot image; and what comes with it. */
#ifndef TOOLS_VTRUN_GUEST_FILE_H
#define TOOLS_VTRUN_GUEST_FILE_H

#include "tools/vtrun/elf_image.h"
#include "tools/vtrun/options.h"
#include "trace/boot.h"

enum guest_kind { GUEST_PROGRAM, GUEST_LINUX, GUEST_MULTIBOOT };

struct guest_file {
	enum guest_kind kind;
	struct blob file;
	struct guest_module {
		struct blob file;
		char *text; /* a Multiboot module's string */
	} module[VTS_BOOT_INITRDS];
	size_t modules;
};

/**
 * Read the guest at @path and judge it, with what @options says of it; the size of its memory, if none was asked for, is
 * chosen there. 0, or -1 and @error.
 */
int guest_file_read(struct guest_file *guest, const char *path, struct options *options,
		    struct vts_error *error);
void guest_file_free(struct guest_file *guest);

#endif
