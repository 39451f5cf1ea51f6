/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/compare.h"
#include "tools/vmtop/screen.h"
#include "tools/vmtop/ui.h"

#include <stdio.h>
#include <string.h>

#define SEEK	  10 /* intervals */
#define PAGE	  10
#define SPEED_MIN 0.0009765625
#define SPEED_MAX 1048576.0
#define CTRL_L	  ('L' - '@')
#define CTRL_U	  ('U' - '@')

void ui_init(struct ui *ui, const struct view *set, bool replay)
{
	memset(ui, 0, sizeof(*ui));
	ui->set = set;
	ui->view = &set[VIEW_EXITS];
	for (size_t i = 0; i < VIEWS; i++)
		ui->order[i].sort = column_by_name(&set[i], set[i].sort);
	ui->scope = SCOPE_INTERVAL;
	ui->ended_scope = SCOPE_TOTAL;
	ui->mouse = true;
	ui->speed = replay ? 1 : 0;
}

void ui_options(struct ui *ui, const struct options *options)
{
	if (options->view_given || options->sort_given)
		ui->view = options->view;
	if (options->sort_given) {
		ui->order[options->view->number].sort = options->sort;
		ui->order[options->view->number].reverse = false;
	}
	if (options->filter)
		snprintf(ui->filter, sizeof(ui->filter), "%s", options->filter);
}

static void move_sort(struct ui *ui, int step)
{
	int *sort = &ui->order[ui->view->number].sort, count = (int)ui->view->columns;

	*sort = (*sort + step + count) % count;
}

static void toggle_scope(struct ui *ui)
{
	ui->scope = ui->scope == SCOPE_TOTAL ? SCOPE_INTERVAL : SCOPE_TOTAL;
	ui->ended_scope = ui->ended_scope == SCOPE_TOTAL ? SCOPE_INTERVAL : SCOPE_TOTAL;
}

/** Move to another row, which then can be seen. */
static void move_cursor(struct ui *ui, int rows)
{
	size_t last = ui->picture.rows ? ui->picture.rows - 1 : 0;

	if (!ui->cursor_shown) {
		ui->cursor_shown = true; /* the first key only shows where it is */
		rows = 0;
	}
	if (ui->cursor > last)
		ui->cursor = last;
	if (rows < 0)
		ui->cursor -= ui->cursor < (size_t)-rows ? ui->cursor : (size_t)-rows;
	else
		ui->cursor = last - ui->cursor < (size_t)rows ? last : ui->cursor + (size_t)rows;
	if (ui->cursor < ui->scroll)
		ui->scroll = ui->cursor;
	else if (ui->picture.room && ui->cursor >= ui->scroll + ui->picture.room)
		ui->scroll = ui->cursor - ui->picture.room + 1;
}

static void change_speed(struct ui *ui, double factor)
{
	double speed = ui->speed * factor;

	if (speed >= SPEED_MIN && speed <= SPEED_MAX)
		ui->speed = speed;
}

static void select_vm(struct ui *ui, size_t vms, size_t step)
{
	if (vms)
		ui->selected = (ui->selected + step) % vms;
}

/** To another VM; in a replay, to another time. */
static void go_aside(struct ui *ui, const struct fleet *fleet, int step)
{
	if (ui->speed > 0)
		ui->seek += step;
	else
		select_vm(ui, fleet->count, step > 0 ? 1 : fleet->count - 1);
}

static void to_top(struct ui *ui)
{
	ui->cursor = ui->scroll = 0;
	ui->cursor_shown = false;
}

/** A view's key, or that of one of its columns. */
static void choose(struct ui *ui, int key)
{
	const struct view *view = view_by_key(ui->set, key);
	int column = column_by_key(ui->view, key);

	if (view && (view != ui->view || ui->open)) {
		ui->view = view;
		ui->open = false;
		to_top(ui);
	} else if (!view && column >= 0) {
		ui->order[ui->view->number].sort = column;
	}
}

/** A line of text is being typed. */
static void edit(char *text, size_t size, int key)
{
	size_t length = strlen(text);

	if (key == KEYS_BACKSPACE) {
		text[length ? length - 1 : 0] = '\0';
	} else if (key == CTRL_U) {
		text[0] = '\0';
	} else if (key >= ' ' && key <= '~' && length + 1 < size) {
		text[length] = (char)key;
		text[length + 1] = '\0';
	}
}

static void filter_key(struct ui *ui, int key)
{
	if (key == KEYS_ESCAPE)
		strcpy(ui->filter, ui->former);
	if (key == KEYS_ESCAPE || key == KEYS_ENTER)
		ui->mode = UI_TABLE;
	else
		edit(ui->filter, sizeof(ui->filter), key);
	to_top(ui);
}

static void export_key(struct ui *ui, int key)
{
	if (key == KEYS_ESCAPE || key == KEYS_ENTER)
		ui->mode = UI_TABLE;
	else
		edit(ui->path, sizeof(ui->path), key);
	ui->export = key == KEYS_ENTER && ui->path[0];
}

static void begin_export(struct ui *ui)
{
	if (!ui->path[0])
		snprintf(ui->path, sizeof(ui->path), "vmtop-%s.txt", ui->view->name);
	ui->mode = UI_EXPORT;
}

/** Open the row at the cursor, or go on to that of all. */
static void open_row(struct ui *ui)
{
	if (ui->open)
		return;
	ui->open = true;
	ui->opened[0] = ui->opened[1] = (struct detail_key){.whole = true};
	ui->opened_vm = 0;
	if (!ui->picture.has_chosen)
		return;
	ui->opened_vm = ui->picture.chosen.vm;
	if (ui->view->compares)
		compare_keys(&ui->picture.chosen, ui->opened);
	else
		ui->opened[0] =
		    (struct detail_key){ui->picture.chosen.number, ui->picture.chosen.number2,
					ui->picture.chosen.whole};
}

static void go_back(struct ui *ui)
{
	if (!ui->open) {
		ui->filter[0] = '\0';
		to_top(ui);
	}
	ui->open = false;
}

static void begin_filter(struct ui *ui)
{
	strcpy(ui->former, ui->filter);
	ui->mode = UI_FILTER;
}

static void table_key(struct ui *ui, int key, const struct fleet *fleet)
{
	switch (key) {
	case 'q':
		ui->quit = true;
		break;
	case 'h':
	case '?':
	case KEYS_HELP:
		ui->mode = UI_HELP;
		break;
	case '/':
		begin_filter(ui);
		break;
	case KEYS_ENTER:
		open_row(ui);
		break;
	case KEYS_ESCAPE:
	case KEYS_BACKSPACE:
		go_back(ui);
		break;
	case 'e':
		begin_export(ui);
		break;
	case 'p':
	case ' ':
		ui->paused = !ui->paused;
		break;
	case 'i':
		toggle_scope(ui);
		break;
	case 'r':
		ui->order[ui->view->number].reverse = !ui->order[ui->view->number].reverse;
		break;
	case 'v':
		ui->split = !ui->split;
		break;
	case '<':
		move_sort(ui, -1);
		break;
	case '>':
		move_sort(ui, 1);
		break;
	case KEYS_TAB:
		select_vm(ui, fleet->count, 1);
		break;
	case KEYS_RIGHT:
		go_aside(ui, fleet, 1);
		break;
	case KEYS_LEFT:
		go_aside(ui, fleet, -1);
		break;
	case '[':
	case ']':
		ui->seek += key == ']' ? SEEK : -SEEK;
		break;
	case KEYS_HOME:
		ui->to_start = true;
		break;
	case KEYS_UP:
		move_cursor(ui, -1);
		break;
	case KEYS_DOWN:
		move_cursor(ui, 1);
		break;
	case KEYS_PAGE_UP:
		move_cursor(ui, -PAGE);
		break;
	case KEYS_PAGE_DOWN:
		move_cursor(ui, PAGE);
		break;
	case KEYS_END:
		ui->to_end = true;
		break;
	case '+':
		change_speed(ui, 2);
		break;
	case '-':
		change_speed(ui, 0.5);
		break;
	default:
		choose(ui, key);
	}
}

void ui_key(struct ui *ui, int key, const struct fleet *fleet)
{
	ui->message[0] = '\0';
	if (key == KEYS_CLOSED) {
		ui->quit = true;
	} else if (key == CTRL_L) {
		ui->repaint = true;
	} else if (key == KEYS_RESIZE) {
		return;
	} else if (ui->mode == UI_HELP && key != 'q') {
		ui->mode = UI_TABLE;
	} else if (ui->mode == UI_FILTER) {
		filter_key(ui, key);
	} else if (ui->mode == UI_EXPORT) {
		export_key(ui, key);
	} else {
		table_key(ui, key, fleet);
	}
}

/** Sort by a heading, the other way if it is sorted by that. */
static void click_heading(struct ui *ui, unsigned x)
{
	int *sort = &ui->order[ui->view->number].sort;
	unsigned left = 0;

	for (size_t i = 0; i < ui->picture.headings; i++) {
		int column = ui->picture.heading[i].column;

		left += ui->picture.heading[i].width;
		if (x >= left)
			continue;
		if (column == *sort)
			ui->order[ui->view->number].reverse = !ui->order[ui->view->number].reverse;
		*sort = column;
		return;
	}
}

void ui_click(struct ui *ui, unsigned y, unsigned x)
{
	size_t row = ui->picture.first + y - ui->picture.first_y;

	if (ui->mode != UI_TABLE || ui->open || x >= ui->picture.width)
		return;
	if (y == ui->picture.heading_y) {
		click_heading(ui, x);
	} else if (y >= ui->picture.first_y && row < ui->picture.first + ui->picture.room &&
		   row < ui->picture.rows) {
		if (ui->cursor_shown && ui->cursor == row)
			open_row(ui);
		ui->cursor_shown = true;
		ui->cursor = row;
	}
}

void ui_wheel(struct ui *ui, int rows)
{
	if (ui->mode == UI_TABLE && !ui->open)
		move_cursor(ui, rows);
}
