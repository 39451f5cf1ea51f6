/* SPDX-License-Identifier: GPL-2.0-only */
/* The vtrun that --run starts: its life, and what it prints. */
#ifndef VMTOP_CHILD_H
#define VMTOP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "trace/source.h"

#define CHILD_TAIL 4096

struct child {
	pid_t pid;     /* 0: none */
	int output;    /* read end of its standard output and error; -1: none */
	char name[64]; /* of the VM */
	bool ended;    /* then status is waitpid's */
	int status;
	char tail[CHILD_TAIL + 1]; /* the last of its output */
	size_t length;
};

/** Start the vtrun beside this executable with @args (NULL-terminated) under a name of its own. Its
 *  output is kept for child_tail_line, or with @pass_through goes to our standard error. It dies
 *  with us, whatever way we die. 0, or -1 and @error. */
int child_start(struct child *child, char **args, bool pass_through, struct vts_error *error);
/** Take its output, and notice its end. */
void child_poll(struct child *child);
/** End it, if it still runs, and wait for that. */
void child_stop(struct child *child);
/** How it ended, in words. */
const char *child_describe(const struct child *child, char text[80]);
/** The @back'th last line of its output (0: the last); "" if there is none. */
const char *child_tail_line(const struct child *child, unsigned back, char line[256]);

#endif
