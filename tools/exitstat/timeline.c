// SPDX-License-Identifier: GPL-2.0-only
/* exitstat timeline: a heat map of latency over time, by exit reason. */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "heat.h"
#include "json.h"
#include "text.h"
#include "trace/names.h"
#include "view.h"

#define LABEL_WIDTH 14 /* of a band, and the blank behind it */
#define WIDTH_MOST  1000

static const char help[] =
    "usage: exitstat timeline DIR [OPTIONS]\n"
    "       exitstat timeline --attach [NAME] [--for SECONDS] [OPTIONS]\n"
    "\n"
    "Draw latency over time: a map for each exit reason, time from left to right, latency from\n"
    "below upwards in octaves, the shade for how many exits (in logarithmic steps).\n"
    "\n"
    "  --top N              maps for so many reasons, the longest total first (4; 0: all)\n"
    "  --width N            columns (the terminal's; else COLUMNS, or 80)\n"
    "  --ascii              no other characters than ASCII, which is the choice too where the\n"
    "                       locale is not UTF-8; NO_COLOR is honoured\n" VIEW_HELP
    "  --json               print JSON: every count\n"
    "  -h, --help           print this\n"
    "\n"
    "Exit status: 0; 1 if there was no such exit; 2 if nothing could be read.\n";

enum { OPT_TOP = 256, OPT_WIDTH, OPT_ASCII };

static const struct option long_options[] = {
    {"top", required_argument, NULL, OPT_TOP}, {"width", required_argument, NULL, OPT_WIDTH},
    {"ascii", no_argument, NULL, OPT_ASCII},   VIEW_OPTIONS,
    {"help", no_argument, NULL, 'h'},	       {0},
};

struct timeline {
	struct view view;
	struct heat heat;
	struct heat_style style;
	uint64_t top, width;
	bool ascii;
};

static int take_option(struct timeline *timeline, const struct options *options, int option)
{
	switch (option) {
	case OPT_TOP:
		if (parse_number(optarg, 0, SIZE_MAX, &timeline->top))
			return 0;
		usage_error(options, "--top %s: not a number of reasons", optarg);
		return -1;
	case OPT_WIDTH:
		if (parse_number(optarg, LABEL_WIDTH + 10, WIDTH_MOST, &timeline->width))
			return 0;
		usage_error(options, "--width %s: not a number of columns, %d to %d", optarg,
			    LABEL_WIDTH + 10, WIDTH_MOST);
		return -1;
	case OPT_ASCII:
		timeline->ascii = true;
		return 0;
	default:
		return view_option(&timeline->view, options, option);
	}
}

static int parse(struct timeline *timeline, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	int option;

	timeline->top = 4;
	while ((option = option_next(&options)) != -1)
		if (take_option(timeline, &options, option) < 0)
			return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	return source_operand(&timeline->view.source, &options) < 0 ? STATUS_FAILED : -1;
}

/** Columns of the screen: as asked, the terminal's, or what the environment says. */
static uint64_t screen_width(const struct timeline *timeline)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width = 80;

	if (timeline->width)
		return timeline->width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	else if (columns && !parse_number(columns, 1, WIDTH_MOST, &width))
		width = 80;
	if (width < LABEL_WIDTH + 10)
		return LABEL_WIDTH + 10;
	return width < WIDTH_MOST ? width : WIDTH_MOST;
}

static void choose_style(struct timeline *timeline)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	setlocale(LC_CTYPE, "");
	timeline->style.width = (unsigned)screen_width(timeline) - LABEL_WIDTH;
	timeline->style.utf8 = !timeline->ascii && !strcmp(nl_langinfo(CODESET), "UTF-8");
	timeline->style.colour =
	    isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term && strcmp(term, "dumb");
}

static void take(void *context, const struct exit_group *group)
{
	struct timeline *timeline = context;

	if (group->exit)
		heat_add(&timeline->heat, group->exit->reason, group->exit->exit_tsc,
			 exit_latency(group->exit));
}

/** The first band of a row that has exits from @band on, in steps of @step; HEAT_BANDS: none. */
static unsigned next_band(const struct heat_row *row, unsigned band, int step)
{
	while (band < HEAT_BANDS && !row->band[band])
		band += (unsigned)step; /* below 0 it becomes large */
	return band < HEAT_BANDS ? band : HEAT_BANDS;
}

/** The time axis under a map: from 0 to the whole. */
static void print_axis(const struct timeline *timeline, size_t columns, size_t merge)
{
	char end[TEXT_NUMBER_MAX];
	int width = (int)columns;

	text_count(end, heat_slots(&timeline->heat) ? columns * merge * timeline->heat.width : 0);
	printf("%*s 0%*s\n", LABEL_WIDTH - 1, "", width > 1 ? width - 1 : 1, end);
}

static void print_map(const struct timeline *timeline, const struct heat_row *row)
{
	const struct heat *heat = &timeline->heat;
	size_t slots = heat_slots(heat), merge;
	size_t columns = heat_columns(&timeline->style, slots, &merge);
	uint64_t peak = heat_peak(row, slots, merge);
	unsigned low = next_band(row, 0, 1), high = next_band(row, HEAT_BANDS - 1, -1);
	char name[12], count[TEXT_NUMBER_MAX], share[TEXT_NUMBER_MAX], most[TEXT_NUMBER_MAX];

	printf("\n%s: %s exits, ",
	       vts_name_or_number(vts_exit_reason_name(row->reason), row->reason, name),
	       text_count(count, row->count));
	printf("%s of the time; at most %s in a cell\n", text_share(share, row->sum, heat->sum),
	       text_count(most, peak));
	for (unsigned band = high; band != low - 1; band--) {
		char *line = heat_line(&timeline->style, row->band[band], slots, merge, peak);

		printf("%*s %s\n", LABEL_WIDTH - 1, text_count(count, heat_low(band)), line);
		free(line);
	}
	print_axis(timeline, columns, merge);
}

static void print_text(const struct timeline *timeline)
{
	const struct heat *heat = &timeline->heat;
	const char *unit = vts_source_unit(timeline->view.reader);
	size_t count, shown, merge;
	const struct heat_row **rows = heat_sort(heat, &count);
	char exits[TEXT_NUMBER_MAX], wide[TEXT_NUMBER_MAX], lost[TEXT_NUMBER_MAX];
	char *legend = heat_legend(&timeline->style);

	heat_columns(&timeline->style, heat_slots(heat), &merge);
	shown = timeline->top && timeline->top < count ? timeline->top : count;
	printf("%s: latency over time of %s exits, in %s; %s events lost\n",
	       source_title(&timeline->view.source), text_count(exits, heat->count), unit,
	       text_count(lost, vts_source_lost(timeline->view.reader)));
	if (count)
		printf(
		    "a line: latencies from that number to twice it; a column: %s %s; exits: %s\n",
		    text_count(wide, merge * heat->width), unit, legend);
	for (size_t i = 0; i < shown; i++)
		print_map(timeline, rows[i]);
	if (shown < count)
		printf("\n%zu more reasons: --top 0 shows them\n", count - shown);
	free(legend);
	free(rows);
}

static json_t *bands_json(const struct heat_row *row, size_t slots)
{
	json_t *bands = json_new_array();

	for (unsigned band = 0; band < HEAT_BANDS; band++) {
		json_t *object, *counts;

		if (!row->band[band])
			continue;
		object = json_new_object();
		counts = json_new_array();
		for (size_t i = 0; i < slots; i++)
			json_add(counts, json_integer((json_int_t)row->band[band][i]));
		json_put_count(object, "low", heat_low(band));
		json_put_count(object, "high", heat_high(band));
		json_put(object, "counts", counts);
		json_add(bands, object);
	}
	return bands;
}

static void print_json(const struct timeline *timeline)
{
	const struct heat *heat = &timeline->heat;
	json_t *root = json_new_object(), *reasons = json_new_array();
	size_t count;
	const struct heat_row **rows = heat_sort(heat, &count);
	char number[12];

	json_put_text(root, "unit", vts_source_unit(timeline->view.reader));
	json_put_count(root, "lost", vts_source_lost(timeline->view.reader));
	json_put_count(root, "begin", heat->base * heat->width);
	json_put_count(root, "width", heat->width);
	json_put_count(root, "slots", heat_slots(heat));
	for (size_t i = 0; i < count; i++) {
		json_t *object = json_new_object();
		const char *name = vts_exit_reason_name(rows[i]->reason);

		json_put_text(object, "reason", vts_name_or_number(name, rows[i]->reason, number));
		json_put_count(object, "number", rows[i]->reason);
		json_put_count(object, "count", rows[i]->count);
		json_put_count(object, "sum", rows[i]->sum);
		json_put(object, "bands", bands_json(rows[i], heat_slots(heat)));
		json_add(reasons, object);
	}
	json_put(root, "reasons", reasons);
	free(rows);
	json_print(root);
}

int timeline_main(int argc, char **argv)
{
	struct timeline timeline = {0};
	int status = parse(&timeline, argc, argv);

	if (status >= 0)
		return status;
	if (!view_open(&timeline.view))
		return STATUS_FAILED;
	heat_init(&timeline.heat);
	if (!view_read(&timeline.view, take, &timeline)) {
		status = STATUS_FAILED;
	} else {
		choose_style(&timeline);
		status = timeline.heat.count ? STATUS_OK : STATUS_NO;
		if (timeline.view.json)
			print_json(&timeline);
		else
			print_text(&timeline);
	}
	heat_free(&timeline.heat);
	view_close(&timeline.view);
	return status;
}
