// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/names.h"

#include <stdlib.h>
#include <string.h>

#include "tools/vtrun/vtrun.h"

/** A number of @length digits, below @limit; else -1. */
static int number_find(const char *text, size_t length, unsigned limit)
{
	unsigned number = 0;

	if (!length || strspn(text, "0123456789") < length)
		return -1;
	for (size_t i = 0; i < length && number < limit; i++)
		number = number * 10 + (unsigned)(text[i] - '0');
	return number < limit ? (int)number : -1;
}

/** The number of the name that @list begins with, or that number itself, or -1; @length is set to its
 *  length. */
static int name_find(enum names names, const char *list, size_t *length)
{
	unsigned limit = names == NAMES_REASONS ? VTS_REASON_COUNT : VTS_KIND_COUNT;
	size_t count;
	const struct vts_name *name =
	    names == NAMES_REASONS ? vts_exit_reasons(&count) : vts_kinds(&count);

	*length = strcspn(list, ",");
	for (size_t i = 0; i < count; i++)
		if (strlen(name[i].name) == *length && !memcmp(name[i].name, list, *length) &&
		    name[i].number < limit)
			return (int)name[i].number;
	return number_find(list, *length, limit);
}

int names_check(enum names names, const char *option, const char *list, struct vts_error *error)
{
	size_t length;

	for (const char *at = list;; at += length + 1) {
		if (name_find(names, at, &length) < 0)
			return error_set(
			    error,
			    "--%s %s: '%.*s' is no %s: name some, separated by commas: "
			    "docs/trace-format.md lists them",
			    option, list, (int)length, at,
			    names == NAMES_REASONS ? "exit reason" : "kind of event");
		if (!at[length])
			return 0;
	}
}

char *names_numbers(enum names names, const char *list)
{
	char *text = NULL;
	size_t length, bytes;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (const char *at = list; *at; at += length + (at[length] == ',')) {
		int number = name_find(names, at, &length);

		fprintf(stream, "%s%d", at == list ? "" : ",", number);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
