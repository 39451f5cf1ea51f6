// SPDX-License-Identifier: GPL-2.0-only
/* The guest's output and the VMM's messages, where both go to one file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/vtrun/console.h"

/** A console whose standard output, and standard error too if @shared, is a new file: its descriptor. */
static int open_console(struct console **console, bool shared)
{
	struct vts_error error;
	FILE *file = tmpfile();

	cr_assert_not_null(file);
	dup2(fileno(file), STDOUT_FILENO);
	if (shared)
		dup2(fileno(file), STDERR_FILENO);
	*console = console_create(&error);
	cr_assert_not_null(*console, "%s", error.text);
	return fileno(file);
}

static void expect(int fd, const char *text)
{
	char got[256];
	ssize_t bytes = pread(fd, got, sizeof(got) - 1, 0);

	cr_assert_geq(bytes, 0);
	got[bytes] = 0;
	cr_assert_str_eq(got, text);
}

/* vtrun takes the guest's output and the VMM's messages at any moment, in the middle of a line too. */
Test(vtrun_console, output_comes_before_the_message_that_came_after_it)
{
	struct console *console;
	int fd = open_console(&console, true);

	console_write(console, "guest: beg", 10);
	console_flush(console);
	console_write(console, "ins\n", 4);
	console_log(console, "one\ntwo\n", 8);
	expect(fd, "guest: begins\nvmm: one\nvmm: two\n");
	console_destroy(console);
}

Test(vtrun_console, a_message_begins_a_line)
{
	struct console *console;
	int fd = open_console(&console, true);

	console_new_line(console);
	console_write(console, "~ # ", 4);
	console_log(console, "said\n", 5);
	console_write(console, "more", 4);
	console_new_line(console);
	expect(fd, "~ # \nvmm: said\nmore\n");
	console_destroy(console);
}

Test(vtrun_console, output_that_goes_elsewhere_is_left_as_it_is)
{
	struct console *console;
	int fd = open_console(&console, false);

	console_write(console, "~ # ", 4);
	console_new_line(console);
	expect(fd, "~ # ");
	console_destroy(console);
}
