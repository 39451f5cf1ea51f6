/* SPDX-License-Identifier: GPL-2.0-only */
/* --once and --batch: samples as text or JSON on standard output; no terminal needed. */
#ifndef VMTOP_BATCH_H
#define VMTOP_BATCH_H

#include "tools/vmtop/options.h"

/** Sample and print until the options are satisfied, every VM has ended, or a signal asks to end.
 *  0, or -1 when the output could not be written. */
int batch_run(struct fleet *fleet, const struct options *options);

#endif
