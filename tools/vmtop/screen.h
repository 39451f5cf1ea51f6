/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal: drawing lines and reading keys. */
#ifndef VMTOP_SCREEN_H
#define VMTOP_SCREEN_H

#include <stdbool.h>

#include "tools/vmtop/lines.h"
#include "trace/source.h"

/* Keys beyond characters. */
enum screen_key {
	KEYS_NONE = -1,
	KEYS_TAB = '\t',
	KEYS_BASE = 0x1000,
	KEYS_UP,
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_HOME,
	KEYS_END,
	KEYS_HELP,
	KEYS_ENTER,
	KEYS_ESCAPE,
	KEYS_BACKSPACE,
	KEYS_MOUSE, /* screen_mouse says what */
	KEYS_RESIZE,
	KEYS_CLOSED /* the terminal is gone: there will be no more keys */
};

/** Take the terminal over. 0, or -1 and @error when there is none that can be used. */
int screen_open(struct vts_error *error);
void screen_close(void);
void screen_size(unsigned *width, unsigned *height);
/** Start a picture; draw lines into it from row @y and column @x on; show it. */
void screen_clear(void);
void screen_draw(const struct lines *lines, unsigned y, unsigned x);
void screen_show(void);
/** Draw the whole screen anew with the next picture: something else may have written on it. */
void screen_repaint(void);
/** Listen to the mouse, or no longer. */
void screen_listen(bool mouse);
/** What the mouse did, after KEYS_MOUSE: a click (0) or the wheel (-1: up, 1: down), at row @y and column
 *  @x. False: nothing of interest. */
bool screen_mouse(int *wheel, unsigned *y, unsigned *x);
/** Wait at most @milliseconds for a key. */
int screen_key(int milliseconds);

#endif
