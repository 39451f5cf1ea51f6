// SPDX-License-Identifier: GPL-2.0-only
/* Latency over time: drawing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "heat.h"

#define CELL_BYTES 24 /* the longest: a colour, a block, the end of the colour */

static const char *const shades_ascii[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};
static const char *const shades_utf8[] = {" ", "\u2591", "\u2592", "\u2593", "\u2588"};
/* From the 256 colours of xterm: grey, red, yellow, so that brighter is more. */
static const unsigned colours[] = {0, 238, 52, 88, 124, 160, 196, 202, 208, 214, 220, 226};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/** How many shades there are, that of no exits included. */
static unsigned shades(const struct heat_style *style)
{
	if (style->colour)
		return LENGTH(colours);
	return style->utf8 ? LENGTH(shades_utf8) : LENGTH(shades_ascii);
}

static void put_cell(const struct heat_style *style, unsigned shade, char *text)
{
	const char *block = style->utf8 ? "\u2588" : "#";

	if (style->colour && shade)
		snprintf(text, CELL_BYTES, "\033[38;5;%um%s\033[0m", colours[shade], block);
	else if (style->colour)
		snprintf(text, CELL_BYTES, " ");
	else
		snprintf(text, CELL_BYTES, "%s",
			 style->utf8 ? shades_utf8[shade] : shades_ascii[shade]);
}

size_t heat_columns(const struct heat_style *style, size_t slots, size_t *merge)
{
	size_t width = style->width ? style->width : 1;

	*merge = slots ? (slots + width - 1) / width : 1;
	return (slots + *merge - 1) / *merge;
}

/** Exits in the column that begins with slot @first. */
static uint64_t cell(const uint64_t *band, size_t first, size_t slots, size_t merge)
{
	uint64_t count = 0;

	for (size_t i = first; i < slots && i < first + merge; i++)
		count += band[i];
	return count;
}

uint64_t heat_peak(const struct heat_row *row, size_t slots, size_t merge)
{
	uint64_t peak = 0;

	for (unsigned band = 0; band < HEAT_BANDS; band++) {
		for (size_t i = 0; row->band[band] && i < slots; i += merge) {
			uint64_t count = cell(row->band[band], i, slots, merge);

			peak = count > peak ? count : peak;
		}
	}
	return peak;
}

/** log2 of @number in sixteenths, rounded down. */
static unsigned log2_sixteenths(uint64_t number)
{
	unsigned power = 63 - (unsigned)__builtin_clzll(number);
	uint64_t rest = power >= 4 ? number >> (power - 4) : number << (4 - power);

	return power * 16 + (unsigned)(rest & 15);
}

/** The shade of a count, by its logarithm; only 0 has the first, and @peak has the last. */
static unsigned shade_of(const struct heat_style *style, uint64_t count, uint64_t peak)
{
	unsigned most = shades(style) - 1;

	if (!count)
		return 0;
	if (count >= peak)
		return most;
	return 1 + log2_sixteenths(count) * (most - 1) / log2_sixteenths(peak);
}

char *heat_line(const struct heat_style *style, const uint64_t *band, size_t slots, size_t merge,
		uint64_t peak)
{
	char *text = calloc(slots + 1, CELL_BYTES);
	size_t used = 0;

	if (!text)
		die_of_memory();
	for (size_t i = 0; i < slots; i += merge) {
		uint64_t count = band ? cell(band, i, slots, merge) : 0;

		put_cell(style, shade_of(style, count, peak), text + used);
		used += strlen(text + used);
	}
	while (used && text[used - 1] == ' ')
		text[--used] = '\0';
	return text;
}

char *heat_legend(const struct heat_style *style)
{
	char *text = calloc(shades(style) + 1, CELL_BYTES);
	size_t used = 0;

	if (!text)
		die_of_memory();
	for (unsigned shade = 1; shade < shades(style); shade++) {
		put_cell(style, shade, text + used);
		used += strlen(text + used);
	}
	return text;
}
