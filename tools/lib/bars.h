/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawing a log-linear histogram in lines of text. */
#ifndef TOOLS_LIB_BARS_H
#define TOOLS_LIB_BARS_H

#include <stdint.h>

#include "trace/hist.h"

/** One line: the values low to high, and how many there are. */
struct bar {
	uint64_t low, high;
	uint64_t count; /* 0: a gap, however wide */
};

/**
 * Group the buckets of @hist into at most @most lines (at least 2; but an octave never gets less
 * than one line) of equal width within an octave; empty stretches between them become one line
 * each. Returns the number of lines, stored in a new array @bars, to be freed by the caller; NULL and
 * 0 when out of memory.
 */
unsigned bars_make(const struct vts_hist *hist, unsigned most, struct bar **bars);
/** @width columns of '#' for @count of @largest in @text (@width + 1 bytes); at least one unless
 *  0. */
const char *bars_line(char *text, unsigned width, uint64_t count, uint64_t largest);

#endif
