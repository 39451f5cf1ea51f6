/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/screen.h"

#include <curses.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/vmtop/glyphs.h"
#include "tools/vmtop/restore.h"

#define ESCAPE_MS 50 /* for the rest of a key that begins with Esc */

static SCREEN *terminal;

/** How a style looks, with and without colours. */
static struct {
	attr_t mono, attributes;
	short foreground, background;
} looks[STYLE_COUNT] = {
    [STYLE_NORMAL] = {A_NORMAL, A_NORMAL, -1, -1},
    [STYLE_TITLE] = {A_REVERSE, A_NORMAL, COLOR_BLACK, COLOR_CYAN},
    [STYLE_HEADING] = {A_UNDERLINE, A_NORMAL, COLOR_BLACK, COLOR_GREEN},
    [STYLE_SORTED] = {A_REVERSE, A_BOLD, COLOR_BLACK, COLOR_YELLOW},
    [STYLE_LABEL] = {A_BOLD, A_NORMAL, COLOR_CYAN, -1},
    [STYLE_ALERT] = {A_REVERSE | A_BOLD, A_BOLD, COLOR_WHITE, COLOR_RED},
    [STYLE_TOTAL] = {A_BOLD, A_BOLD, -1, -1},
    [STYLE_GRAPH] = {A_NORMAL, A_NORMAL, COLOR_GREEN, -1},
    [STYLE_CURSOR] = {A_REVERSE, A_BOLD, COLOR_WHITE, COLOR_BLUE},
};
static bool coloured;

static void start_colours(void)
{
	const char *no_color = getenv("NO_COLOR");

	coloured = has_colors() && !(no_color && *no_color) && start_color() == OK;
	if (!coloured)
		return;
	use_default_colors();
	for (short i = 0; i < STYLE_COUNT; i++)
		init_pair((short)(i + 1), looks[i].foreground, looks[i].background);
}

int screen_open(struct vts_error *error)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		snprintf(error->text, sizeof(error->text),
			 "no terminal: use --once, --batch or --json to write text");
		return -1;
	}
	restore_remember();
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal) {
		snprintf(error->text, sizeof(error->text),
			 "terminal type %.60s: cannot be used: set TERM, or use --once or --batch",
			 name && *name ? name : "(not set)");
		return -1;
	}
	restore_arm();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	start_colours();
	return 0;
}

void screen_close(void)
{
	if (!terminal)
		return;
	/* Where there is no second screen to leave, the prompt comes into the last line. */
	attrset(A_NORMAL);
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	restore_disarm();
	delscreen(terminal);
	terminal = NULL;
}

void screen_size(unsigned *width, unsigned *height)
{
	int rows, columns;

	getmaxyx(stdscr, rows, columns);
	*width = columns > 0 ? (unsigned)columns : 0;
	*height = rows > 0 ? (unsigned)rows : 0;
}

void screen_clear(void)
{
	erase();
}

static void set_style(enum style style)
{
	if (coloured)
		attrset(looks[style].attributes | (attr_t)COLOR_PAIR(style + 1));
	else
		attrset(looks[style].mono);
}

void screen_draw(const struct lines *lines, unsigned y, unsigned x)
{
	char text[LINES_WIDTH * GLYPH_BYTES + 1];

	for (size_t i = 0; i < lines->count && i < lines->height; i++) {
		const struct line *line = &lines->line[i];
		size_t end;

		for (size_t start = 0; start < line->length; start = end) {
			for (end = start;
			     end < line->length && line->style[end] == line->style[start];)
				end++;
			set_style((enum style)line->style[start]);
			glyphs_render(line->text + start, end - start, text);
			mvaddstr((int)(y + i), (int)(x + start), text);
		}
	}
	attrset(A_NORMAL);
}

void screen_show(void)
{
	refresh();
}

void screen_repaint(void)
{
	clearok(stdscr, TRUE);
}

void screen_listen(bool mouse)
{
	mouseinterval(0); /* a press is enough: no waiting for what may become a double click */
	mousemask(mouse ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

bool screen_mouse(int *wheel, unsigned *y, unsigned *x)
{
	MEVENT event;

	if (getmouse(&event) != OK || event.x < 0 || event.y < 0)
		return false;
	*wheel = event.bstate & BUTTON4_PRESSED ? -1 : event.bstate & BUTTON5_PRESSED ? 1 : 0;
	*y = (unsigned)event.y;
	*x = (unsigned)event.x;
	return *wheel || event.bstate & BUTTON1_PRESSED;
}

/** Without a terminal getch() no longer waits. */
static bool closed(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&input, 1, 0) > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

int screen_key(int milliseconds)
{
	static const struct {
		int from, to;
	} map[] = {
	    {ERR, KEYS_NONE},
	    {KEY_UP, KEYS_UP},
	    {KEY_DOWN, KEYS_DOWN},
	    {KEY_LEFT, KEYS_LEFT},
	    {KEY_RIGHT, KEYS_RIGHT},
	    {KEY_PPAGE, KEYS_PAGE_UP},
	    {KEY_NPAGE, KEYS_PAGE_DOWN},
	    {KEY_HOME, KEYS_HOME},
	    {KEY_END, KEYS_END},
	    {KEY_F(1), KEYS_HELP},
	    {KEY_MOUSE, KEYS_MOUSE},
	    {KEY_RESIZE, KEYS_RESIZE},
	    {KEY_ENTER, KEYS_ENTER},
	    {'\r', KEYS_ENTER},
	    {'\n', KEYS_ENTER},
	    {KEY_BACKSPACE, KEYS_BACKSPACE},
	    {'\b', KEYS_BACKSPACE},
	    {127, KEYS_BACKSPACE},
	    {27, KEYS_ESCAPE},
	};
	int key;

	timeout(milliseconds);
	key = getch();
	if (key == ERR && closed())
		return KEYS_CLOSED;
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (map[i].from == key)
			return map[i].to;
	return key;
}
