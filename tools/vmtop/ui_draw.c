/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/layout.h"
#include "tools/vmtop/screen.h"
#include "tools/vmtop/ui.h"

#define SPLIT_WIDTH   60u /* of one of two VMs side by side */
#define LOG_LINES     3u
#define LOG_HEIGHT    20u /* of the screen: below, vtrun's output is not shown */
#define FOOTER_HEIGHT 6u  /* of the screen: below, no line is spent on the keys */

/* Too large for a stack; one thread draws. */
static struct lines left, right, foot;

static void put_help(struct lines *lines, const struct ui *ui, unsigned width, unsigned height)
{
	static const struct {
		const char *key, *text;
	} keys[] = {
	    {"q", "quit (ends the VM that --run started)"},
	    {"h ?", "this help; any key goes back"},
	    {"/", "only rows with a text in their names;  Esc: all again"},
	    {"p blank", "pause: sampling goes on, the picture stands still"},
	    {"i", "switch between the last interval and the total"},
	    {"Tab", "the next VM (also right and left arrow)"},
	    {"v", "two VMs side by side, on a wide screen"},
	    {"< >", "sort by another column"},
	    {"r", "reverse the order"},
	    {"+ -", "replay twice or half as fast;  End: to the end"},
	    {"arrows", "up, down, page up, page down: choose a row"},
	};
	const struct view *view = ui->view;

	lines_init(lines, width, height);
	lines_new(lines);
	lines_put(lines, STYLE_TITLE, "vmtop " VTS_VERSION ": keys");
	lines_pad(lines, STYLE_TITLE, width);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		lines_new(lines);
		lines_put(lines, STYLE_LABEL, "%8s", keys[i].key);
		lines_put(lines, STYLE_NORMAL, "  %s", keys[i].text);
	}
	for (size_t i = 0; i < VIEWS; i++) {
		lines_new(lines);
		lines_put(lines, STYLE_LABEL, "%8c", views[i].key);
		lines_put(lines, STYLE_NORMAL, "  %s", views[i].title);
	}
	for (size_t i = 0; i < view->columns; i++) {
		lines_new(lines);
		lines_put(lines, STYLE_LABEL, "%8c", view->column[i].key);
		lines_put(lines, STYLE_NORMAL, "  sort by %-11s %s", view->column[i].name,
			  view->column[i].help);
	}
}

static void put_keys(struct lines *lines, const struct ui *ui, size_t vms, unsigned width)
{
	lines_new(lines);
	if (ui->mode == UI_FILTER)
		lines_put(lines, STYLE_TITLE, "show only names with: %s_   Enter keep  Esc undo",
			  ui->filter);
	else
		lines_put(
		    lines, STYLE_TITLE,
		    "q quit  h help  p pause  i interval/total  <> sort  r reverse%s%s  / filter",
		    vms > 1 ? "  Tab next VM" : "",
		    vms > 1 && width >= 2 * SPLIT_WIDTH ? "  v side by side" : "");
	lines_pad(lines, STYLE_TITLE, width);
}

/** The key line, and above it what vtrun says. Returns how many lines that takes. */
static unsigned put_footer(struct lines *lines, const struct ui *ui, const struct child *child,
			   size_t vms, unsigned width, unsigned height)
{
	char line[256];

	lines_init(lines, width, LOG_LINES + 2);
	if (child && height >= LOG_HEIGHT) {
		lines_new(lines);
		lines_put(lines, child->ended && child->status ? STYLE_ALERT : STYLE_LABEL, "%s",
			  child_describe(child, line));
		for (unsigned i = LOG_LINES; i-- > 0;) {
			lines_new(lines);
			lines_put(lines, STYLE_NORMAL, "| %s", child_tail_line(child, i, line));
		}
	}
	if (height >= FOOTER_HEIGHT)
		put_keys(lines, ui, vms, width);
	return (unsigned)lines->count;
}

static void put_vm(struct lines *lines, struct ui *ui, const struct fleet *fleet, size_t index,
		   unsigned width, unsigned height)
{
	const struct member *member = &fleet->member[index];
	bool ended = member->report[SCOPE_TOTAL]->state >= STATE_ENDED;
	struct picture picture = {0};
	const struct layout layout = {.sort = ui->order[ui->view - views].sort,
				      .reverse = ui->order[ui->view - views].reverse,
				      .cursor = ui->cursor_shown ? ui->cursor : LAYOUT_NO_CURSOR,
				      .filter = ui->filter[0] ? ui->filter : NULL,
				      .picture = &picture,
				      .paused = ui->paused,
				      .index = (unsigned)index,
				      .vms = (unsigned)fleet->count,
				      .speed = ui->speed,
				      .scroll = ui->scroll};

	layout_screen(lines, member->report[ended ? ui->ended_scope : ui->scope], &layout, width,
		      height);
	ui->rows = picture.rows;
	ui->room = picture.room;
	ui->scroll = picture.first;
}

static void draw_vms(struct ui *ui, const struct fleet *fleet, unsigned width, unsigned height)
{
	bool split = ui->split && fleet->count > 1 && width >= 2 * SPLIT_WIDTH;
	unsigned half = split ? (width - 1) / 2 : width;
	size_t selected = ui->selected < fleet->count ? ui->selected : 0;

	put_vm(&left, ui, fleet, selected, half, height);
	screen_draw(&left, 0, 0);
	if (!split)
		return;
	put_vm(&right, ui, fleet, (selected + 1) % fleet->count, half, height);
	screen_draw(&right, 0, half + 1);
}

/** Until vtrun has started its VM there is nothing to watch. */
static void draw_waiting(unsigned width, unsigned height)
{
	lines_init(&left, width, height);
	lines_new(&left);
	lines_put(&left, STYLE_TITLE, "vmtop  waiting for the VM to start");
	lines_pad(&left, STYLE_TITLE, width);
	screen_draw(&left, 0, 0);
}

void ui_draw(struct ui *ui, const struct fleet *fleet, const struct child *child)
{
	unsigned width, height, footer;

	screen_size(&width, &height);
	screen_clear();
	if (ui->mode == UI_HELP) {
		put_help(&left, ui, width, height);
		screen_draw(&left, 0, 0);
		screen_show();
		return;
	}
	footer = put_footer(&foot, ui, child, fleet->count, width, height);
	if (fleet->count)
		draw_vms(ui, fleet, width, height - footer);
	else
		draw_waiting(width, height - footer);
	screen_draw(&foot, height - footer, 0);
	screen_show();
}
