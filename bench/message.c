// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/commands.h"
#include "bench/list.h"

void vtb_complain(const char *format, ...)
{
	va_list args;

	fflush(stdout); /* keep the order where both go to one file */
	fputs("vtbench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void vtb_complain_option(char **argv, int at, const struct option *options)
{
	const char *names[VTB_LIST_MAX];
	const char *given = argv[at], *nearest;
	char word[64];
	size_t count = 0;

	for (; options[count].name && count < VTB_LIST_MAX; count++) {
		names[count] = options[count].name;
		/* It is known, so its value is what is wrong. */
		if (!strncmp(given, "--", 2) && !strcmp(given + 2, names[count])) {
			vtb_complain("%s needs a value; see vtbench %s --help", given, argv[0]);
			return;
		}
	}
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(given, "="), given);
	nearest = vtb_nearest(word + strspn(word, "-"), names, count);
	if (nearest)
		vtb_complain("%s: no such option; did you mean --%s?", word, nearest);
	else
		vtb_complain("%s: no such option; see vtbench %s --help", word, argv[0]);
}

int vtb_finish_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	vtb_complain("cannot write the output: %s", strerror(errno));
	return VTB_COULD_NOT;
}
