// SPDX-License-Identifier: GPL-2.0-only
/* Drawing a log-linear histogram in lines of text. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"

/** Lines that grouping 2^shift buckets gives; stored in @bars unless that is NULL. */
static unsigned group(const struct vts_hist *hist, unsigned shift, struct bar *bars)
{
	unsigned lines = 0, width = 1u << shift;
	bool gap = false;

	for (unsigned first = 0; first < VTS_HIST_BUCKETS; first += width) {
		uint64_t count = 0;

		for (unsigned i = 0; i < width; i++)
			count += hist->bucket[first + i];
		if (!count) {
			gap = lines > 0;
			continue;
		}
		if (gap && bars) {
			bars[lines].low = bars[lines - 1].high + 1;
			bars[lines].high = vts_hist_low(first) - 1;
			bars[lines].count = 0;
		}
		lines += gap;
		gap = false;
		if (bars)
			bars[lines] = (struct bar){vts_hist_low(first),
						   vts_hist_high(first + width - 1), count};
		lines++;
	}
	return lines;
}

unsigned bars_make(const struct vts_hist *hist, unsigned most, struct bar **bars)
{
	unsigned shift = 0;

	while (shift < VTS_HIST_SUB_BITS && group(hist, shift, NULL) > most)
		shift++;
	*bars = calloc(group(hist, shift, NULL) + 1, sizeof(**bars));
	return *bars ? group(hist, shift, *bars) : 0;
}

const char *bars_line(char *text, unsigned width, uint64_t count, uint64_t largest)
{
	unsigned length = largest ? (unsigned)((double)count / (double)largest * width + 0.5) : 0;

	if (count && !length)
		length = 1;
	memset(text, '#', length);
	text[length] = '\0';
	return text;
}
