// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/args.h"

#include <stddef.h>

#include "workloads/lib/console.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/string.h"

static const char *word_skip(const char *text)
{
	while (*text && *text != ' ')
		text++;
	return text;
}

static const char *next_word(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* Position of the word [@word, @word + @length) in @words, or -1. */
static int words_find(const char *words, const char *word, size_t length)
{
	int position = 0;

	for (const char *at = next_word(words); *at; at = next_word(word_skip(at)), position++)
		if ((size_t)(word_skip(at) - at) == length && !memcmp(at, word, length))
			return position;
	return -1;
}

static size_t key_length(const char *word)
{
	size_t length = 0;

	while (word[length] && word[length] != ' ' && word[length] != '=')
		length++;
	return length;
}

bool args_check(const char *name, const char *keys)
{
	for (const char *at = next_word(machine.args); *at; at = next_word(word_skip(at))) {
		size_t length = key_length(at);

		if (at[length] == '=' && words_find(keys, at, length) >= 0)
			continue;
		printf(
		    "%s: %s: not an argument of this guest: it takes key=value with the keys: %s\n",
		    name, at, keys);
		return false;
	}
	return true;
}

static const char *args_value(const char *key)
{
	size_t length = strlen(key);

	for (const char *at = next_word(machine.args); *at; at = next_word(word_skip(at)))
		if (key_length(at) == length && at[length] == '=' && !memcmp(at, key, length))
			return at + length + 1;
	return NULL;
}

uint64_t args_number(const char *key, uint64_t fallback, uint64_t least)
{
	const char *at = args_value(key);
	uint64_t number = 0;
	bool good;

	if (!at)
		return fallback;
	good = *at >= '0' && *at <= '9';
	for (; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (uint64_t)(*at - '0');
		good =
		    good &&
		    number <= 1ul << 40; /* no operation count is larger, and it cannot overflow */
	}
	if (good && number >= least && (!*at || *at == ' '))
		return number;
	printf("guest: %s: not a whole number from %lu to 2^40\n", key, least);
	machine_exit(2);
}

bool args_is(const char *key, const char *value)
{
	const char *at = args_value(key);

	return at && (size_t)(word_skip(at) - at) == strlen(value) &&
	       !memcmp(at, value, strlen(value));
}

unsigned args_choice(const char *key, const char *choices)
{
	const char *at = args_value(key);
	int position;

	if (!at)
		return 0;
	position = words_find(choices, at, (size_t)(word_skip(at) - at));
	if (position >= 0)
		return (unsigned)position;
	printf("guest: %s: not one of: %s\n", key, choices);
	machine_exit(2);
}
