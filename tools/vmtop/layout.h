/* SPDX-License-Identifier: GPL-2.0-only */
/* From a report to lines: the same ones for the screen and for text. */
#ifndef VMTOP_LAYOUT_H
#define VMTOP_LAYOUT_H

#include "tools/vmtop/lines.h"
#include "tools/vmtop/report.h"

#define LAYOUT_NO_CURSOR SIZE_MAX

/** Where the table is in the picture. */
struct picture {
	size_t rows;	    /* that there are to show */
	size_t first, room; /* the first one that is shown, and how many there is room for */
};

/** What the user chose, and what is around this VM. */
struct layout {
	int sort; /* column */
	bool reverse;
	bool paused;
	unsigned index, vms;	 /* this VM's place among those watched, from 0 */
	double speed;		 /* of a replay on the screen; 0: none */
	size_t scroll;		 /* rows of the table that are above its top */
	size_t cursor;		 /* the row chosen; LAYOUT_NO_CURSOR: none */
	const char *filter;	 /* only rows with this in their names; NULL: all */
	struct picture *picture; /* is set; may be NULL */
};

/** Width at which every column of @view is shown. */
unsigned layout_full_width(const struct view *view);
/** The whole report as text, @width wide, with its rows as they are. */
void layout_text(struct lines *lines, struct report *report, const struct layout *layout,
		 unsigned width);
/** The report in @width x @height, sorted and filtered; the least important things go first. */
void layout_screen(struct lines *lines, const struct report *original, const struct layout *layout,
		   unsigned width, unsigned height);

#endif
