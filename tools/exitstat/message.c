// SPDX-License-Identifier: GPL-2.0-only
/* What exitstat says on standard error, and how it makes sure of standard output. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"

static void say(const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	for (char *at = text; *at; at++) /* some of it may come from a trace */
		if (iscntrl((unsigned char)*at))
			*at = '?';
	fflush(stdout); /* keep the order where both go to one file */
	fprintf(stderr, "exitstat: %s\n", text);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

noreturn void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(STATUS_FAILED);
}

noreturn void die_of_memory(void)
{
	die("out of memory: the view needs more than this machine gives; try a shorter trace, "
	    "--phase, "
	    "or fewer breakdowns");
}

int finish_output(int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	complain("standard output: %s: what was printed is not complete",
		 errno ? strerror(errno) : "write error");
	return STATUS_FAILED;
}
