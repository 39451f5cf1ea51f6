/* SPDX-License-Identifier: GPL-2.0-only */
/* The panels below the table of exit reasons: what happened within exits, by kind. */
#ifndef VMTOP_PANELS_H
#define VMTOP_PANELS_H

#include "tools/vmtop/report.h"

/** Fill report->panel[] from @counts; every panel is there, empty or not. */
void panels_build(struct report *report, const struct vts_counts *counts);

#endif
