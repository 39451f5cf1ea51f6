/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOOLS_VTRUN_KEEP_H
#define TOOLS_VTRUN_KEEP_H

#include "tools/vtrun/bochs_process.h"

/** --keep: copy Bochs's working files to @directory; what cannot be kept is said on standard error. */
void keep_files(const char *directory, const struct bochs_process *process, int disk_fd);

#endif
