/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/layout.h"

#include <math.h>
#include <string.h>

#include "tools/vmtop/glyphs.h"
#include "tools/vmtop/views.h"

#define NAME_MIN     8u
#define NAME_MAX     30u
#define UNIT_WIDTH   60u /* of the screen: below, the heading may have no room for the unit */
#define TREND_MIN    16u
#define TREND_FROM   100u /* of the screen: from here on there is one */
#define PANEL_INDENT 2u
#define RANK_MAX     10
#define TREND_RANK   4 /* columns of a higher rank give way to the sparkline */

/** The columns chosen for a width. */
struct choice {
	size_t count;
	unsigned trend; /* columns that are left for the sparkline; 0: none */
	const struct column *column[COLUMNS_MAX];
	unsigned width[COLUMNS_MAX];
};

unsigned layout_full_width(const struct view *view)
{
	unsigned width = NAME_MAX - view->column[0].width;

	for (size_t i = 0; i < view->columns; i++)
		width += view->column[i].width;
	return width;
}

/** The columns that fit into @width, less what the sparkline gets where @trend. */
static void choose_columns(struct choice *choice, const struct report *report, unsigned whole,
			   bool trend)
{
	unsigned width = whole;
	const struct column *table = report->view->column;
	unsigned used;

	for (int rank = RANK_MAX; rank >= 0; rank--) {
		bool room = trend && whole >= TREND_FROM && rank >= TREND_RANK;

		width = room ? whole - TREND_MIN - 1 : whole;
		choice->count = used = 0;
		for (size_t i = 0; i < report->view->columns; i++) {
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
	used += choice->width[0];
	choice->trend = width < whole || (trend && whole > used + TREND_MIN) ? whole - used - 1 : 0;
	if (choice->trend > ROW_TREND)
		choice->trend = ROW_TREND;
}

/** Names stand left, numbers right. */
static void put_column(struct lines *lines, enum style style, const char *text,
		       const struct choice *choice, size_t i)
{
	int width = (int)choice->width[i];

	if (choice->column[i]->cell == CELL_NAME)
		lines_put(lines, style, "%-*s", width, text);
	else if (choice->column[i]->cell == CELL_TEXT)
		lines_put(lines, style, " %-*s", width - 1, text);
	else
		lines_put(lines, style, "%*s", width, text);
}

static void put_headings(struct lines *lines, const struct report *report,
			 const struct choice *choice, int sort)
{
	const struct column *sorted = &report->view->column[sort];
	char text[CELL_MAX];

	lines_new(lines);
	for (size_t i = 0; i < choice->count; i++) {
		enum style style = choice->column[i] == sorted ? STYLE_SORTED : STYLE_HEADING;

		column_heading(choice->column[i], report, choice->width[i] - (i > 0), text);
		put_column(lines, style, text, choice, i);
	}
	if (choice->trend)
		lines_put(lines, STYLE_HEADING, " %-*.*s", (int)choice->trend, (int)choice->trend,
			  "RATE, ITS COURSE");
}

static void put_trend(struct lines *lines, const struct row *row, const struct choice *choice)
{
	for (unsigned i = 0; i <= choice->trend && choice->trend; i++) {
		unsigned level = i ? row->trend[ROW_TREND - choice->trend + i - 1] : 0;

		lines_put(lines, STYLE_GRAPH, "%c", level ? GLYPH_COLUMN(level) : ' ');
	}
}

static void put_row(struct lines *lines, const struct row *row, const struct choice *choice,
		    enum style style)
{
	char text[CELL_MAX];

	lines_new(lines);
	for (size_t i = 0; i < choice->count; i++) {
		column_format(choice->column[i], row, choice->width[i] - (i > 0), text);
		put_column(lines, style, text, choice, i);
	}
	put_trend(lines, row, choice);
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

/** What the table shows, where it is not exits by reason, all of them. */
static void put_view(struct lines *lines, const struct report *report, const struct layout *layout)
{
	if (report->view == &views[VIEW_EXITS] && !layout->filter)
		return;
	lines_new(lines);
	if (lines->width < UNIT_WIDTH)
		lines_item(lines, STYLE_LABEL, "in %s", report->unit);
	lines_item(lines, STYLE_LABEL, "%s", report->view->title);
	if (layout->filter)
		lines_item(lines, STYLE_ALERT, "only names with \"%s\"", layout->filter);
}

void layout_text(struct lines *lines, const struct report *report, const struct layout *layout,
		 unsigned width)
{
	struct choice choice;

	lines_init(lines, width, LINES_MAX);
	choose_columns(&choice, report, lines->width, false);
	layout_header(lines, report, layout, LINES_MAX);
	put_view(lines, report, layout);
	put_headings(lines, report, &choice, layout->sort);
	put_row(lines, &report->all, &choice, STYLE_TOTAL);
	for (size_t i = 0; i < report->rows; i++)
		put_row(lines, &report->row[i], &choice, STYLE_NORMAL);
	if (rows_have_rest(report))
		put_row(lines, &report->rest, &choice, STYLE_LABEL);
	if (report->view == &views[VIEW_EXITS])
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

static void note_picture(const struct layout *layout, const struct lines *lines,
			 const struct report *report, const struct choice *choice, size_t first,
			 size_t room)
{
	struct picture *picture = layout->picture;

	if (!picture)
		return;
	*picture = (struct picture){.rows = report->rows,
				    .first = first,
				    .room = room,
				    .heading_y = (unsigned)lines->count - 2,
				    .first_y = (unsigned)lines->count,
				    .width = lines->width,
				    .headings = choice->count};
	for (size_t i = 0; i < choice->count; i++) {
		picture->heading[i].width = choice->width[i];
		picture->heading[i].column = (int)(choice->column[i] - report->view->column);
	}
	picture->has_chosen = layout->cursor < report->rows;
	if (picture->has_chosen)
		picture->chosen = report->row[layout->cursor];
}

/** The rows that @room lines are for, and what became of the others. */
static void put_rows(struct lines *lines, struct report *report, const struct choice *choice,
		     const struct layout *layout, size_t room)
{
	size_t first = layout->scroll, rows = report->rows;

	if (rows + rows_have_rest(report) <= room)
		first = 0;
	else if (room)
		room--; /* for the rest */
	if (first + room > rows)
		first = rows > room ? rows - room : 0;
	note_picture(layout, lines, report, choice, first, room);
	rows_window(report, first, room);
	for (size_t i = 0; i < report->rows; i++)
		put_row(lines, &report->row[i], choice,
			first + i == layout->cursor ? STYLE_CURSOR : STYLE_NORMAL);
	if (rows_have_rest(report))
		put_row(lines, &report->rest, choice, STYLE_LABEL);
}

void layout_screen(struct lines *lines, const struct report *original, const struct layout *layout,
		   unsigned width, unsigned height)
{
	static struct lines panels; /* too large for a stack, as is the copy */
	static struct report copy;
	struct report *report = &copy;
	struct choice choice;
	size_t room, rows;

	*report = *original;
	lines_init(lines, width, height);
	columns_sort(report, layout->sort, layout->reverse);
	rows_filter(report, layout->filter);
	choose_columns(&choice, report, lines->width, !layout->a);
	layout_header(lines, report, layout, height);
	put_view(lines, report, layout);
	put_headings(lines, report, &choice, layout->sort);
	put_row(lines, &report->all, &choice, STYLE_TOTAL);
	room = lines->count < lines->height ? lines->height - lines->count : 0;
	lines_init(&panels, width, LINES_MAX);
	if (report->view == &views[VIEW_EXITS])
		put_panels(&panels, report);
	rows = share_height(report->rows + rows_have_rest(report), panels.count, room);
	put_rows(lines, report, &choice, layout, rows);
	room -= rows;
	if (room > panels.count) {
		lines_new(lines);
		room--;
	}
	copy_panels(lines, &panels, room);
}
