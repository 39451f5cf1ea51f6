// SPDX-License-Identifier: GPL-2.0-only
/* Options of a subcommand: getopt_long parses, the messages are ours. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"

#define OPTIONS_MAX 32

int usage_error(const struct options *options, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain("%s: %s; see exitstat %s --help", options->argv[0], text, options->argv[0]);
	return STATUS_FAILED;
}

/** The long option that @word (without dashes, perhaps with =value) may have meant. */
static const char *nearest_option(const struct options *options, const char *word)
{
	const char *names[OPTIONS_MAX + 1];
	char bare[64];
	size_t count = 0;

	for (const struct option *o = options->long_options; o->name && count < OPTIONS_MAX; o++)
		names[count++] = o->name;
	names[count] = NULL;
	snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(word, "="), word);
	return nearest_name(bare, names);
}

static int unknown_option(const struct options *options)
{
	const char *word = options->argv[optind - 1];
	const char *near;

	if (optopt && !strncmp(word, "--", 2) && strchr(word, '='))
		return usage_error(options, "%s: takes no value", word);
	if (optopt)
		return usage_error(options, "-%c: unknown option", optopt);
	near = nearest_option(options, word + 2);
	if (near)
		return usage_error(options, "%s: unknown option; did you mean --%s?", word, near);
	return usage_error(options, "%s: unknown option", word);
}

int option_next(struct options *options)
{
	char short_options[32];
	int option;

	options->status = -1;
	opterr = 0;
	snprintf(short_options, sizeof(short_options), ":h%s", options->short_options);
	option =
	    getopt_long(options->argc, options->argv, short_options, options->long_options, NULL);
	switch (option) {
	case 'h':
		fputs(options->help, stdout);
		options->status = STATUS_OK;
		return -1;
	case ':':
		options->status =
		    usage_error(options, "%s: needs a value", options->argv[optind - 1]);
		return -1;
	case '?':
		options->status = unknown_option(options);
		return -1;
	}
	return option;
}

bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number >= least &&
	       *number <= most;
}
