/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `vtbench run` says on standard error while it runs: on a terminal one line that is drawn
 * again, otherwise a line a cell.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include "bench/result.h"

struct vtb_progress {
	bool terminal;
	size_t done, total, failed;
	double started;	 /* seconds, CLOCK_MONOTONIC */
	char drawn[512]; /* what the line shows */
};

void vtb_progress_start(struct vtb_progress *progress, size_t total);
/** A cell is done. Failures get a line of their own, terminal or not. */
void vtb_progress_cell(struct vtb_progress *progress, const struct vtb_result *result);
/** Draw the line again, if on a terminal; @running: what runs now. */
void vtb_progress_draw(struct vtb_progress *progress, const char *running);
/** Take the line away. */
void vtb_progress_clear(struct vtb_progress *progress);
double vtb_now(void);

#endif
