/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Characters to draw with. In a line each is one byte, as all text is; on the way out it becomes what
 * the terminal or the file can show: UTF-8 blocks, or ASCII.
 */
#ifndef VMTOP_GLYPHS_H
#define VMTOP_GLYPHS_H

#include <stdbool.h>
#include <stddef.h>

#define GLYPH_LEVELS 8
/** A column of @level eighths of a line's height, 1 to 8; a row of so many eighths of a column. */
#define GLYPH_COLUMN(level) ((char)(0x80 + (level)))
#define GLYPH_ROW(level)    ((char)(0x90 + (level)))
#define GLYPH_BYTES	    3 /* of one, at most */

/** UTF-8 where the locale has it, unless @ascii. */
void glyphs_init(bool ascii);
bool glyphs_are_ascii(void);
/** Write @length bytes of a line's text as they go out to @out (GLYPH_BYTES times as much, and one for
 *  the end). Returns @out's length. */
size_t glyphs_render(const char *text, size_t length, char *out);

#endif
