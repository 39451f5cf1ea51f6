/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/lines.h"

#include <stdarg.h>
#include <string.h>

#include "tools/vmtop/glyphs.h"

void lines_init(struct lines *lines, unsigned width, unsigned height)
{
	lines->width = width < LINES_WIDTH ? width : LINES_WIDTH;
	lines->height = height < LINES_MAX ? height : LINES_MAX;
	lines->count = 0;
	lines->indent = 0;
}

void lines_new(struct lines *lines)
{
	if (lines->count < lines->height) {
		struct line *line = &lines->line[lines->count];

		line->length = 0;
		line->text[0] = '\0';
	}
	lines->count++;
}

/** The line that text goes to; NULL past the height. */
static struct line *last_line(struct lines *lines)
{
	if (!lines->count)
		lines_new(lines);
	return lines->count <= lines->height ? &lines->line[lines->count - 1] : NULL;
}

static void append(struct lines *lines, enum style style, const char *text, size_t length)
{
	struct line *line = last_line(lines);

	if (!line)
		return;
	if (length > lines->width - line->length)
		length = lines->width - line->length;
	memcpy(line->text + line->length, text, length);
	memset(line->style + line->length, style, length);
	line->length += length;
	line->text[line->length] = '\0';
}

static size_t format_text(char text[LINES_WIDTH + 1], const char *format, va_list arguments)
{
	int length = vsnprintf(text, LINES_WIDTH + 1, format, arguments);

	if (length < 0)
		return 0;
	return length > LINES_WIDTH ? LINES_WIDTH : (size_t)length;
}

void lines_put(struct lines *lines, enum style style, const char *format, ...)
{
	char text[LINES_WIDTH + 1];
	va_list arguments;

	va_start(arguments, format);
	append(lines, style, text, format_text(text, format, arguments));
	va_end(arguments);
}

void lines_pad(struct lines *lines, enum style style, unsigned column)
{
	struct line *line = last_line(lines);

	while (line && line->length < column && line->length < lines->width)
		append(lines, style, " ", 1);
}

void lines_item(struct lines *lines, enum style style, const char *format, ...)
{
	char text[LINES_WIDTH + 1];
	struct line *line = last_line(lines);
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = format_text(text, format, arguments);
	va_end(arguments);
	if (line && line->length > lines->indent) {
		if (line->length + 2 + length > lines->width) {
			lines_new(lines);
			lines_pad(lines, STYLE_NORMAL, lines->indent);
		} else {
			append(lines, STYLE_NORMAL, "  ", 2);
		}
	}
	append(lines, style, text, length);
}

/** Line @i of @from, with its styles. */
static void append_line(struct lines *lines, const struct lines *from, size_t i)
{
	const struct line *line = &from->line[i];

	for (size_t j = 0; i < from->count && i < from->height && j < line->length; j++)
		append(lines, (enum style)line->style[j], &line->text[j], 1);
}

void lines_beside(struct lines *lines, const struct lines *left, const struct lines *right,
		  unsigned x)
{
	size_t count = right && right->count > left->count ? right->count : left->count;

	for (size_t i = 0; i < count && lines->count < lines->height; i++) {
		lines_new(lines);
		append_line(lines, left, i);
		if (!right)
			continue;
		lines_pad(lines, STYLE_NORMAL, x);
		append_line(lines, right, i);
	}
}

void lines_print(const struct lines *lines, FILE *stream)
{
	char text[LINES_WIDTH * GLYPH_BYTES + 1];

	for (size_t i = 0; i < lines->count && i < lines->height; i++) {
		const struct line *line = &lines->line[i];
		size_t length = line->length;

		while (length && line->text[length - 1] == ' ')
			length--;
		glyphs_render(line->text, length, text);
		fprintf(stream, "%s\n", text);
	}
}
