/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what a cell left behind (its trace, and what its guest printed) to its result.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/result.h"

/**
 * Fill in the times and counts of the one marked phase of the trace in directory @path. Whatever
 * makes it unfit (loss, damage, no phase, more than one, an unfinished one, sums that do not add
 * up) fails the result.
 */
void vtb_measure_trace(struct vtb_result *result, const char *path);

/**
 * Take digest, and measured time, from the guest's console: its last line of the form "NAME: ops
 * N digest HEX [measured N]". @text is NUL-terminated. Fails the result if there is none, or if
 * it contradicts the trace.
 */
void vtb_measure_console(struct vtb_result *result, const char *text);

/** The phase's counts as a result; also for traces that are not a cell's. 0, or -1 when out of
 *  memory. */
struct vts_phase;
int vtb_measure_phase(struct vtb_result *result, const struct vts_phase *phase);

#endif
