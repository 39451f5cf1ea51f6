/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tools/vmtop/compare.h"
#include "tools/vmtop/export.h"
#include "tools/vmtop/stop.h"
#include "tools/vmtop/views.h"

#define PUMP_SECONDS 0.02

/** A table must not wrap on a terminal; a file gets every column. */
static unsigned output_width(const struct view *view)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return layout_full_width(view);
}

/** The row called @name, or that of all; NULL if there is none. */
static const struct row *find_row(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->rows; i++)
		if (strcmp(report->row[i].label, name) == 0)
			return &report->row[i];
	return strcmp(report->all.label, name) == 0 ? &report->all : NULL;
}

/** The row that is asked for, or, if it is not there, its name alone; of a comparison, that of each
 *  side. */
static void open_row(const struct fleet *fleet, size_t i, const struct report *report,
		     const char *name, struct detail detail[2])
{
	const struct row *row = find_row(report, name);
	struct detail_key key[2];

	memset(detail, 0, 2 * sizeof(*detail));
	for (size_t side = 0; !row && side < 2; side++)
		snprintf(detail[side].row.label, sizeof(detail[side].row.label), "%.60s", name);
	if (!row)
		return;
	compare_keys(row, key);
	if (report->view->compares)
		for (size_t side = 0; side < 2; side++)
			fleet_detail(fleet, side, fleet->member[side].report[report->scope],
				     &key[side], &detail[side]);
	else if (report->view == &views[VIEW_VMS])
		fleet_detail(fleet, row->vm, fleet->member[row->vm].report[report->scope], &key[0],
			     &detail[0]);
	else
		fleet_detail(fleet, i, report, &key[0], &detail[0]);
}

static int print_member(const struct fleet *fleet, size_t i, const struct options *options)
{
	static struct detail detail[2]; /* too large for a stack */
	const struct detail *const opened[2] = {options->row ? &detail[0] : NULL, &detail[1]};
	enum scope scope =
	    options->mode == MODE_ONCE || options->total ? SCOPE_TOTAL : SCOPE_INTERVAL;
	const struct layout layout = {
	    .sort = options->sort,
	    .index = (unsigned)i,
	    .vms = (unsigned)fleet->count,
	    .filter = options->filter,
	    .a = options->compare[0] ? fleet->member[0].report[scope] : NULL,
	    .b = options->compare[0] ? fleet->member[1].report[scope] : NULL,
	};
	struct report *report =
	    options->compare[0] ? fleet->comparison[scope] : fleet->member[i].report[scope];

	if (options->row)
		open_row(fleet, i, report, options->row, detail);
	return export_print(stdout, report, opened, &layout, options->top,
			    output_width(report->view), options->json);
}

/** Sample until the interval is over, or nothing more can come. */
static void wait_interval(struct fleet *fleet, double seconds)
{
	const struct timespec nap = {.tv_nsec = (long)(PUMP_SECONDS * 1e9)};
	double end = model_host_clock() + seconds;

	do {
		nanosleep(&nap, NULL);
		fleet_pump(fleet, end);
	} while (!stop_requested() && !fleet_ended(fleet) && model_host_clock() < end);
}

static bool sampled_enough(const struct options *options, uint64_t samples)
{
	if (options->mode == MODE_ONCE)
		return samples > 0;
	return options->samples && samples >= options->samples;
}

/** Close the intervals of all, and print those that have not ended before. */
static int sample_live(struct fleet *fleet, const struct options *options)
{
	/* One table for all? */
	bool together = options->view == &views[VIEW_VMS] || options->compare[0];

	for (size_t i = 0; i < fleet->count; i++) {
		struct member *member = &fleet->member[i];

		if (member->final)
			continue;
		fleet_tick(fleet, i, model_host_clock());
		member->final = member->model->settled;
		if (!together && print_member(fleet, i, options) < 0)
			return -1;
	}
	if (!together || !fleet->count)
		return 0;
	fleet_report(fleet, 0);
	return print_member(fleet, 0, options);
}

static int run_live(struct fleet *fleet, const struct options *options)
{
	bool discover =
	    !options->attached && !options->run && !options->kvm && !options->compare[0];
	uint64_t samples = 0;

	do {
		wait_interval(fleet, options->interval);
		if (stop_requested())
			return 0;
		if (sample_live(fleet, options) < 0)
			return -1;
		if (discover && fleet->count < FLEET_MAX)
			fleet_discover(fleet);
	} while (!sampled_enough(options, ++samples) && !fleet_ended(fleet));
	return 0;
}

/** Count a trace up to @limit, or to its end. */
static void replay_to(struct fleet *fleet, size_t i, uint64_t limit)
{
	struct model *model = fleet->member[i].model;
	uint64_t last;

	while (!model_pump(model, limit, model_host_clock() + 0.1) && !stop_requested())
		;
	last = model_ended(model) || limit == UINT64_MAX ? model->stats.last_tsc : limit;
	fleet_tick(fleet, i, model_trace_seconds(model, last));
}

/** One sample of a trace up to its next interval's end: intervals in which nothing happened are
 *  passed over, and the next one says how long it is. */
static void replay_sample(struct fleet *fleet, const struct options *options)
{
	struct model *model = fleet->member[0].model;
	uint64_t limit = UINT64_MAX, tsc = 0;

	if (options->mode == MODE_BATCH && model_peek(model, &tsc))
		limit = model_interval_end(model, tsc, options->interval);
	replay_to(fleet, 0, limit);
}

/** The same of two traces: the @number'th interval of each. */
static void replay_both(struct fleet *fleet, const struct options *options, uint64_t number)
{
	for (size_t i = 0; i < 2; i++) {
		const struct model *model = fleet->member[i].model;
		double units = (double)number * options->interval * (double)model->hz;
		uint64_t limit = UINT64_MAX;

		if (options->mode == MODE_BATCH && units >= 1 && units < 0x1p62)
			limit = model->origin + (uint64_t)units;
		replay_to(fleet, i, limit);
	}
}

static int run_replay(struct fleet *fleet, const struct options *options)
{
	uint64_t samples = 0;

	do {
		if (options->compare[0])
			replay_both(fleet, options, samples + 1);
		else
			replay_sample(fleet, options);
		if (stop_requested())
			return 0;
		if (print_member(fleet, 0, options) < 0)
			return -1;
	} while (!sampled_enough(options, ++samples) && !fleet_settled(fleet));
	return 0;
}

int batch_run(struct fleet *fleet, const struct options *options)
{
	bool replay = fleet->count && !fleet->member[0].model->live;

	return replay ? run_replay(fleet, options) : run_live(fleet, options);
}
