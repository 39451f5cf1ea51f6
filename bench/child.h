/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vtrun as a child process: started, listened to, ended. What it prints is kept in bounds,
 * whatever it does.
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "trace/source.h"

#define VTB_TAIL_BYTES 8192

/** The last bytes of a stream. */
struct vtb_tail {
	int fd; /* -1: closed */
	size_t used;
	char text[VTB_TAIL_BYTES + 1];
};

struct vtb_child {
	pid_t pid;
	int pidfd; /* -1: no child */
	struct vtb_tail output, errors;
};

#define VTB_CHILD_POLLFDS 3

/**
 * Start argv[0] with standard input empty. It gets SIGTERM should we die. 0, or -1 and @error.
 */
int vtb_child_start(struct vtb_child *child, char *const *argv, struct vts_error *error);
/** Fill VTB_CHILD_POLLFDS entries for poll(2). */
void vtb_child_poll(const struct vtb_child *child, struct pollfd *fds);
/** Take what there is to read. Returns true once the child has ended: @status is as waitpid(2)
 *  gives it, and the child is gone. */
bool vtb_child_serve(struct vtb_child *child, int *status);
void vtb_child_signal(const struct vtb_child *child, int signal);

#endif
