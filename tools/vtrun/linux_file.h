/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux kernels, as packaged, and their initrds. */
#ifndef TOOLS_VTRUN_LINUX_FILE_H
#define TOOLS_VTRUN_LINUX_FILE_H

#include "tools/vtrun/vtrun.h"

/** Whether the file at @path, if it can be read, has a bzImage's signatures. */
bool linux_file_is(const char *path);

/** Judge the kernel @file, which came from @path, and whether it fits with its initrd and command line. 0, or -1 and
 *  @error. */
int linux_file_check(const struct blob *file, const char *path, const struct blob *initrd,
		     const char *cmdline, uint64_t memory, struct vts_error *error);

#endif
