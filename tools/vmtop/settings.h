/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user has chosen, kept from one screen to the next: $XDG_CONFIG_HOME/vtscope/vmtop (by default
 * in ~/.config), lines of `name = value`. */
#ifndef VMTOP_SETTINGS_H
#define VMTOP_SETTINGS_H

#include "tools/vmtop/ui.h"
#include "trace/source.h"

/** Set @ui as the file says; what it does not say, or says wrong, stays. */
void settings_load(struct ui *ui);
/** Keep @ui's choices, if they are not in the file already. 0, or -1 and @error. */
int settings_save(const struct ui *ui, struct vts_error *error);

#endif
