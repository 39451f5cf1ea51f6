/* SPDX-License-Identifier: GPL-2.0-only */
/* From a report to lines: the same ones for the screen and for text. */
#ifndef VMTOP_LAYOUT_H
#define VMTOP_LAYOUT_H

#include "tools/vmtop/lines.h"
#include "tools/vmtop/detail.h"

#define LAYOUT_NO_CURSOR SIZE_MAX
#define COLUMNS_MAX	 24

/** Where the table is in the picture. */
struct picture {
	size_t rows;	    /* that there are to show */
	size_t first, room; /* the first one that is shown, and how many there is room for */
	struct row chosen;  /* the row of layout.cursor */
	bool has_chosen;
	unsigned heading_y, first_y,
	    width; /* the headings' line, the first row's, the table's width */
	size_t headings;
	struct {
		unsigned width;
		int column; /* of the view */
	} heading[COLUMNS_MAX];
};

/** What the user chose, and what is around this VM. */
struct layout {
	int sort; /* column */
	bool reverse;
	bool paused;
	unsigned index, vms;	    /* this VM's place among those watched, from 0 */
	double speed;		    /* of a replay on the screen; 0: none */
	size_t scroll;		    /* rows of the table that are above its top */
	size_t cursor;		    /* the row chosen; LAYOUT_NO_CURSOR: none */
	const char *filter;	    /* only rows with this in their names; NULL: all */
	const struct report *a, *b; /* of a comparison; NULL: none */
	struct picture *picture;    /* is set; may be NULL */
};

/** Width at which every column of @view is shown. */
unsigned layout_full_width(const struct view *view);
/** The whole report as text, @width wide, with its rows as they are. */
void layout_text(struct lines *lines, const struct report *report, const struct layout *layout,
		 unsigned width);
/** The report in @width x @height, sorted and filtered; the least important things go first. */
void layout_screen(struct lines *lines, const struct report *original, const struct layout *layout,
		   unsigned width, unsigned height);

/** The lines above the table, or above an opened row, in a picture of @height lines. */
void layout_header(struct lines *lines, const struct report *report, const struct layout *layout,
		   unsigned height);
/** A row of the report opened, as text, and in @width x @height. */
void layout_detail_text(struct lines *lines, const struct report *report,
			const struct detail *detail, const struct layout *layout, unsigned width);
void layout_detail(struct lines *lines, const struct report *report, const struct detail *detail,
		   const struct layout *layout, unsigned width, unsigned height);

#endif
