/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "tools/vmtop/export.h"
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
	    {"Enter", "open the row: latencies, course, what it is made of;  Esc: back"},
	    {"e", "write what is seen to a file, as text or JSON"},
	    {"/", "only rows with a text in their names;  Esc: all again"},
	    {"p blank", "pause: sampling goes on, the picture stands still"},
	    {"i", "switch between the last interval and the total"},
	    {"Tab", "the next VM (also right and left arrow)"},
	    {"v", "two VMs side by side, on a wide screen"},
	    {"< >", "sort by another column"},
	    {"r", "reverse the order"},
	    {"+ -", "replay twice or half as fast;  Home, End: to its start, its end"},
	    {"[ ]", "replay: 10 intervals back, forward;  left, right arrow: one"},
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
	lines_new(lines);
	lines_put(lines, STYLE_LABEL, "   views  ");
	lines->indent = 10;
	for (size_t i = 0; i < VIEWS; i++)
		lines_item(lines, STYLE_NORMAL, "%c %s", views[i].key, views[i].name);
	lines_new(lines);
	lines_put(lines, STYLE_LABEL, " sort by  ");
	for (size_t i = 0; i < view->columns; i++)
		lines_item(lines, STYLE_NORMAL, "%c %s", view->column[i].key, view->column[i].name);
	lines->indent = 0;
	for (size_t i = 0; i < view->columns; i++) {
		lines_new(lines);
		lines_put(lines, STYLE_LABEL, "%11s", view->column[i].name);
		lines_put(lines, STYLE_NORMAL, "  %s", view->column[i].help);
	}
}

static void put_keys(struct lines *lines, const struct ui *ui, size_t vms, unsigned width)
{
	lines_new(lines);
	if (ui->message[0])
		lines_put(lines, STYLE_ALERT, "%s", ui->message);
	else if (ui->mode == UI_EXPORT)
		lines_put(lines, STYLE_TITLE,
			  "write what is seen to (JSON if it ends in .json): %s_", ui->path);
	else if (ui->mode == UI_FILTER)
		lines_put(lines, STYLE_TITLE, "show only names with: %s_   Enter keep  Esc undo",
			  ui->filter);
	else
		lines_put(lines, STYLE_TITLE,
			  "q quit  h help  E T M D G C V P views  Enter open  / filter  p pause  "
			  "<> sort%s%s",
			  vms > 1 && !ui->view->compares ? "  Tab next VM" : "",
			  vms > 1 && !ui->view->compares && width >= 2 * SPLIT_WIDTH
			      ? "  v side by side"
			      : "");
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

/** The report of VM @index that the user looks at. */
static struct report *report_of(const struct ui *ui, const struct fleet *fleet, size_t index)
{
	const struct member *member = &fleet->member[index];
	bool ended = member->report[SCOPE_TOTAL]->state >= STATE_ENDED;

	if (!fleet->comparison[SCOPE_TOTAL])
		return member->report[ended ? ui->ended_scope : ui->scope];
	ended &= fleet->member[1].report[SCOPE_TOTAL]->state >= STATE_ENDED;
	return fleet->comparison[ended ? ui->ended_scope : ui->scope];
}

static struct layout layout_of(const struct ui *ui, const struct fleet *fleet, size_t index)
{
	enum view_number view = ui->view->number;
	enum scope scope = report_of(ui, fleet, index)->scope;
	bool compares = ui->view->compares;

	return (struct layout){.a = compares ? fleet->member[0].report[scope] : NULL,
			       .b = compares ? fleet->member[1].report[scope] : NULL,
			       .sort = ui->order[view].sort,
			       .reverse = ui->order[view].reverse,
			       .cursor = ui->cursor_shown ? ui->cursor : LAYOUT_NO_CURSOR,
			       .filter = ui->filter[0] ? ui->filter : NULL,
			       .paused = ui->paused,
			       .index = (unsigned)index,
			       .vms = (unsigned)fleet->count,
			       .speed = ui->speed,
			       .scroll = ui->scroll};
}

/** The VM whose row is open: in view vms the row names it. */
static size_t opened_vm(const struct ui *ui, const struct fleet *fleet, size_t index)
{
	bool named = ui->view == &views[VIEW_VMS] && ui->opened_vm < fleet->count;

	return named ? ui->opened_vm : index;
}

/** The opened row of VM @index; of a comparison, that of A (0) or B (1). */
static const struct detail *open_detail(const struct ui *ui, const struct fleet *fleet,
					size_t index)
{
	static struct detail detail[2]; /* too large for a stack; one thread draws */
	const struct report *report = report_of(ui, fleet, index);
	size_t side = ui->view->compares ? index : 0;

	if (ui->view->compares)
		report = fleet->member[index].report[report->scope];
	fleet_detail(fleet, index, report, &ui->opened[side], &detail[side]);
	return &detail[side];
}

/** @picture is NULL where no row is chosen, beside the one where it is. */
static void put_vm(struct lines *lines, const struct ui *ui, const struct fleet *fleet,
		   size_t index, struct picture *picture, unsigned width, unsigned height)
{
	size_t vm = ui->open ? opened_vm(ui, fleet, index) : index;
	struct layout layout = layout_of(ui, fleet, vm);

	if (!picture)
		layout.cursor = LAYOUT_NO_CURSOR;
	layout.picture = picture;
	if (ui->open)
		layout_detail(lines, report_of(ui, fleet, vm), open_detail(ui, fleet, vm), &layout,
			      width, height);
	else
		layout_screen(lines, report_of(ui, fleet, vm), &layout, width, height);
}

void ui_export(struct ui *ui, const struct fleet *fleet)
{
	size_t selected = ui->selected < fleet->count ? ui->selected : 0;
	static struct report copy; /* its rows are sorted and cut */
	const struct detail *detail[2] = {NULL, NULL};
	struct layout layout;
	int failed;

	if (!fleet->count)
		return;
	if (ui->view->compares)
		selected = 0;
	else if (ui->open)
		selected = opened_vm(ui, fleet, selected);
	copy = *report_of(ui, fleet, selected);
	layout = layout_of(ui, fleet, selected);
	if (ui->open)
		detail[0] = open_detail(ui, fleet, selected);
	if (ui->open && ui->view->compares)
		detail[1] = open_detail(ui, fleet, 1);
	failed = export_write(ui->path, &copy, detail, &layout);
	snprintf(ui->message, sizeof(ui->message), "%s: %s", ui->path,
		 failed ? strerror(errno) : "written");
}

/** An opened row of a comparison: A's beside B's. */
static void draw_opened(const struct ui *ui, const struct fleet *fleet, unsigned width,
			unsigned height)
{
	enum scope scope = report_of(ui, fleet, 0)->scope;
	unsigned half = (width - 1) / 2;

	for (size_t i = 0; i < 2; i++) {
		const struct report *report = fleet->member[i].report[scope];
		struct layout layout = layout_of(ui, fleet, i);

		layout.a = layout.b = NULL;
		layout_detail(&left, report, open_detail(ui, fleet, i), &layout, half, height);
		screen_draw(&left, 0, (unsigned)i * (half + 1));
	}
}

static void draw_vms(struct ui *ui, const struct fleet *fleet, unsigned width, unsigned height)
{
	bool split =
	    ui->split && fleet->count > 1 && width >= 2 * SPLIT_WIDTH && !ui->view->compares;
	unsigned half = split ? (width - 1) / 2 : width;
	size_t selected = ui->selected < fleet->count ? ui->selected : 0;

	if (ui->view->compares && ui->open) {
		draw_opened(ui, fleet, width, height);
		return;
	}
	put_vm(&left, ui, fleet, selected, &ui->picture, half, height);
	ui->scroll = ui->picture.first;
	screen_draw(&left, 0, 0);
	if (!split)
		return;
	put_vm(&right, ui, fleet, (selected + 1) % fleet->count, NULL, half, height);
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
