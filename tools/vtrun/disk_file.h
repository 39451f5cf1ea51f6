/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's disk: a raw image file. Bochs opens the descriptor again by its path under /proc, so it must be one that is
 * inherited. A file that is written to is held by one vtrun alone; others may share it.
 */
#ifndef TOOLS_VTRUN_DISK_FILE_H
#define TOOLS_VTRUN_DISK_FILE_H

#include "tools/vtrun/discard.h"
#include "tools/vtrun/vtrun.h"

#define DISK_SECTOR 512u

struct disk_file {
	int fd; /* -1: there is no disk */
	uint64_t bytes;
	bool read_only; /* the guest's writes are refused */
	bool snapshot;	/* they go to a temporary file, and are dropped at the end */
	char *path;
	struct discard discard;
};

/** "FILE[,ro][,snapshot]", or NULL: no disk. 0, or -1 and @error. Goes back with disk_file_close either way. */
int disk_file_open(struct disk_file *disk, const char *option, struct vts_error *error);
/** "rw", "ro" or "snapshot": ro is stronger. */
const char *disk_file_mode(const struct disk_file *disk);
/** Whether the file is still as long as it was: 0, or -1 and @error. */
int disk_file_check(const struct disk_file *disk, struct vts_error *error);
/** An event of the VMM's, each in its order. @disk: a struct disk_file. */
void disk_file_note(void *disk, const struct vts_event *event);
/** The VM has ended in order, and the engine is gone: give back the space of what the guest has discarded. */
void disk_file_trim(const struct disk_file *disk);
/** Have what was written stored, if it may be. A message and -1 if that fails, or if the file became shorter. */
int disk_file_close(struct disk_file *disk);

#endif
