// SPDX-License-Identifier: GPL-2.0-only
/* Results of vtbench as runs: a cell is a phase, a repetition a run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measured.h"
#include "results.h"

/* Where the numbers of a line go: in the row of the cell itself, or in that of a table and key. */
static const struct {
	const char *name;
	enum figure_table table;
	const char *key;
	enum metric metric;
} numbers[] = {
    {"ops", TABLE_RUN, "", METRIC_OPS},
    {"total", TABLE_RUN, "", METRIC_SPAN},
    {"guest", TABLE_RUN, "", METRIC_GUEST},
    {"vmm", TABLE_RUN, "", METRIC_VMM},
    {"clear", TABLE_RUN, "", METRIC_CLEAR},
    {"idle", TABLE_RUN, "", METRIC_IDLE},
    {"events", TABLE_RUN, "", METRIC_EVENTS},
    {"transition_flushes", TABLE_RUN, "", METRIC_TRANSITION},
    {"measured", TABLE_RUN, "", METRIC_VALUE},
    {"io_requests", TABLE_RUN, "", METRIC_REQUESTS},
    {"io_bytes", TABLE_RUN, "", METRIC_BYTES},
    {"notifications", TABLE_RUN, "", METRIC_NOTIFICATIONS},
    {"exits", TABLE_EXITS, "", METRIC_COUNT},
    {"disk_requests", TABLE_DEVICE, "disk", METRIC_REQUESTS},
    {"disk_bytes", TABLE_DEVICE, "disk", METRIC_BYTES},
    {"disk_depth", TABLE_DEVICE, "disk", METRIC_DEPTH},
};

/* And its objects of numbers: a row for each name in it. */
static const struct {
	const char *name;
	enum figure_table table;
	enum metric metric;
} objects[] = {
    {"exits_by_reason", TABLE_REASON, METRIC_COUNT},
    {"tlb_flushes", TABLE_TLB_FLUSH, METRIC_COUNT},
    {"flush_causes", TABLE_FLUSH_CAUSE, METRIC_COUNT},
    {"ept_violations", TABLE_EPT_VIOLATION, METRIC_COUNT},
    {"shadow_faults", TABLE_SHADOW_FAULT, METRIC_COUNT},
    {"shadow_zaps", TABLE_SHADOW_ZAP, METRIC_COUNT},
    {"shadow_zap_entries", TABLE_SHADOW_ZAP, METRIC_ENTRIES},
    {"injections", TABLE_INJECTION, METRIC_COUNT},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** The row of a table and key among those of this cell, which are from @first on. */
static struct figure_row *row_of(struct figures *figures, size_t first, enum figure_table table,
				 const char *phase, const char *key)
{
	for (size_t i = first; i < figures->count; i++)
		if (figures->rows[i].table == table && !strcmp(figures->rows[i].key, key))
			return &figures->rows[i];
	return figures_new_row(figures, table, phase, key);
}

static void add_cell(struct figures *figures, const json_t *line)
{
	char title[RESULT_TITLE_MAX], phase[FIGURE_PHASE_MAX];
	size_t first = figures->count;

	result_title(line, title);
	figure_phase(title, phase);
	figure_set(row_of(figures, first, TABLE_RUN, phase, ""), METRIC_RUNS, 1);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		const json_t *value = json_object_get(line, numbers[i].name);

		if (json_is_integer(value) && json_integer_value(value) >= 0)
			figure_set(row_of(figures, first, numbers[i].table, phase, numbers[i].key),
				   numbers[i].metric, (double)json_integer_value(value));
	}
	for (size_t i = 0; i < COUNT(objects); i++) {
		json_t *value;
		const char *key;

		json_object_foreach(json_object_get(line, objects[i].name), key, value)
		{
			if (json_is_integer(value) && json_integer_value(value) >= 0)
				figure_set(row_of(figures, first, objects[i].table, phase, key),
					   objects[i].metric, (double)json_integer_value(value));
		}
	}
}

/** What of a line must be the same for two of one workload to be the same work: the operations are
 *  figures of its cell. */
static void put_workload(json_t *workload, const json_t *line)
{
	char text[160];

	snprintf(text, sizeof(text), "seed %lld, memory %s, digest %s",
		 (long long)json_integer_value(json_object_get(line, "seed")),
		 result_text(line, "mem"), result_text(line, "digest"));
	json_put_text(workload, result_text(line, "workload"), text);
}

/** Results name no ABI: vtbench and this program are of one build. */
static json_t *about_results(const json_t *lines)
{
	const json_t *first = json_array_get(lines, 0);
	json_t *about = json_new_object(), *part, *line;
	size_t i;

	json_put_count(about, "abi", VTS_ABI_VERSION);
	json_put_text(about, "unit", result_text(first, "unit"));
	json_put_text(about, "compiler", result_version(first, "compiler"));
	json_put(about, "engine", part = json_new_object());
	json_put_text(part, "engine", result_text(first, "engine"));
	json_put_text(part, "engine_version", result_version(first, "engine"));
	json_put(about, "workload", part = json_new_object());
	json_array_foreach(lines, i, line)
	{
		put_workload(part, line);
	}
	json_put(about, "configuration", part = json_new_object());
	json_put_text(part, "results", "vtbench");
	json_put(about, "subject", part = json_new_object());
	json_put_text(part, "vtscope", result_version(first, "vtscope"));
	return about;
}

/** Can the lines be trusted, and are they of one engine and build? */
static int judge(const json_t *lines, const char *path, const struct measured_options *options,
		 struct vts_error *error)
{
	static const char *const versions[] = {"engine", "compiler", "vtscope"};
	const json_t *first = json_array_get(lines, 0);
	char title[RESULT_TITLE_MAX];
	json_t *line;
	size_t i;

	if (options->symbols)
		return fail(error, "%s: results name no guest functions: leave out --symbols",
			    path);
	json_array_foreach(lines, i, line)
	{
		result_title(line, title);
		if (!json_is_true(json_object_get(line, "ok")) && !options->force)
			return fail(error, "%s: %s is not ok: %.200s: run it again", path, title,
				    result_text(line, "error"));
		if (strcmp(result_text(line, "unit"), result_text(first, "unit")) ||
		    strcmp(result_text(line, "engine"), result_text(first, "engine")))
			return fail(error,
				    "%s: line %zu is of another engine than the first: run "
				    "each with one",
				    path, i + 1);
		for (size_t v = 0; v < COUNT(versions); v++)
			if (strcmp(result_version(line, versions[v]),
				   result_version(first, versions[v])))
				return fail(error,
					    "%s: line %zu is of another version of %s than the "
					    "first: run all of it with one",
					    path, i + 1, versions[v]);
	}
	return 0;
}

/** The cells of one repetition, as a run. @count: how many. */
static int add_repetition(struct measured *measured, const char *path, const json_t *lines,
			  json_int_t rep, size_t *count, struct vts_error *error)
{
	struct figures figures = {0};
	json_t *line;
	size_t i;

	*count = 0;
	json_array_foreach(lines, i, line)
	{
		if (json_integer_value(json_object_get(line, "rep")) != rep)
			continue;
		add_cell(&figures, line);
		++*count;
	}
	if (!*count)
		return 0;
	if (figures_sort(&figures))
		return measured_add(measured, path, about_results(lines), &figures, error);
	figures_free(&figures);
	return fail(error, "%s: two results are of the same cell: run each once", path);
}

int measured_add_results(struct measured *measured, const char *path,
			 const struct measured_options *options, struct vts_error *error)
{
	json_t *lines = results_load(path, error);
	size_t done = 0, count;
	int status = lines ? judge(lines, path, options, error) : -1;

	for (json_int_t rep = 0; !status && done < json_array_size(lines); rep++) {
		status = add_repetition(measured, path, lines, rep, &count, error);
		if (!status && !count)
			status = fail(error, "%s: repetition %lld is missing: run it again", path,
				      (long long)rep + 1);
		done += count;
	}
	json_decref(lines);
	return status;
}
