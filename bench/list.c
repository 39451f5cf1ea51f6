// SPDX-License-Identifier: GPL-2.0-only
#include "bench/list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES 64

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits (insert, delete, replace) from @a to @b: Wagner and Fischer's algorithm, one row at a
 * time. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[NAME_BYTES + 1];
	size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= length; j++) {
			unsigned above = row[j];
			bool same =
			    tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[length];
}

const char *vtb_nearest(const char *text, const char *const *names, size_t count)
{
	const char *nearest = NULL;
	unsigned least = 4; /* farther than three edits is another word */

	for (size_t i = 0; i < count; i++) {
		unsigned distance;

		if (strlen(names[i]) > NAME_BYTES)
			continue;
		distance = edit_distance(text, names[i]);
		if (distance < least && distance < strlen(names[i])) {
			least = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

static void unknown_name(const char *what, const char *name, const char *const *names, size_t count,
			 struct vts_error *error)
{
	const char *nearest = vtb_nearest(name, names, count);
	int used;

	if (nearest) {
		snprintf(error->text, sizeof(error->text), "%s: no '%s'; did you mean '%s'?", what,
			 name, nearest);
		return;
	}
	used = snprintf(error->text, sizeof(error->text), "%s: no '%s'; there are", what, name);
	for (size_t i = 0; i < count && (size_t)used < sizeof(error->text); i++)
		used += snprintf(error->text + used, sizeof(error->text) - (size_t)used, "%s %s",
				 i ? "," : "", names[i]);
}

static int find_name(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcasecmp(name, names[i]))
			return (int)i;
	return -1;
}

int vtb_list_parse(const char *what, const char *text, const char *const *names, size_t count,
		   uint64_t *mask, struct vts_error *error)
{
	uint64_t found = 0;

	if (!strcasecmp(text, "all")) {
		*mask = count < VTB_LIST_MAX ? (1ull << count) - 1 : UINT64_MAX;
		return 0;
	}
	for (const char *rest = text;; rest++) {
		size_t length = strcspn(rest, ",");
		char name[NAME_BYTES];
		int index;

		if (!length || length >= sizeof(name)) {
			snprintf(error->text, sizeof(error->text),
				 "%s: '%s' is not a list of names separated by commas", what, text);
			return -1;
		}
		memcpy(name, rest, length);
		name[length] = '\0';
		index = find_name(name, names, count);
		if (index < 0) {
			unknown_name(what, name, names, count, error);
			return -1;
		}
		found |= 1ull << index;
		rest += length;
		if (!*rest)
			break;
	}
	*mask = found;
	return 0;
}

int vtb_number_parse(const char *what, const char *text, uint64_t min, uint64_t max,
		     uint64_t *value, struct vts_error *error)
{
	uint64_t factor = 1;
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (end != text && (*end == 'k' || *end == 'm')) {
		factor = *end == 'k' ? 1000 : 1000000;
		end++;
	}
	if (!isdigit((unsigned char)*text) || *end || errno || number > max / factor ||
	    number * factor < min) {
		snprintf(error->text, sizeof(error->text),
			 "%s: '%s' is not a number from %llu to %llu", what, text,
			 (unsigned long long)min, (unsigned long long)max);
		return -1;
	}
	*value = number * factor;
	return 0;
}
