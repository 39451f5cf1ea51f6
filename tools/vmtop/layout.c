/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/layout.h"

#include <math.h>
#include <string.h>

#include "tools/vmtop/columns.h"

#define NAME_MIN     8u
#define NAME_MAX     30u
#define COLUMNS_MAX  16
#define PANEL_INDENT 2u
#define RANK_MAX     10
#define SMALL_HEIGHT 16u /* of the screen: below, only one line of details stands above the table */

/** The columns chosen for a width. */
struct choice {
	size_t count;
	const struct column *column[COLUMNS_MAX];
	unsigned width[COLUMNS_MAX];
};

unsigned layout_full_width(void)
{
	size_t count;
	const struct column *table = columns(&count);
	unsigned width = NAME_MAX - table[0].width;

	for (size_t i = 0; i < count; i++)
		width += table[i].width;
	return width;
}

static void choose_columns(struct choice *choice, const struct report *report, unsigned width)
{
	size_t count;
	const struct column *table = columns(&count);
	unsigned used;

	for (int rank = RANK_MAX; rank >= 0; rank--) {
		choice->count = used = 0;
		for (size_t i = 0; i < count; i++) {
			if (table[i].rank > rank || !column_is_known(&table[i], report))
				continue;
			choice->column[choice->count] = &table[i];
			choice->width[choice->count++] = table[i].width;
			used += table[i].width;
		}
		if (used <= width)
			break;
	}
	/* The name takes up the slack, and gives way on a very narrow screen. */
	used -= choice->width[0];
	choice->width[0] = width > used + NAME_MIN ? width - used : NAME_MIN;
	if (choice->width[0] > NAME_MAX)
		choice->width[0] = NAME_MAX;
}

static void put_cell(struct lines *lines, enum style style, const char *text, unsigned width,
		     bool left)
{
	if (left)
		lines_put(lines, style, "%-*s", (int)width, text);
	else
		lines_put(lines, style, "%*s", (int)width, text);
}

static void put_headings(struct lines *lines, const struct report *report,
			 const struct choice *choice, int sort)
{
	size_t count;
	const struct column *sorted = columns(&count) + sort;
	char text[CELL_MAX];

	lines_new(lines);
	for (size_t i = 0; i < choice->count; i++) {
		enum style style = choice->column[i] == sorted ? STYLE_SORTED : STYLE_HEADING;

		column_heading(choice->column[i], report, choice->width[i] - (i > 0), text);
		put_cell(lines, style, text, choice->width[i], i == 0);
	}
}

static void put_row(struct lines *lines, const struct reason_row *row, const struct choice *choice,
		    enum style style)
{
	char text[CELL_MAX];

	lines_new(lines);
	for (size_t i = 0; i < choice->count; i++) {
		column_format(choice->column[i], row, choice->width[i] - (i > 0), text);
		put_cell(lines, style, text, choice->width[i], i == 0);
	}
}

static const char *scope_text(const struct report *report, char text[REPORT_TEXT])
{
	const char *clock = report->live ? "host" : "trace";

	if (report->scope == SCOPE_INTERVAL)
		snprintf(text, REPORT_TEXT, "interval %llu, %.2f s of %s time",
			 (unsigned long long)report->interval, report->seconds, clock);
	else
		snprintf(text, REPORT_TEXT, "total, %.2f s of %s time", report->seconds, clock);
	return text;
}

/** The first line: what must be seen on the smallest screen comes first. */
static void put_title(struct lines *lines, const struct report *report, const struct layout *layout)
{
	char scope[REPORT_TEXT];

	lines_new(lines);
	lines_put(lines, STYLE_TITLE, "vmtop");
	if (layout->paused)
		lines_put(lines, STYLE_ALERT, " PAUSED");
	if (report->lost)
		lines_put(lines, STYLE_ALERT, " LOST %llu", (unsigned long long)report->lost);
	else
		lines_put(lines, STYLE_TITLE, " lost 0");
	if (layout->vms > 1)
		lines_put(lines, STYLE_TITLE, "  [%u/%u]", layout->index + 1, layout->vms);
	lines_put(lines, STYLE_TITLE, "  %s", report->name);
	lines_put(lines, report->state == STATE_GONE ? STYLE_ALERT : STYLE_TITLE, "  %s",
		  report->state_text);
	if (!isnan(report->progress) && report->state == STATE_RUNNING)
		lines_put(lines, STYLE_TITLE, " %.0f %%", report->progress * 100);
	if (layout->speed > 0 && report->state == STATE_RUNNING)
		lines_put(lines, STYLE_TITLE, " at %gx", layout->speed);
	lines_put(lines, STYLE_TITLE, "  %s", scope_text(report, scope));
}

static void put_config(struct lines *lines, const struct report *report)
{
	lines_new(lines);
	lines_item(lines, STYLE_NORMAL, "engine %s", report->engine);
	lines_item(lines, STYLE_NORMAL, "paging %s", report->paging);
	lines_item(lines, STYLE_NORMAL, "io %s", report->io);
	lines_item(lines, STYLE_NORMAL, "vpid %s", report->vpid);
	lines_item(lines, STYLE_NORMAL, "unit %s", report->unit);
	lines_item(lines, STYLE_NORMAL, "guest %s", report->guest);
	if (report->phase[0])
		lines_item(lines, STYLE_NORMAL, "phase %s", report->phase);
}

static void put_time(struct lines *lines, const struct report *report, const char *name,
		     uint64_t time, double share)
{
	if (isnan(share))
		lines_item(lines, STYLE_NORMAL, "%s %llu %s", name, (unsigned long long)time,
			   report->unit);
	else
		lines_item(lines, STYLE_NORMAL, "%s %llu %s (%.1f %%)", name,
			   (unsigned long long)time, report->unit, share * 100);
}

static void put_times(struct lines *lines, const struct report *report)
{
	lines_new(lines);
	if (strcmp(report->paging, "native") == 0) {
		lines_item(lines, STYLE_NORMAL, "no VMM under this guest: nothing exits");
		return;
	}
	put_time(lines, report, "guest", report->guest_time, report->guest_share);
	put_time(lines, report, "VMM", report->vmm_time, report->vmm_share);
	if (report->clear_time)
		put_time(lines, report, "of it clearing", report->clear_time, NAN);
	if (report->idle_time)
		put_time(lines, report, "idle", report->idle_time, NAN);
}

static void put_counts(struct lines *lines, const struct report *report)
{
	lines_new(lines);
	lines_item(lines, STYLE_NORMAL, "events %llu", (unsigned long long)report->events);
	lines_item(lines, STYLE_NORMAL, "exits %llu", (unsigned long long)report->exits);
	lines_item(lines, report->lost ? STYLE_ALERT : STYLE_NORMAL, "lost %llu",
		   (unsigned long long)report->lost);
	if (report->problems)
		lines_item(lines, STYLE_ALERT, "%u %s: %s", report->problems,
			   report->problems == 1 ? "problem" : "problems", report->problem);
}

static void put_entry(struct lines *lines, const struct panel_entry *entry)
{
	char text[LINES_WIDTH + 1];
	int length =
	    snprintf(text, sizeof(text), "%s %llu", entry->name, (unsigned long long)entry->count);

	for (size_t i = 0; i < entry->subs; i++) {
		if (length > LINES_WIDTH - 2 * REPORT_NAME)
			break;
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%s %llu",
				   i ? ", " : " (", entry->sub[i].name,
				   (unsigned long long)entry->sub[i].count);
	}
	lines_item(lines, STYLE_NORMAL, "%s%s", text, entry->subs ? ")" : "");
}

static void put_panels(struct lines *lines, const struct report *report)
{
	for (size_t i = 0; i < report->panels; i++) {
		const struct panel *panel = &report->panel[i];

		if (!panel->entries && i > 0)
			continue; /* flushes are shown even when there are none */
		lines_new(lines);
		lines->indent = PANEL_INDENT;
		lines_put(lines, STYLE_LABEL, "%s %llu", panel->title,
			  (unsigned long long)panel->total);
		for (size_t j = 0; j < panel->entries; j++)
			put_entry(lines, &panel->entry[j]);
		lines->indent = 0;
	}
}

void layout_text(struct lines *lines, struct report *report, const struct layout *layout,
		 unsigned width)
{
	struct choice choice;

	lines_init(lines, width, LINES_MAX);
	columns_sort(report, layout->sort, layout->reverse);
	choose_columns(&choice, report, lines->width);
	put_title(lines, report, layout);
	put_config(lines, report);
	put_times(lines, report);
	put_counts(lines, report);
	put_headings(lines, report, &choice, layout->sort);
	put_row(lines, &report->all, &choice, STYLE_TOTAL);
	for (size_t i = 0; i < report->rows; i++)
		put_row(lines, &report->row[i], &choice, STYLE_NORMAL);
	put_panels(lines, report);
}

/** The panels below the table, in the @height lines that are left. */
static void copy_panels(struct lines *lines, const struct lines *panels, size_t height)
{
	for (size_t i = 0; i < panels->count && i < height; i++) {
		bool cut = i + 1 == height && panels->count > height;

		lines_new(lines);
		if (lines->count > lines->height)
			return;
		if (cut)
			lines_put(lines, STYLE_LABEL, "... %zu more lines: enlarge the window",
				  panels->count - i);
		else
			lines->line[lines->count - 1] = panels->line[i];
	}
}

/** How many of @rows rows to show, when @height lines are there for them and for @panels panel
 *  lines. */
static size_t share_height(size_t rows, size_t panels, size_t height)
{
	size_t least = height * 3 / 5;

	if (rows + panels <= height)
		return rows;
	if (height - least > panels)
		least = height - panels;
	return rows < least ? rows : least;
}

static void put_rows(struct lines *lines, struct report *report, const struct choice *choice,
		     size_t scroll, size_t room)
{
	size_t first = scroll;

	if (room >= report->rows)
		first = 0;
	else if (first > report->rows - room)
		first = report->rows - room;
	for (size_t i = first; i < report->rows && i < first + room; i++)
		put_row(lines, &report->row[i], choice, STYLE_NORMAL);
}

void layout_screen(struct lines *lines, struct report *report, const struct layout *layout,
		   unsigned width, unsigned height)
{
	static struct lines panels; /* too large for a stack */
	struct choice choice;
	size_t used, room, rows;

	lines_init(lines, width, height);
	columns_sort(report, layout->sort, layout->reverse);
	choose_columns(&choice, report, lines->width);
	put_title(lines, report, layout);
	lines_pad(lines, STYLE_TITLE, lines->width);
	if (height >= SMALL_HEIGHT) {
		put_config(lines, report);
		put_times(lines, report);
		put_counts(lines, report);
	} else if (height >= SMALL_HEIGHT / 2) {
		put_counts(lines, report);
	}
	put_headings(lines, report, &choice, layout->sort);
	put_row(lines, &report->all, &choice, STYLE_TOTAL);
	used = lines->count;
	room = used < lines->height ? lines->height - used : 0;
	lines_init(&panels, width, LINES_MAX);
	put_panels(&panels, report);
	rows = share_height(report->rows, panels.count, room);
	put_rows(lines, report, &choice, layout->scroll, rows);
	room -= rows;
	if (room > panels.count) {
		lines_new(lines);
		room--;
	}
	copy_panels(lines, &panels, room);
}
