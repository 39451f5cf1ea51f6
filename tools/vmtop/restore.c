/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * endwin() may not be called in a signal handler (signal-safety(7)): it allocates and locks. So
 * what it would write is prepared beforehand, and the handler only calls write, tcsetattr and
 * raise.
 */
#include "tools/vmtop/restore.h"

#include <curses.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#define STACK_BYTES (64 << 10)

static struct termios modes;
static bool have_modes;
static char sequence[512];
static size_t sequence_length;
static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGXCPU};
static char handler_stack[STACK_BYTES]; /* the fault may be an overflow of the ordinary one */

void restore_remember(void)
{
	have_modes = tcgetattr(STDIN_FILENO, &modes) == 0;
}

static int collect(int c)
{
	if (sequence_length < sizeof(sequence))
		sequence[sequence_length++] = (char)c;
	return c;
}

static void add_capability(const char *name)
{
	const char *text = tigetstr(name);

	if (text && text != (const char *)-1)
		tputs(text, 1, collect);
}

static void die(int number)
{
	ssize_t ignored = write(STDOUT_FILENO, sequence, sequence_length);

	(void)ignored;
	if (have_modes)
		tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	raise(number); /* SA_RESETHAND: now by the default action, once this handler returns */
}

void restore_arm(void)
{
	/* Attributes and colours off, cursor visible, keypad off, the ordinary screen. */
	static const char *const capabilities[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
	struct sigaction action = {.sa_handler = die, .sa_flags = (int)SA_RESETHAND | SA_ONSTACK};
	stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof(handler_stack)};

	sequence_length = 0;
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		add_capability(capabilities[i]);
	if (tigetstr("kmous") && tigetstr("kmous") != (const char *)-1)
		for (const char *c = "\033[?1006l\033[?1000l"; *c; c++) /* as ncurses does */
			collect(*c);
	collect('\r');
	collect('\n');
	sigaltstack(&stack, NULL);
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}

void restore_disarm(void)
{
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
}
