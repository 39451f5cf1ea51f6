/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's console: output to standard output without ever blocking vtrun, typed input from a
 * terminal, which is restored whatever way vtrun ends, and the VMM's own messages on standard
 * error.
 */
#ifndef TOOLS_VTRUN_CONSOLE_H
#define TOOLS_VTRUN_CONSOLE_H

#include "tools/vtrun/vtrun.h"

struct console;

struct console *console_create(struct vts_error *error);
/** Restores the terminal. */
void console_destroy(struct console *console);

/**
 * Whether input is typed: standard input is a terminal, and ours to read. Otherwise it is read
 * whole into @input. 1, 0, or -1 and @error.
 */
int console_input(struct blob *input, struct vts_error *error);
/** Take typed bytes one by one, without echo. Ctrl-C, Ctrl-\ and Ctrl-Z keep their meaning. */
void console_raw(struct console *console);

/** Queue the guest's output. */
void console_write(struct console *console, const void *data, size_t bytes);
/** Write what standard output takes without blocking. */
void console_flush(struct console *console);
/** Bytes that standard output has not taken yet. */
size_t console_pending(const struct console *console);
/** errno of standard output's failure, after which output is dropped; 0: none. */
int console_failure(const struct console *console);

/** Before a message of ours: the guest's output so far comes first, and where both go to one place
 *  the message begins a line. */
void console_new_line(struct console *console);
/** Print the VMM's own messages, line by line. */
void console_log(struct console *console, const void *data, size_t bytes);

#endif
