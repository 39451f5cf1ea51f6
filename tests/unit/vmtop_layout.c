/* SPDX-License-Identifier: GPL-2.0-only */
/* vmtop's pictures: nothing leaves the screen, whatever its size, and what matters stays on it. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vmtop_events.h"
#include "tools/vmtop/compare.h"
#include "tools/vmtop/views.h"
#include "tools/vmtop/layout.h"

static const struct view *const exits = &views[VIEW_EXITS];
static struct model *model;
static struct report *report;
static struct lines *lines;
static struct layout layout;

static void open_life(uint64_t lost)
{
	char directory[] = "/tmp/vmtop-unit.XXXXXX", command[64];
	struct vts_error error = {""};

	cr_assert(mkdtemp(directory));
	cr_assert_eq(vmtop_record(directory, "mixed.elf", lost, &error), 0, "%s", error.text);
	model = model_replay(directory, NULL, 1, &error);
	cr_assert(model, "%s", error.text);
	model_pump(model, UINT64_MAX, INFINITY);
	model_tick(model, 1.67101);
	report = calloc(1, sizeof(*report));
	lines = calloc(1, sizeof(*lines));
	report_build(report, model, exits, SCOPE_TOTAL);
	memset(&layout, 0, sizeof(layout));
	layout.sort = column_by_name(exits, "count");
	layout.cursor = LAYOUT_NO_CURSOR;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	cr_assert_eq(system(command), 0);
}

static void teardown(void)
{
	model_close(model);
	free(report);
	free(lines);
}

TestSuite(vmtop_layout, .fini = teardown);

static bool shows(const char *text)
{
	for (size_t i = 0; i < lines->count && i < lines->height; i++)
		if (strstr(lines->line[i].text, text))
			return true;
	return false;
}

Test(vmtop_layout, every_size)
{
	open_life(7);
	for (unsigned width = 0; width <= 260; width += width < 90 ? 1 : 13) {
		for (unsigned height = 0; height <= 60; height++) {
			layout_screen(lines, report, &layout, width, height);
			for (size_t i = 0; i < lines->count && i < lines->height; i++) {
				cr_assert_leq(lines->line[i].length, width);
				cr_assert_eq(strlen(lines->line[i].text), lines->line[i].length);
			}
			cr_assert_leq(lines->height, height);
			if (width >= 12 && height >= 1)
				cr_assert(shows("LOST 7"), "%u x %u", width, height);
		}
	}
}

/** Too many rows and panels for any screen. */
Test(vmtop_layout, every_size_of_a_full_report)
{
	open_life(0);
	report->rows = REPORT_ROWS;
	for (size_t i = 6; i < report->rows; i++) {
		report->row[i] = report->row[0];
		report->row[i].count = UINT64_MAX;
		report->row[i].sum = UINT64_MAX;
		report->row[i].mean = 1.8e19;
		report->row[i].per_second = NAN;
	}
	report->panel[0].entries = REPORT_ENTRIES;
	for (size_t i = 0; i < REPORT_ENTRIES; i++) {
		struct panel_entry *entry = &report->panel[0].entry[i];

		*entry = report->panel[0].entry[0];
		entry->subs = REPORT_SUBS;
		for (size_t j = 0; j < REPORT_SUBS; j++) {
			strcpy(entry->sub[j].name, "a_name_of_23_characters");
			entry->sub[j].count = UINT64_MAX;
		}
	}
	for (unsigned width = 0; width <= 600; width += 17) {
		for (unsigned height = 0; height <= 500; height += 23) {
			layout.scroll = width;
			layout_screen(lines, report, &layout, width, height);
			for (size_t i = 0; i < lines->count && i < lines->height; i++)
				cr_assert_leq(lines->line[i].length, width);
		}
		layout_text(lines, report, &layout, width);
	}
}

Test(vmtop_layout, eighty_by_twenty_four_shows_the_essentials)
{
	static const char *const essentials[] = {
	    "lost 0",
	    "engine bochs",
	    "paging ept",
	    "vpid yes",
	    "guest mixed.elf",
	    "unit instr",
	    "times: instr",
	    "guest 1211000 instr",
	    "VMM 460010 instr",
	    "MEAN",
	    "P50",
	    "P99",
	    "MAX",
	    "VMM%",
	    "cpuid",
	    "ept_violation",
	    "TLB flushes 20",
	    "EPT violations 500",
	    "I/O requests",
	    "guest_exit, status 3",
	};

	open_life(0);
	layout_screen(lines, report, &layout, 80, 24);
	for (size_t i = 0; i < sizeof(essentials) / sizeof(essentials[0]); i++)
		cr_assert(shows(essentials[i]), "%s is not shown", essentials[i]);
}

/** A narrow screen drops columns from the least important on, and never cuts a number in two. */
Test(vmtop_layout, narrow_screens_drop_columns)
{
	open_life(0);
	layout_screen(lines, report, &layout, 40, 24);
	cr_assert(shows("COUNT") && shows("VMM%"));
	cr_assert(!shows("P99"));
	layout_screen(lines, report, &layout, 200, 24);
	cr_assert(shows("P99.9") && shows("P90") && shows("MIN"));
}

Test(vmtop_layout, paused_is_said)
{
	open_life(0);
	layout_screen(lines, report, &layout, 80, 24);
	cr_assert(!shows("PAUSED"));
	layout.paused = true;
	layout_screen(lines, report, &layout, 20, 2);
	cr_assert(shows("PAUSED"));
}

/** Scrolling shows every row, and does not run past the last. */
Test(vmtop_layout, scrolling)
{
	open_life(0);
	layout.sort = column_by_name(exits, "count");
	layout_screen(lines, report, &layout, 80, 10);
	cr_assert(shows("cpuid") && !shows("hlt"));
	layout.scroll = 100;
	layout_screen(lines, report, &layout, 80, 10);
	cr_assert(!shows("cpuid") && shows("hlt"));
}

/** The screen and the text have the same cells. */
Test(vmtop_layout, screen_equals_text)
{
	char row[LINES_WIDTH + 1] = "";

	open_life(0);
	layout_text(lines, report, &layout, layout_full_width(exits));
	for (size_t i = 0; i < lines->count; i++)
		if (strncmp(lines->line[i].text, "ept_violation ", 14) == 0)
			strcpy(row, lines->line[i].text);
	cr_assert(row[0]);
	layout_screen(lines, report, &layout, layout_full_width(exits), 50);
	cr_assert(shows(row));
}

Test(vmtop_layout, numbers_fit_their_width)
{
	static const struct {
		uint64_t value;
		unsigned width;
		const char *text;
	} cases[] = {
	    {0, 1, "0"},
	    {9999, 4, "9999"},
	    {100000, 5, "100k"},
	    {1234567, 7, "1234567"},
	    {1234567, 6, "1.23M"},
	    {999999, 5, "1.00M"},
	    {12345, 4, "12.3k"},
	    {UINT64_MAX, 8, "18.4E"},
	    {UINT64_MAX, 20, "18446744073709551615"},
	};
	char text[CELL_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		format_integer(cases[i].value, cases[i].width, text);
		cr_assert_str_eq(text, cases[i].text);
	}
}

static void check_lines(unsigned width, unsigned height)
{
	cr_assert_leq(lines->height, height);
	for (size_t i = 0; i < lines->count && i < lines->height; i++) {
		cr_assert_leq(lines->line[i].length, width);
		cr_assert_eq(strlen(lines->line[i].text), lines->line[i].length);
	}
}

/** Every view, its rows opened, and its comparison, on screens of every size. */
Test(vmtop_layout, every_size_of_every_view)
{
	struct report *both = calloc(1, sizeof(*both));
	struct detail *detail = calloc(1, sizeof(*detail));
	const struct detail_key whole = {.whole = true};

	open_life(7);
	for (size_t view = 0; view < VIEWS; view++) {
		report_build(report, model, &views[view], SCOPE_TOTAL);
		compare_build(both, report, report);
		detail_build(detail, report, model, &whole);
		for (unsigned width = 0; width <= 260; width += width < 40 ? 5 : 27) {
			for (unsigned height = 0; height <= 60; height += 6) {
				layout.a = layout.b = NULL;
				layout.sort = column_by_name(&views[view], views[view].sort);
				layout_screen(lines, report, &layout, width, height);
				check_lines(width, height);
				if (width >= 80 && height >= 20)
					cr_assert(shows("unit instr") && shows("LOST 7"));
				layout_detail(lines, report, detail, &layout, width, height);
				check_lines(width, height);
				layout.a = layout.b = report;
				layout.sort = 0;
				layout_screen(lines, both, &layout, width, height);
				check_lines(width, height);
			}
		}
	}
	free(both);
	free(detail);
}

/** What the screen has no room for is in the last row, and all of them are those of the first. */
Test(vmtop_layout, rows_on_a_low_screen_add_up)
{
	for (unsigned height = 9; height < 24; height++) {
		uint64_t sum = 0;

		open_life(0);
		layout_screen(lines, report, &layout, 80, height);
		for (size_t i = 0; i < lines->count && i < lines->height; i++) {
			const char *text = lines->line[i].text;
			char *end;

			if (strncmp(text, "other (", 7) == 0)
				text = strchr(text, ')') + 1;
			else if (strncmp(text, "cpuid", 5) == 0 || strncmp(text, "ept_v", 5) == 0 ||
				 strncmp(text, "vmcall", 6) == 0 || strncmp(text, "io_", 3) == 0 ||
				 strncmp(text, "cr_", 3) == 0 || strncmp(text, "hlt", 3) == 0)
				text += strcspn(text, " ");
			else
				continue;
			sum += strtoull(text, &end, 10);
		}
		cr_assert_eq(sum, VMTOP_EVENTS_EXITS, "height %u: %llu", height,
			     (unsigned long long)sum);
		if (height < 23)
			teardown();
	}
}
