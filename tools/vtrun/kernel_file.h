/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests that are no programs for the guest ABI: Linux kernels, as packaged, and Multiboot 1 images. */
#ifndef TOOLS_VTRUN_KERNEL_FILE_H
#define TOOLS_VTRUN_KERNEL_FILE_H

#include "tools/vtrun/vtrun.h"

enum guest_kind { GUEST_PROGRAM, GUEST_LINUX, GUEST_MULTIBOOT };

/** What the file at @path looks like; a program, if it cannot be read. */
enum guest_kind kernel_file_kind(const char *path);

/** Judge @file of this kind, not a program, which came from @path: whether it is whole, and fits with its initrd and command
 *  line. 0, or -1 and @error. */
int kernel_file_check(enum guest_kind kind, const struct blob *file, const char *path,
		      const struct blob *initrd, const char *cmdline, uint64_t memory,
		      struct vts_error *error);

#endif
