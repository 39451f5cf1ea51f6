/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vtrun command of a cell, and the files it needs.
 */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include "bench/cell.h"
#include "trace/source.h"

#define VTB_ARGS_MAX 32

struct vtb_command {
	char *argv[VTB_ARGS_MAX + 1]; /* each malloc'd; NULL after the last */
	const char
	    *libdir; /* VTSCOPE_LIBDIR for a special build of the VMM; NULL: vtrun's own choice */
};

/** vtrun beside this executable, else the one in PATH. @path gets it. */
void vtb_vtrun_path(char *path, size_t bytes);

/** @record: directory for the trace; @name: for the live channel; @timeout in seconds. 0, or -1: no memory. */
int vtb_command_make(struct vtb_command *command, const struct vtb_cell *cell, const char *vtrun,
		     const char *record, const char *name, unsigned timeout);
void vtb_command_free(struct vtb_command *command);
/** As a line for a shell, malloc'd. */
char *vtb_command_text(const struct vtb_command *command);

/**
 * Make directory @dir, in which lib/vmm-NAME.elf is the VMM and the boot sector is the usual one. 0, or -1 and
 * @error.
 */
int vtb_libdir_make(const char *dir, enum vtb_vmm vmm, struct vts_error *error);

#endif
