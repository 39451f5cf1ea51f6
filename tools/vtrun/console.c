// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/console.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define INPUT_MAX	(64u << 20)
#define INPUT_HINT_MSEC 2000

struct console {
	char *queue; /* output that standard output has not taken */
	size_t start, end, capacity;
	int failure;
	char last;	/* byte that standard output has taken */
	bool shared;	/* standard error shows the guest's output too */
	char line[256]; /* of the VMM's messages */
	size_t line_bytes;
};

/* To be restored by atexit, that is, whatever way vtrun ends but SIGKILL. */
static struct termios terminal_before;
static bool terminal_changed;

static void terminal_restore(void)
{
	if (terminal_changed)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_before);
	terminal_changed = false;
}

struct console *console_create(struct vts_error *error)
{
	struct console *console = calloc(1, sizeof(*console));
	struct stat output, errors;

	if (!console) {
		error_set(error, "console: out of memory: free some");
		return NULL;
	}
	console->last = '\n';
	console->shared = fstat(STDOUT_FILENO, &output) == 0 &&
			  fstat(STDERR_FILENO, &errors) == 0 && output.st_dev == errors.st_dev &&
			  output.st_ino == errors.st_ino;
	return console;
}

static int input_grow(struct blob *input, size_t *capacity, struct vts_error *error)
{
	unsigned char *grown;

	if (input->bytes < *capacity)
		return 0;
	if (*capacity >= INPUT_MAX)
		return error_set(error, "standard input: more than %u MiB: give the guest less",
				 INPUT_MAX >> 20);
	*capacity = *capacity ? *capacity * 2 : 1u << 16;
	grown = realloc(input->data, *capacity);
	if (!grown)
		return error_set(error, "standard input: out of memory: free some");
	input->data = grown;
	return 0;
}

/** Somebody who forgot that standard input is read first would wait for ever without a word. */
static void input_wait(bool *said)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	if (*said || poll(&input, 1, INPUT_HINT_MSEC) != 0)
		return;
	fprintf(stderr, "vtrun: standard input: waiting for its end, as the guest gets it whole; "
			"use </dev/null to give it none\n");
	*said = true;
}

static int input_read(struct blob *input, struct vts_error *error)
{
	size_t capacity = 0;
	bool said = false;

	*input = (struct blob){0};
	for (;;) {
		ssize_t got;

		if (input_grow(input, &capacity, error) < 0)
			return -1;
		input_wait(&said);
		got = read(STDIN_FILENO, input->data + input->bytes, capacity - input->bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(error,
					 "standard input: cannot read it: %s; use </dev/null",
					 strerror(errno));
		if (got == 0)
			return 0;
		input->bytes += (size_t)got;
	}
}

int console_input(struct blob *input, struct vts_error *error)
{
	*input = (struct blob){0};
	if (!isatty(STDIN_FILENO))
		return input_read(input, error);
	/* In the background, reading the terminal would stop us. */
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

void console_raw(struct console *console)
{
	struct termios raw;

	(void)console;
	if (!terminal_changed) {
		if (tcgetattr(STDIN_FILENO, &terminal_before) < 0)
			return;
		atexit(terminal_restore);
	}
	terminal_changed = true;
	raw = terminal_before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void console_write(struct console *console, const void *data, size_t bytes)
{
	if (console->failure || !bytes)
		return;
	if (console->start == console->end)
		console->start = console->end = 0;
	if (bytes > console->capacity - console->end) {
		size_t capacity = (console->end + bytes) * 2;
		char *grown = realloc(console->queue, capacity);

		if (!grown) {
			console->failure = ENOMEM;
			return;
		}
		console->queue = grown;
		console->capacity = capacity;
	}
	memcpy(console->queue + console->end, data, bytes);
	console->end += bytes;
}

void console_flush(struct console *console)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

	/* A pipe that polls writable takes PIPE_BUF bytes without blocking. */
	while (!console->failure && console_pending(console) && poll(&output, 1, 0) > 0) {
		size_t bytes = console_pending(console);
		ssize_t written = write(STDOUT_FILENO, console->queue + console->start,
					bytes < PIPE_BUF ? bytes : PIPE_BUF);

		if (written > 0) {
			console->start += (size_t)written;
			console->last = console->queue[console->start - 1];
		} else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			console->failure = errno;
	}
	if (console->failure)
		console->start = console->end = 0;
}

size_t console_pending(const struct console *console)
{
	return console->end - console->start;
}

int console_failure(const struct console *console)
{
	return console->failure;
}

void console_new_line(struct console *console)
{
	console_flush(console);
	if (console->shared && console->last != '\n')
		fputc('\n', stderr);
	console->last = '\n';
}

static void line_print(struct console *console)
{
	if (!console->line_bytes)
		return;
	console_new_line(console);
	fprintf(stderr, "vmm: %.*s\n", (int)console->line_bytes, console->line);
	console->line_bytes = 0;
}

void console_log(struct console *console, const void *data, size_t bytes)
{
	const unsigned char *text = data;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n' || console->line_bytes == sizeof(console->line))
			line_print(console);
		/* Nothing that a terminal would obey. */
		if (text[i] >= ' ' && text[i] < 127)
			console->line[console->line_bytes++] = (char)text[i];
	}
}

void console_destroy(struct console *console)
{
	line_print(console);
	terminal_restore();
	free(console->queue);
	free(console);
}
