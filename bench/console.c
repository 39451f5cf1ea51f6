// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line with which every workload ends: "NAME: ops N digest HEX", and the time that the guest
 * measured.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"

/* After @word and blanks: where the value starts, or NULL. */
static const char *after_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (*text == ' ')
		text++;
	if (strncmp(text, word, length) || text[length] != ' ')
		return NULL;
	text += length;
	while (*text == ' ')
		text++;
	return text;
}

static const char *read_decimal(const char *text, uint64_t *value)
{
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return NULL;
	*value = strtoull(text, &end, 10);
	return end;
}

static const char *read_digest(const char *text, char *digest, size_t bytes)
{
	size_t length = text ? strspn(text, "0123456789abcdef") : 0;

	if (!length || length >= bytes)
		return NULL;
	memcpy(digest, text, length);
	digest[length] = '\0';
	return text + length;
}

static bool read_line(struct vtb_result *result, const char *line, uint64_t *ops)
{
	size_t length = strlen(result->cell.workload->guest);
	uint64_t measured;
	const char *rest;

	/* A line that does not end was cut: so may its digest be. */
	if (strncmp(line, result->cell.workload->guest, length) || line[length] != ':' ||
	    !strchr(line, '\n'))
		return false;
	rest = read_decimal(after_word(line + length + 1, "ops"), ops);
	rest = rest ? after_word(rest, "digest") : NULL;
	rest = read_digest(rest, result->digest, sizeof(result->digest));
	if (!rest)
		return false;
	if (!read_decimal(after_word(rest, "measured"), &measured))
		return true;
	if (result->measured != VTB_UNKNOWN && result->measured != measured)
		vtb_result_fail(result,
				"the guest printed %" PRIu64 " %s measured, its mark says %" PRIu64,
				measured, result->unit, result->measured);
	result->measured = measured;
	return true;
}

/* The start of the line before the one at @line, or NULL. */
static const char *previous_line(const char *text, const char *line)
{
	if (line == text)
		return NULL;
	for (line--; line > text && line[-1] != '\n'; line--)
		;
	return line;
}

void vtb_measure_console(struct vtb_result *result, const char *text)
{
	uint64_t ops = 0;

	for (const char *line = text + strlen(text); line; line = previous_line(text, line)) {
		if (!read_line(result, line, &ops))
			continue;
		if (result->ops == VTB_UNKNOWN)
			result->ops = ops;
		else if (result->ops != ops)
			vtb_result_fail(result,
					"the guest printed ops %" PRIu64 ", its mark says %" PRIu64,
					ops, result->ops);
		return;
	}
	vtb_result_fail(result, "the guest printed no line '%s: ops N digest HEX'",
			result->cell.workload->guest);
}
