/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOOLS_VTRUN_VERDICT_H
#define TOOLS_VTRUN_VERDICT_H

#include "tools/vtrun/vtrun.h"

/** The exit status for how the VM ended, @native: with no VMM under it; says on standard error what
 *  a status of vtrun's own stands for. */
int verdict(const struct vts_event *stop, const char *guest, bool native);

#endif
