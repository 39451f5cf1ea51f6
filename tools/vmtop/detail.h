/* SPDX-License-Identifier: GPL-2.0-only */
/* A row opened: its figures, how its latency is distributed, how it went over time, and what it is made
 * of. A copy, as a report is. */
#ifndef VMTOP_DETAIL_H
#define VMTOP_DETAIL_H

#include "tools/lib/bars.h"
#include "tools/vmtop/views.h"

#define DETAIL_PARTS 20 /* of a breakdown; the others are together */
#define DETAIL_BARS  24

/** Which row: an item's key, or all of a table. */
struct detail_key {
	uint64_t number, number2;
	bool whole;
};

struct detail_part {
	char label[ROW_LABEL];
	uint64_t count, time;
};

struct breakdown {
	const char *title, *key; /* for people, for programs */
	struct detail_part part[DETAIL_PARTS];
	size_t parts, more;	 /* shown, and those that are not */
	struct detail_part rest; /* what is in no part that is shown */
};

struct detail {
	struct row row; /* count 0: the row is not there (any more) */
	struct bar bar[DETAIL_BARS + 64];
	unsigned bars;
	struct {
		double seconds;
		uint64_t count;
		double time;
	} point[ITEM_SERIES]; /* the oldest first */
	unsigned points;
	struct breakdown by[DIMENSIONS];
	size_t breakdowns;
};

/** Fill @detail of the row @key of @report's view from the model that the report was made from. */
void detail_build(struct detail *detail, const struct report *report, const struct model *model,
		  const struct detail_key *key);

#endif
