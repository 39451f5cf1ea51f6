/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The disk of the guests that need one: a raw image whose content is always the same. It is used as a snapshot, so that cells
 * may share it, and no cell sees what another wrote.
 */
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include "bench/cell.h"
#include "trace/source.h"

#define VTB_DISK_BYTES (16u << 20)

/** Whether the workload's guest needs it. */
bool vtb_disk_needed(const struct vtb_workload *workload);
/** Make it, in place of any older one: word i, little-endian, is (i + 1) times the golden ratio of 2^64. 0, or -1 and @error. */
int vtb_disk_make(const char *path, struct vts_error *error);

#endif
