/* SPDX-License-Identifier: GPL-2.0-only */
/* The live screen: sampling, drawing and keys until the user quits or a signal asks to end. */
#ifndef VMTOP_INTERACTIVE_H
#define VMTOP_INTERACTIVE_H

#include "tools/vmtop/child.h"
#include "tools/vmtop/options.h"

/** @child: NULL without --run. The screen is open. 0, or -1: the child ended without a VM to watch. @error
 *  says why the user's settings could not be kept, if so. */
int interactive_run(struct fleet *fleet, struct child *child, const struct options *options,
		    struct vts_error *error);

#endif
