// SPDX-License-Identifier: GPL-2.0-only
/* Numbers and names for people. */
#include <inttypes.h>
#include <string.h>

#include "text.h"

/** Copy @digits with a comma before every third digit from the right. */
static void group(char *buffer, const char *digits)
{
	size_t left = strlen(digits);

	while (left) {
		*buffer++ = *digits++;
		if (--left && left % 3 == 0)
			*buffer++ = ',';
	}
	*buffer = '\0';
}

const char *text_count(char *buffer, uint64_t number)
{
	char digits[TEXT_NUMBER_MAX];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	group(buffer, digits);
	return buffer;
}

const char *text_share(char *buffer, uint64_t part, uint64_t whole)
{
	if (whole)
		snprintf(buffer, TEXT_NUMBER_MAX, "%.1f %%", 100.0 * (double)part / (double)whole);
	else
		strcpy(buffer, "-");
	return buffer;
}

const char *text_mean(char *buffer, double mean)
{
	uint64_t tenths;
	size_t length;

	if (mean < 0 || mean >= 1e15) { /* beyond what a double tells in tenths */
		snprintf(buffer, TEXT_NUMBER_MAX, "%.3e", mean);
		return buffer;
	}
	tenths = (uint64_t)(mean * 10 + 0.5);
	text_count(buffer, tenths / 10);
	length = strlen(buffer);
	snprintf(buffer + length, TEXT_NUMBER_MAX - length, ".%u", (unsigned)(tenths % 10));
	return buffer;
}

const char *text_size(char *buffer, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buffer, TEXT_NUMBER_MAX, "%" PRIu64 " %s", bytes, units[unit]);
	return buffer;
}

char *text_clean(char *text)
{
	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~') /* a char may be signed: bytes from 128 are below ' ' */
			*at = '?';
	return text;
}
