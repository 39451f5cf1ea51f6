/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The emulated machine's first serial port: a pipe when it only writes (nothing is lost: Bochs
 * waits), a terminal pair when it also reads.
 */
#ifndef TOOLS_VTRUN_COM1_H
#define TOOLS_VTRUN_COM1_H

#include "tools/vtrun/console.h"

struct com1 {
	int ours;	   /* -1: no port */
	int theirs;	   /* kept until the engine has it */
	char terminal[64]; /* path; empty for a pipe */
	bool ended;	   /* nothing more will come */
};

/** No port. */
void com1_none(struct com1 *com1);
/** 0, or -1 and @error. */
int com1_open(struct com1 *com1, bool reads, struct vts_error *error);
/** Everything that has come goes to @give: console_write, or console_log. */
void com1_drain(struct com1 *com1, struct console *console,
		void (*give)(struct console *console, const void *data, size_t bytes));
/** The engine has ended: close its side, so that the drain sees the end. */
void com1_hang_up(struct com1 *com1);
/** Send bytes; how many were taken. */
size_t com1_send(struct com1 *com1, const void *data, size_t bytes);
void com1_close(struct com1 *com1);

#endif
