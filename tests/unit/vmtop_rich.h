/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's life in which every view of vmtop has something to show, and every figure is known. */
#ifndef TESTS_VMTOP_RICH_H
#define TESTS_VMTOP_RICH_H

#include <stddef.h>

#include "trace/event.h"

#define VMTOP_RICH_MAX 2048
#define VMTOP_RICH_HZ  1000000

/** Fill @events; returns how many there are. */
size_t vmtop_rich(struct vts_event events[VMTOP_RICH_MAX]);

#endif
