/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vtrun command of a cell.
 */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include "bench/cell.h"
#include "trace/source.h"

#define VTB_ARGS_MAX 32
#define VTB_MEMORY   "256M" /* of every guest: the largest of them needs 80 MiB */

struct vtb_command {
	char *argv[VTB_ARGS_MAX + 1]; /* each malloc'd; NULL after the last */
	const char
	    *libdir; /* VTSCOPE_LIBDIR for a special build of the VMM; NULL: vtrun's own choice */
};

/** vtrun beside this executable, else the one in PATH. @path gets it. */
void vtb_vtrun_path(char *path, size_t bytes);

/** Where `make linux` put the Linux guest. 0, or -1 and @error: it is not there. */
int vtb_linux_find(char *path, size_t bytes, struct vts_error *error);

/** @record: directory for the trace; @name: for the live channel; @disk: an image, or NULL; @linux_dir: vtb_linux_find's; @timeout in seconds. 0, or
 *  -1: no memory. */
int vtb_command_make(struct vtb_command *command, const struct vtb_cell *cell, const char *vtrun,
		     const char *record, const char *name, const char *disk, const char *linux_dir,
		     unsigned timeout);
void vtb_command_free(struct vtb_command *command);
/** As a line for a shell, malloc'd. */
char *vtb_command_text(const struct vtb_command *command);

#endif
