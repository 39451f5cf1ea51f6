/* SPDX-License-Identifier: GPL-2.0-only */
/* From a report to lines: the same ones for the screen and for text. */
#ifndef VMTOP_LAYOUT_H
#define VMTOP_LAYOUT_H

#include "tools/vmtop/lines.h"
#include "tools/vmtop/report.h"

/** What the user chose, and what is around this VM. */
struct layout {
	int sort; /* column */
	bool reverse;
	bool paused;
	unsigned index, vms; /* this VM's place among those watched, from 0 */
	double speed;	     /* of a replay on the screen; 0: none */
	size_t scroll;	     /* rows of the table that are above its top */
};

/** Width at which every column is shown. */
unsigned layout_full_width(void);
/** The whole report as text, @width wide. Sorts its rows. */
void layout_text(struct lines *lines, struct report *report, const struct layout *layout,
		 unsigned width);
/** The report in @width x @height; the least important things go first. Sorts its rows. */
void layout_screen(struct lines *lines, struct report *report, const struct layout *layout,
		   unsigned width, unsigned height);

#endif
