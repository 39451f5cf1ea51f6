/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines above the table: the VM's state, loss, configuration and times; of a comparison, those of
 * both. */
#include <math.h>
#include <string.h>

#include "tools/vmtop/layout.h"

#define SMALL_HEIGHT 16u /* of the screen: below, only one line of details stands above the table */

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
	if (layout->vms > 1 && !layout->a)
		lines_put(lines, STYLE_TITLE, "  [%u/%u]", layout->index + 1, layout->vms);
	if (layout->a)
		lines_put(lines, STYLE_TITLE, "  comparing  %s", layout->a->name);
	lines_put(lines, STYLE_TITLE, layout->a ? " (A) and %s (B)" : "  %s",
		  layout->a ? layout->b->name : report->name);
	if (!layout->a)
		lines_put(lines, report->state == STATE_GONE ? STYLE_ALERT : STYLE_TITLE, "  %s",
			  report->state_text);
	if (!isnan(report->progress) && report->state == STATE_RUNNING)
		lines_put(lines, STYLE_TITLE, " %.0f %%", report->progress * 100);
	if (layout->speed > 0 && report->state == STATE_RUNNING)
		lines_put(lines, STYLE_TITLE, " at %gx", layout->speed);
	if (layout->a)
		lines_put(lines, STYLE_TITLE, "  %s",
			  report->scope == SCOPE_TOTAL ? "total" : "interval");
	else
		lines_put(lines, STYLE_TITLE, "  %s", scope_text(report, scope));
}

/** What run it is. */
static void put_run(struct lines *lines, const struct report *report)
{
	lines_item(lines, STYLE_NORMAL, "engine %s", report->engine);
	lines_item(lines, STYLE_NORMAL, "paging %s", report->paging);
	lines_item(lines, STYLE_NORMAL, "io %s", report->io);
	lines_item(lines, STYLE_NORMAL, "vpid %s", report->vpid);
	lines_item(lines, STYLE_NORMAL, "unit %s", report->unit);
	lines_item(lines, STYLE_NORMAL, "guest %s", report->guest);
}

static void put_config(struct lines *lines, const struct report *report)
{
	lines_new(lines);
	put_run(lines, report);
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

/** A comparison's lines for one of the two. */
static void put_side(struct lines *lines, const struct report *report, char side, unsigned height)
{
	lines_new(lines);
	lines->indent = 3;
	lines_put(lines, STYLE_LABEL, "%c: ", side);
	lines_item(lines, STYLE_NORMAL, "%s", report->name);
	lines_item(lines, report->lost ? STYLE_ALERT : STYLE_NORMAL, "lost %llu",
		   (unsigned long long)report->lost);
	lines_item(lines, STYLE_NORMAL, "%s", report->state_text);
	lines_item(lines, STYLE_NORMAL, "%.2f s of %s time", report->seconds,
		   report->live ? "host" : "trace");
	put_run(lines, report);
	if (height >= SMALL_HEIGHT) {
		put_time(lines, report, "guest", report->guest_time, report->guest_share);
		put_time(lines, report, "VMM", report->vmm_time, report->vmm_share);
		lines_item(lines, STYLE_NORMAL, "exits %llu", (unsigned long long)report->exits);
	}
	lines->indent = 0;
}

static void put_sides(struct lines *lines, const struct layout *layout, unsigned height)
{
	put_side(lines, layout->a, 'A', height);
	put_side(lines, layout->b, 'B', height);
	if (strcmp(layout->a->unit, layout->b->unit) == 0)
		return;
	lines_new(lines);
	lines_put(lines, STYLE_ALERT, "A's times are in %s, B's in %s: they cannot be compared",
		  layout->a->unit, layout->b->unit);
}

void layout_header(struct lines *lines, const struct report *report, const struct layout *layout,
		   unsigned height)
{
	put_title(lines, report, layout);
	lines_pad(lines, STYLE_TITLE, lines->width);
	if (layout->a) {
		put_sides(lines, layout, height);
	} else if (height >= SMALL_HEIGHT) {
		put_config(lines, report);
		put_times(lines, report);
		put_counts(lines, report);
	} else if (height >= SMALL_HEIGHT / 2) {
		put_counts(lines, report);
	}
}
