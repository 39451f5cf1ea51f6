/* SPDX-License-Identifier: GPL-2.0-only */
/* The Bochs process: found, started, ended, and its last words. It leaves no file, whatever way it
 * ends. */
#ifndef TOOLS_VTRUN_BOCHS_PROCESS_H
#define TOOLS_VTRUN_BOCHS_PROCESS_H

#include <sys/types.h>

#include "tools/vtrun/vtrun.h"

struct bochs_process {
	pid_t pid;
	bool running;
	int status;    /* as waitpid gave it, once it has ended */
	int hop_fd;    /* its standard output: our end of the packet-mode pipe, non-blocking */
	int config_fd; /* memfds, as are the next three */
	int commands_fd;
	int log_fd;	 /* Bochs's log */
	int messages_fd; /* its standard error */
};

/** The version of Bochs. 0, or -1 and @error. */
int bochs_version(char version[64], struct vts_error *error);

/** Open the files that bochs_start needs. 0, or -1 and @error. */
int bochs_prepare(struct bochs_process *process, struct vts_error *error);
/** Start it with this configuration. It inherits every descriptor without FD_CLOEXEC. 0, or -1 and
 *  @error. */
int bochs_start(struct bochs_process *process, const char *config, struct vts_error *error);
/** Stop it from running, but keep its memory. */
void bochs_freeze(struct bochs_process *process);
/** Wait up to @seconds for its end; whether it has ended. */
bool bochs_wait(struct bochs_process *process, double seconds);
void bochs_kill(struct bochs_process *process);
/** Why it ended, in one line: only after its end. */
void bochs_last_words(const struct bochs_process *process, char *words, size_t bytes);
void bochs_release(struct bochs_process *process);

#endif
