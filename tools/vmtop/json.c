/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/json.h"

#include <jansson.h>
#include <math.h>

#include "tools/vmtop/views.h"

/** JSON's integers are signed in jansson: a count beyond them, which only a damaged trace has, is a
 *  real. */
static json_t *integer(uint64_t value)
{
	return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

/** Add @value, which may be NULL for lack of memory; 0 or -1. Takes the reference. */
static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

/** Append to @array, which is given up when that fails; 0 or -1. */
static int append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == 0)
		return 0;
	json_decref(array);
	return -1;
}

static json_t *cell(const struct column *column, const struct row *row)
{
	if (!column_has(column, row))
		return json_null();
	switch (column->cell) {
	case CELL_NAME:
	case CELL_TEXT:
	case CELL_HOST_WORDS:
		return text(column_text(column, row));
	case CELL_COUNT:
	case CELL_TIME:
	case CELL_QUANTILE:
		return integer(column_integer(column, row));
	default:
		return real(column_number(column, row));
	}
}

/** The parts of the time; NULL if out of memory. */
static json_t *host_object(const struct row *row)
{
	json_t *object = json_object();
	int failed = set(object, "hypervisor", integer(vts_host_rest(row->sum, row->host)));

	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		failed |= set(object, vts_host_part_names[i], integer(row->host[i]));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/** With the item's number, where it is one: an exit reason's. */
static json_t *row_object(const struct report *report, const struct row *row, bool numbered)
{
	const struct column *table = report->view->column;
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < report->view->columns; i++) {
		if (!column_is_known(&table[i], report))
			continue;
		failed |= set(object, table[i].name, cell(&table[i], row));
		if (i == 0 && numbered && report->view == &views[VIEW_EXITS])
			failed |= set(object, "number", integer(row->number));
	}
	if (report->has_host)
		failed |= set(object, "host_time", host_object(row));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *row_array(const struct report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->rows; i++) {
		if (json_array_append_new(array, row_object(report, &report->row[i], true)) == 0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *subs_object(const struct panel_entry *entry)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < entry->subs; i++)
		failed |= set(object, entry->sub[i].name, integer(entry->sub[i].count));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/** "KEY": {name: count}, and "KEY_detail": {name: {what: count}} where more is known. */
static int set_panel(json_t *root, const struct panel *panel)
{
	json_t *counts = json_object(), *details = json_object();
	char key[64];
	int failed = 0;

	for (size_t i = 0; i < panel->entries; i++) {
		const struct panel_entry *entry = &panel->entry[i];

		failed |= set(counts, entry->name, integer(entry->count));
		if (entry->subs)
			failed |= set(details, entry->name, subs_object(entry));
	}
	failed |= set(root, panel->key, counts);
	snprintf(key, sizeof(key), "%s_detail", panel->key);
	if (json_object_size(details))
		return failed | set(root, key, details);
	json_decref(details);
	return failed;
}

static int set_vm(json_t *root, const struct report *report)
{
	int failed = 0;

	failed |= set(root, "name", text(report->name));
	failed |= set(root, "engine", text(report->engine));
	failed |= set(root, "paging", text(report->paging));
	failed |= set(root, "io", text(report->io));
	failed |= set(root, "vpid", text(report->vpid));
	failed |= set(root, "guest", text(report->guest));
	failed |= set(root, "unit", text(report->unit));
	failed |= set(root, "state", text(report_state_name(report->state)));
	failed |= set(root, "cause", text(report->cause));
	failed |= set(root, "status",
		      report->state == STATE_ENDED ? integer(report->status) : json_null());
	failed |= set(root, "phase", report->phase[0] ? text(report->phase) : json_null());
	return failed;
}

static int set_counts(json_t *root, const struct report *report)
{
	int failed = 0;

	failed |= set(root, "scope", text(report->scope == SCOPE_TOTAL ? "total" : "interval"));
	failed |= set(root, "interval", integer(report->interval));
	failed |= set(root, "clock", text(report->live ? "host" : "trace"));
	failed |= set(root, "seconds", real(report->seconds));
	failed |= set(root, "events", integer(report->events));
	failed |= set(root, "lost", integer(report->lost));
	failed |= set(root, "problems", integer(report->problems));
	failed |= set(root, "problem", report->problems ? text(report->problem) : json_null());
	failed |= set(root, "span", integer(report->span));
	failed |= set(root, "exits", integer(report->exits));
	failed |= set(root, "guest_time", integer(report->guest_time));
	failed |= set(root, "vmm_time", integer(report->vmm_time));
	failed |= set(root, "clear_time", integer(report->clear_time));
	failed |= set(root, "idle_time", integer(report->idle_time));
	failed |= set(root, "guest_share", real(report->guest_share));
	failed |= set(root, "vmm_share", real(report->vmm_share));
	return failed;
}

static json_t *histogram_array(const struct detail *detail)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < detail->bars; i++) {
		const struct bar *bar = &detail->bar[i];

		if (!bar->count)
			continue;
		if (append(array, json_pack("{s:o, s:o, s:o}", "low", integer(bar->low), "high",
					    integer(bar->high), "count", integer(bar->count))) < 0)
			return NULL;
	}
	return array;
}

static json_t *series_array(const struct detail *detail)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < detail->points; i++)
		if (append(array, json_pack("{s:f, s:o, s:f}", "seconds", detail->point[i].seconds,
					    "count", integer(detail->point[i].count), "time",
					    detail->point[i].time)) < 0)
			return NULL;
	return array;
}

static json_t *part_object(const struct detail_part *part)
{
	return json_pack("{s:s, s:o, s:o}", "name", part->label, "count", integer(part->count),
			 "time", integer(part->time));
}

static json_t *breakdown_array(const struct breakdown *by)
{
	json_t *array = json_array();

	for (size_t i = 0; i < by->parts; i++)
		if (append(array, part_object(&by->part[i])) < 0)
			return NULL;
	if (by->rest.count && append(array, part_object(&by->rest)) < 0)
		return NULL;
	return array;
}

static json_t *detail_object(const struct report *report, const struct detail *detail)
{
	json_t *object = row_object(report, &detail->row, true), *by = json_object();
	int failed = 0;

	failed |= set(object, "histogram", histogram_array(detail));
	failed |= set(object, "series", series_array(detail));
	for (size_t i = 0; i < detail->breakdowns; i++)
		failed |= set(by, detail->by[i].key, breakdown_array(&detail->by[i]));
	failed |= set(object, "by", by);
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/** An opened row; of a comparison, A's and B's. */
static json_t *opened_object(const struct report *report, const struct detail *const detail[2],
			     const struct report *const side[2])
{
	json_t *object;

	if (!side)
		return detail_object(report, detail[0]);
	object = json_object();
	if ((set(object, "a", detail_object(side[0], detail[0])) |
	     set(object, "b", detail_object(side[1], detail[1]))) == 0)
		return object;
	json_decref(object);
	return NULL;
}

/** What @report says of its VM. */
static json_t *vm_object(const struct report *report)
{
	json_t *object = json_object();

	if ((set_vm(object, report) | set_counts(object, report)) == 0)
		return object;
	json_decref(object);
	return NULL;
}

int json_print(FILE *stream, const struct report *report, const struct detail *const detail[2],
	       const struct report *const side[2])
{
	json_t *root = side ? json_object() : vm_object(report);
	int failed =
	    side ? set(root, "a", vm_object(side[0])) | set(root, "b", vm_object(side[1])) : 0;

	failed |= set(root, "all", row_object(report, &report->all, false));
	failed |= set(root, report->view->rows, row_array(report));
	for (size_t i = 0; report->view == &views[VIEW_EXITS] && i < report->panels; i++)
		failed |= set_panel(root, &report->panel[i]);
	failed |= set(root, "view", text(report->view->name));
	failed |=
	    set(root, "other",
		rows_have_rest(report) ? row_object(report, &report->rest, false) : json_null());
	if (detail[0])
		failed |= set(root, "row", opened_object(report, detail, side));
	if (!failed)
		failed = json_dumpf(root, stream, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(root);
	if (failed || fputc('\n', stream) == EOF || fflush(stream) == EOF)
		return -1;
	return 0;
}
