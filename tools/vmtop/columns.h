/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the views (views.c): one table each for the screen, the text, JSON and --sort. */
#ifndef VMTOP_COLUMNS_H
#define VMTOP_COLUMNS_H

#include "tools/vmtop/report.h"

enum cell {
	CELL_NAME,
	CELL_TEXT,
	CELL_COUNT,
	CELL_RATE,
	CELL_SHARE,
	CELL_TIME,
	CELL_QUANTILE, /* a time that is not known where rows are put together */
	CELL_MEAN,
	CELL_RATIO,	 /* two decimals */
	CELL_DIFFERENCE, /* with its sign; the largest first, up or down */
	CELL_HOST_SHARE, /* these two only where the source tells the host's share */
	CELL_HOST_WORDS
};

struct column {
	const char *name;    /* of --sort and in JSON */
	const char *heading; /* on the screen; column_heading makes it whole */
	char key;	     /* sorts by it */
	unsigned char width; /* with one blank before it */
	unsigned char rank;  /* 0: always shown; the highest goes first when there is no room */
	enum cell cell;
	size_t offset; /* in struct row */
	const char *help;
};

#define CELL_MAX 48

struct view;

/** Has @report anything for it? */
bool column_is_known(const struct column *column, const struct report *report);
/** Is it text? Otherwise a number. */
bool column_is_text(const struct column *column);
/** Is it in the trace's unit? */
bool column_is_time(const struct column *column);
/** Has @row a value for it? */
bool column_has(const struct column *column, const struct row *row);
/** Index of @view's column called @name, or sorted by @key; -1 if there is none. */
int column_by_name(const struct view *view, const char *name);
int column_by_key(const struct view *view, int key);
void column_heading(const struct column *column, const struct report *report, unsigned width,
		    char text[CELL_MAX]);
/** The value as text, at most @width characters: scaled when it would be longer. */
void column_format(const struct column *column, const struct row *row, unsigned width,
		   char text[CELL_MAX]);
uint64_t column_integer(const struct column *column, const struct row *row);
const char *column_text(const struct column *column, const struct row *row);
double column_number(const struct column *column, const struct row *row);
/** Sort the report's rows: names upwards and numbers downwards, or the other way with @reverse. */
void columns_sort(struct report *report, int column, bool reverse);
/** A number in at most @width characters, which are 5 or more: 1234567, or 1.23M where that is too
 *  long. */
void format_integer(uint64_t value, unsigned width, char text[CELL_MAX]);

#endif
