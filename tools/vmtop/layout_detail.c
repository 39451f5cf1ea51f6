/* SPDX-License-Identifier: GPL-2.0-only */
/* An opened row as lines: figures, time series, histogram, and what it is made of. */
#include <math.h>
#include <string.h>

#include "tools/vmtop/glyphs.h"
#include "tools/vmtop/layout.h"

#define BAR_WIDTH     24u
#define LABEL_WIDTH   26u
#define FIGURES_WIDTH 25u /* of a part: its count, share and mean */
#define TWO_COLUMNS   76u /* of the screen: below, everything stands in one */
#define BOX_HEIGHT    26u /* of the screen: below, the series has one line */

static void put_figures(struct lines *lines, const struct report *report, const struct row *row)
{
	const struct view *view = report->view;
	char text[CELL_MAX];

	lines_new(lines);
	lines_item(lines, STYLE_LABEL, "%s:", view->title);
	lines_item(lines, STYLE_TOTAL, "%s", row->label[0] ? row->label : "none here");
	if (row->what[0])
		lines_item(lines, STYLE_TOTAL, "%s", row->what);
	lines_new(lines);
	for (size_t i = 1; i < view->columns; i++) {
		const struct column *column = &view->column[i];

		if (column_is_text(column) || !column_is_known(column, report))
			continue;
		column_format(column, row, CELL_MAX - 1, text);
		lines_item(lines, STYLE_NORMAL, "%s %s%s%s", column->heading, text,
			   column_is_time(column) ? " " : "",
			   column_is_time(column) ? report->unit : "");
	}
}

/** The largest of a series' values, which its columns are drawn against. */
static double peak_of(const double *value, unsigned count)
{
	double peak = 0;

	for (unsigned i = 0; i < count; i++)
		peak = fmax(peak, value[i]);
	return peak;
}

/** @rows lines high; the top one comes first. */
static void put_columns(struct lines *lines, const double *value, unsigned count, double peak,
			unsigned rows)
{
	for (unsigned row = rows; row-- > 0;) {
		lines_new(lines);
		for (unsigned i = 0; i < count; i++) {
			double height = peak > 0 ? value[i] / peak * rows * GLYPH_LEVELS : 0;
			double level = fmin(ceil(height) - row * GLYPH_LEVELS, GLYPH_LEVELS);

			lines_put(lines, STYLE_GRAPH, "%c",
				  level >= 1 ? GLYPH_COLUMN((int)level) : ' ');
		}
	}
}

static void put_series(struct lines *lines, const struct report *report,
		       const struct detail *detail, unsigned rows)
{
	double rate[ITEM_SERIES], load[ITEM_SERIES], seconds = 0, hz = report->hz;
	unsigned count = detail->points < lines->width ? detail->points : lines->width;
	unsigned first = detail->points - count;
	const char *clock = report->live ? "host" : "trace";

	for (unsigned i = 0; i < count; i++) {
		double step = detail->point[first + i].seconds;

		seconds += step;
		rate[i] = step > 0 ? (double)detail->point[first + i].count / step : 0;
		load[i] = step > 0 && hz > 0 ? detail->point[first + i].time / (step * hz) : 0;
	}
	lines_new(lines);
	lines_item(lines, STYLE_HEADING, "each of the last %u steps, %.4g s of %s time", count,
		   seconds, clock);
	if (!count)
		return;
	lines_new(lines);
	lines_item(lines, STYLE_LABEL, "%s a second; the top is %.4g",
		   report->view->table == TABLE_FLUSH	 ? "flushes"
		   : report->view->table == TABLE_MEMORY ? "faults"
		   : report->view->table == TABLE_IO	 ? "requests"
							 : "exits",
		   peak_of(rate, count));
	put_columns(lines, rate, count, peak_of(rate, count), rows);
	/* Of an emulated VM, the host's seconds are not those of its instructions. */
	if (!(hz > 0) || (report->live && strcmp(report->unit, "instr") == 0))
		return;
	lines_new(lines);
	lines_item(lines, STYLE_LABEL, "VMM time a second; the top is %.3g %%",
		   100 * peak_of(load, count));
	put_columns(lines, load, count, peak_of(load, count), rows);
}

static void put_bar(struct lines *lines, uint64_t count, uint64_t largest, unsigned width)
{
	unsigned eighths =
	    largest ? (unsigned)((double)count / (double)largest * width * GLYPH_LEVELS + 0.5) : 0;

	if (count && !eighths)
		eighths = glyphs_are_ascii() ? GLYPH_LEVELS : 1;
	for (unsigned i = 0; i < width && eighths; i++) {
		unsigned part = eighths < GLYPH_LEVELS ? eighths : GLYPH_LEVELS;

		lines_put(lines, STYLE_GRAPH, "%c", GLYPH_ROW(part));
		eighths -= part;
	}
}

static void put_histogram(struct lines *lines, const struct report *report,
			  const struct detail *detail)
{
	char low[CELL_MAX], count[CELL_MAX];
	uint64_t largest = 0;

	lines_new(lines);
	lines_put(lines, STYLE_HEADING, "%9s %8s  latency in %s", "FROM", "COUNT", report->unit);
	for (unsigned i = 0; i < detail->bars; i++)
		if (detail->bar[i].count > largest)
			largest = detail->bar[i].count;
	for (unsigned i = 0; i < detail->bars; i++) {
		lines_new(lines);
		if (!detail->bar[i].count) {
			lines_put(lines, STYLE_LABEL, "%9s", "...");
			continue;
		}
		format_integer(detail->bar[i].low, 9, low);
		format_integer(detail->bar[i].count, 8, count);
		lines_put(lines, STYLE_NORMAL, "%9s %8s  ", low, count);
		put_bar(lines, detail->bar[i].count, largest,
			lines->width < BAR_WIDTH + 20 ? lines->width > 24 ? lines->width - 20 : 4
						      : BAR_WIDTH);
	}
}

static unsigned label_width(const struct lines *lines)
{
	if (lines->width < LABEL_WIDTH + FIGURES_WIDTH)
		return lines->width > FIGURES_WIDTH + 8 ? lines->width - FIGURES_WIDTH : 8;
	return LABEL_WIDTH;
}

static void put_part(struct lines *lines, const struct detail_part *part, uint64_t all,
		     enum style style)
{
	unsigned width = label_width(lines);
	char count[CELL_MAX], mean[CELL_MAX];

	format_integer(part->count, 9, count);
	format_integer(part->count ? part->time / part->count : 0, 8, mean);
	lines_new(lines);
	lines_put(lines, style, "%-*.*s %9s %5.1f %8s", (int)width, (int)width, part->label, count,
		  all ? 100.0 * (double)part->count / (double)all : 0, mean);
}

static void put_breakdowns(struct lines *lines, const struct detail *detail, size_t most)
{
	unsigned width = label_width(lines);

	for (size_t i = 0; i < detail->breakdowns; i++) {
		const struct breakdown *by = &detail->by[i];
		struct detail_part rest = by->rest;

		lines_new(lines);
		lines_put(lines, STYLE_HEADING, "by %-*s %9s %5s %8s", (int)width - 3, by->title,
			  "COUNT", "%", "MEAN");
		for (size_t j = 0; j < by->parts; j++) {
			if (j < most) {
				put_part(lines, &by->part[j], detail->row.count, STYLE_NORMAL);
				continue;
			}
			rest.count += by->part[j].count;
			rest.time += by->part[j].time;
		}
		if (rest.count)
			put_part(lines, &rest, detail->row.count, STYLE_LABEL);
	}
}

/** How many parts of each breakdown to show, so that all of them have room in @height lines. */
static size_t share_parts(const struct detail *detail, size_t height)
{
	size_t most = DETAIL_PARTS, lines;

	for (; most > 1; most--) {
		lines = 0;
		for (size_t i = 0; i < detail->breakdowns; i++) {
			const struct breakdown *by = &detail->by[i];
			size_t shown = by->parts < most ? by->parts : most;

			lines += 1 + shown + (by->rest.count || by->parts > shown);
		}
		if (lines <= height)
			break;
	}
	return most;
}

static void put_below(struct lines *lines, const struct lines *above, const struct lines *below)
{
	lines_beside(lines, above, NULL, 0);
	lines_beside(lines, below, NULL, 0);
}

void layout_detail_text(struct lines *lines, const struct report *report,
			const struct detail *detail, const struct layout *layout, unsigned width)
{
	lines_init(lines, width, LINES_MAX);
	layout_header(lines, report, layout, LINES_MAX);
	put_figures(lines, report, &detail->row);
	put_series(lines, report, detail, 1);
	put_histogram(lines, report, detail);
	put_breakdowns(lines, detail, DETAIL_PARTS);
}

void layout_detail(struct lines *lines, const struct report *report, const struct detail *detail,
		   const struct layout *layout, unsigned width, unsigned height)
{
	static struct lines left, right; /* too large for a stack */
	unsigned half, room;

	lines_init(lines, width, height);
	layout_header(lines, report, layout, height);
	put_figures(lines, report, &detail->row);
	put_series(lines, report, detail,
		   height > BOX_HEIGHT + 8 ? 3
		   : height > BOX_HEIGHT   ? 2
					   : 1);
	room = lines->count < height ? height - (unsigned)lines->count : 0;
	half = width >= TWO_COLUMNS ? width * 9 / 20 : width;
	lines_init(&left, half < BAR_WIDTH + 24 ? half : BAR_WIDTH + 24, LINES_MAX);
	put_histogram(&left, report, detail);
	lines_init(&right, width >= TWO_COLUMNS ? width - left.width - 2 : width, LINES_MAX);
	put_breakdowns(&right, detail, share_parts(detail, width >= TWO_COLUMNS ? room : room / 2));
	if (width >= TWO_COLUMNS)
		lines_beside(lines, &left, &right, left.width + 2);
	else
		put_below(lines, &right, &left);
}
