/* SPDX-License-Identifier: GPL-2.0-only */
/* How far reading a long trace has come: a line on standard error, if that is a terminal. */
#ifndef EXITSTAT_PROGRESS_H
#define EXITSTAT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	uint64_t total; /* records to come; 0: not known */
	uint64_t done;
	bool shown; /* there is a line to be taken away */
	bool off;
	double next; /* when to show it again */
};

/** Nothing is shown in the first second. */
void progress_start(struct progress *progress, uint64_t total);
void progress_add(struct progress *progress, uint64_t records);
/** Take the line away. */
void progress_end(struct progress *progress);

#endif
