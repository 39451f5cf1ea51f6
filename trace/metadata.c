/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reader needs of a metadata text: its env block and whether it is whole. The layout of
 * records is an ABI, and is not read from it. The text may hold anything.
 */
#include "metadata.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"

#define ENV_MAX 256 /* more entries than any writer makes */

struct cursor {
	const char *at, *end;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static void skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end && is_space(*cursor->at))
		cursor->at++;
}

static bool take(struct cursor *cursor, char c)
{
	skip_space(cursor);
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* A word, malloc'd; NULL if there is none. */
static char *take_word(struct cursor *cursor)
{
	const char *start;

	skip_space(cursor);
	for (start = cursor->at; cursor->at < cursor->end && is_word(*cursor->at);)
		cursor->at++;
	return cursor->at == start ? NULL : strndup(start, (size_t)(cursor->at - start));
}

/* What follows a backslash: three octal digits, or the character itself. */
static char take_escape(struct cursor *cursor)
{
	const char *at = cursor->at;
	unsigned value = 0, digits = 0;

	while (digits < 3 && at + digits < cursor->end && at[digits] >= '0' && at[digits] <= '7')
		value = value * 8 + (unsigned)(at[digits++] - '0');
	if (digits == 3) {
		cursor->at += 3;
		return (char)value;
	}
	return *cursor->at++;
}

/* A quoted text, malloc'd; NULL if it does not end. */
static char *take_quoted(struct cursor *cursor)
{
	char *text = malloc((size_t)(cursor->end - cursor->at) + 1);
	size_t length = 0;

	while (text && cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"') {
			text[length] = '\0';
			return text;
		}
		if (c == '\\' && cursor->at < cursor->end)
			c = take_escape(cursor);
		text[length++] = c;
	}
	free(text);
	return NULL;
}

static char *take_value(struct cursor *cursor)
{
	return take(cursor, '"') ? take_quoted(cursor) : take_word(cursor);
}

/* key = value; -- both malloc'd. */
static bool take_entry(struct cursor *cursor, struct vts_env *entry)
{
	char *key, *value;

	take(cursor, '_'); /* put there by the writer: see put_key */
	key = take_word(cursor);
	value = key && take(cursor, '=') ? take_value(cursor) : NULL;
	if (value && take(cursor, ';')) {
		*entry = (struct vts_env){key, value};
		return true;
	}
	free(key);
	free(value);
	return false;
}

/* Where the env block's entries begin; NULL if there is none. */
static const char *find_env(const char *text, size_t bytes)
{
	static const char start[] = "\nenv {";
	const char *found = memmem(text, bytes, start, sizeof(start) - 1);

	return found ? found + sizeof(start) - 1 : NULL;
}

static bool sum_is_right(const char *text, size_t bytes)
{
	char expected[64];
	size_t tail = (size_t)snprintf(expected, sizeof(expected), METADATA_SUM "%016x */\n", 0);

	if (bytes < tail)
		return false;
	snprintf(expected, sizeof(expected), METADATA_SUM "%016" PRIx64 " */\n",
		 check_text(text, bytes - tail));
	return !memcmp(text + bytes - tail, expected, tail);
}

int metadata_parse(struct metadata *metadata, const char *text, size_t bytes)
{
	struct cursor cursor = {find_env(text, bytes), text + bytes};
	struct vts_env entry;

	*metadata = (struct metadata){.complete = sum_is_right(text, bytes)};
	metadata->env = calloc(ENV_MAX, sizeof(*metadata->env));
	metadata->text = strndup(text, bytes);
	if (!metadata->env || !metadata->text)
		return -1;
	while (cursor.at && metadata->env_count < ENV_MAX && take_entry(&cursor, &entry)) {
		metadata->env[metadata->env_count++] = entry;
		if (!strcmp(entry.key, "abi"))
			metadata->abi = (unsigned)strtoul(entry.value, NULL, 10);
		if (!strcmp(entry.key, "tracer_name"))
			metadata->ours = !strcmp(entry.value, METADATA_TRACER);
	}
	return 0;
}

void metadata_free(struct metadata *metadata)
{
	for (size_t i = 0; i < metadata->env_count; i++) {
		free((char *)metadata->env[i].key);
		free((char *)metadata->env[i].value);
	}
	free(metadata->env);
	free(metadata->text);
	*metadata = (struct metadata){0};
}
