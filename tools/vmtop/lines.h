/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of styled text, of a fixed width: what the layout writes and the terminal or a text file
 * shows. Text past the width, and lines past the height, are dropped.
 */
#ifndef VMTOP_LINES_H
#define VMTOP_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum style {
	STYLE_NORMAL,
	STYLE_TITLE,
	STYLE_HEADING,
	STYLE_SORTED,
	STYLE_LABEL,
	STYLE_ALERT,
	STYLE_TOTAL,
	STYLE_CURSOR,
	STYLE_GRAPH,
	STYLE_COUNT
};

#define LINES_WIDTH 512
#define LINES_MAX   400

struct line {
	size_t length;
	char text[LINES_WIDTH + 1];
	uint8_t style[LINES_WIDTH];
};

struct lines {
	unsigned width;	 /* at most LINES_WIDTH */
	unsigned height; /* at most LINES_MAX */
	size_t count;
	unsigned indent; /* of the lines that lines_item begins when one is full */
	struct line line[LINES_MAX];
};

void lines_init(struct lines *lines, unsigned width, unsigned height);
/** Begin a new, empty line. */
void lines_new(struct lines *lines);
/** Add text to the end of the last line. */
void lines_put(struct lines *lines, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Fill the last line with blanks up to @column; nothing if it is longer. */
void lines_pad(struct lines *lines, enum style style, unsigned column);
/** Add the lines of @left, and of @right (may be NULL) from column @x on. */
void lines_beside(struct lines *lines, const struct lines *left, const struct lines *right,
		  unsigned x);
/** Write them to @stream, without the blanks at their ends, as glyphs.h says. */
void lines_print(const struct lines *lines, FILE *stream);
/** Add a whole item with two blanks before it, on a new line where it would not fit. */
void lines_item(struct lines *lines, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
