/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Latency over time: exits counted by reason, time and octave of latency. Memory is bounded
 * whatever the trace's length: there is a fixed number of stretches of time, which double their
 * width when the trace outgrows them.
 */
#ifndef EXITSTAT_HEAT_H
#define EXITSTAT_HEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAT_SLOTS 512
#define HEAT_BANDS 65 /* band 0: latency 0; band b: 2^(b-1) to 2^b - 1 */

struct heat_row {
	unsigned reason;
	uint64_t count, sum;	    /* all exits of it, and their latencies */
	uint64_t *band[HEAT_BANDS]; /* exits by slot; NULL: none in this band */
};

struct heat {
	uint64_t width;	      /* of a slot: a power of two; slots begin at its multiples */
	uint64_t base;	      /* slot 0 begins at base * width */
	uint64_t first, last; /* times of the first and the last exit */
	uint64_t count, sum;
	struct heat_row *rows; /* by row of statistics, VTS_STATS_REASONS long */
};

/** All ends the program when there is no memory. */
void heat_init(struct heat *heat);
void heat_free(struct heat *heat);
/** Count an exit at @tsc. Times may come in any order. */
void heat_add(struct heat *heat, unsigned reason, uint64_t tsc, uint64_t latency);
/** Slots in use: the last exit is in the last of them. 0 without exits. */
size_t heat_slots(const struct heat *heat);
/** The rows that have exits, the longest sum first; @count of them, to be freed by the caller. */
const struct heat_row **heat_sort(const struct heat *heat, size_t *count);
/** The least and the greatest latency of a band. */
uint64_t heat_low(unsigned band);
uint64_t heat_high(unsigned band);

/** How a map is drawn. */
struct heat_style {
	unsigned width; /* columns of the screen */
	bool utf8;	/* else ASCII */
	bool colour;
};

/** Columns that a row of @slots slots takes, and in @merge how many slots one column stands for. */
size_t heat_columns(const struct heat_style *style, size_t slots, size_t *merge);
/** The most exits in one cell, when @merge slots are one column. */
uint64_t heat_peak(const struct heat_row *row, size_t slots, size_t merge);
/** One band as a line of cells, in a new string, without blanks at its end; @peak: the most exits in a cell of the map. */
char *heat_line(const struct heat_style *style, const uint64_t *band, size_t slots, size_t merge,
		uint64_t peak);
/** The shades from few exits to many, for a legend, in a new string. */
char *heat_legend(const struct heat_style *style);

#endif
