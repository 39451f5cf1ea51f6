// SPDX-License-Identifier: GPL-2.0-only
/* Two results of vtbench, figure by figure. */
#include "diff_results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"
#include "text.h"

#define FIGURE_MAX RESULT_TITLE_MAX

/* What makes a cell: lines that agree in all of it are compared. */
static const char *const cell_keys[] = {"workload", "paging",	 "io",	      "vpid", "ept_pages",
					"rep",	    "vmm_build", "ops_asked", "seed", "mem"};
/* What says nothing of the guest or the VMM, or is not in baselines: of exit_times vmm is the sum. */
static const char *const other_keys[] = {"versions", "command", "host_seconds", "commit",    "ok",
					 "error",    "unit",	"engine",	"exit_times"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Results of both sides, and what came of them so far. */
struct results_diff {
	const struct diff *diff;
	json_t *lines[2];    /* arrays of objects */
	struct table *table; /* of text, or */
	json_t *rows;
	size_t cells, different;
};

/** One figure of one cell; @a or @b may be NULL: not there. */
struct figure {
	const json_t *line[2]; /* the cell in A and B */
	const char *name;
	const json_t *a, *b;
};

static bool is_among(const char *key, const char *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/** Equal values; null is as good as nothing. */
static bool same_value(const json_t *a, const json_t *b)
{
	bool no_a = !a || json_is_null(a), no_b = !b || json_is_null(b);

	return no_a || no_b ? no_a == no_b : json_equal(a, b);
}

static bool same_cell(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < COUNT(cell_keys); i++)
		if (!same_value(json_object_get(a, cell_keys[i]), json_object_get(b, cell_keys[i])))
			return false;
	/* Where nothing is said of the virtual APIC, it is as it comes. */
	return json_is_false(json_object_get(a, "apicv")) ==
	       json_is_false(json_object_get(b, "apicv"));
}

static const json_t *find_cell(const json_t *lines, const json_t *like)
{
	size_t i;
	json_t *line;

	json_array_foreach(lines, i, line)
	{
		if (same_cell(line, like))
			return line;
	}
	return NULL;
}

/** A cell's title, with its repetition from the second on. */
static void cell_title(const json_t *line, char text[RESULT_TITLE_MAX])
{
	long long rep = json_integer_value(json_object_get(line, "rep"));
	size_t used;

	result_title(line, text);
	used = strlen(text);
	if (rep)
		snprintf(text + used, RESULT_TITLE_MAX - used, " rep %lld", rep + 1);
}

/** A figure's value for people. */
static void value_text(const json_t *value, char *text, size_t size)
{
	char number[TEXT_NUMBER_MAX];

	if (json_is_string(value))
		snprintf(text, size, "%s", json_string_value(value));
	else
		snprintf(text, size, "%s", text_count(number, (uint64_t)json_integer_value(value)));
	text_clean(text);
}

static void table_figure(struct table *table, const struct figure *figure)
{
	long long by = json_integer_value(figure->b) - json_integer_value(figure->a);
	long long ops = json_integer_value(json_object_get(figure->line[0], "ops"));
	char text[FIGURE_MAX], number[TEXT_NUMBER_MAX];

	cell_title(figure->line[0], text);
	table_cell(table, "%s", text);
	snprintf(text, sizeof(text), "%s", figure->name);
	table_cell(table, "%s", text_clean(text));
	value_text(figure->a, text, sizeof(text));
	table_cell(table, "%s", text);
	value_text(figure->b, text, sizeof(text));
	table_cell(table, "%s", text);
	if (json_is_string(figure->a))
		table_cell(table, "other");
	else
		table_cell(table, "%s%s", by < 0 ? "-" : (by ? "+" : ""),
			   text_count(number, (uint64_t)(by < 0 ? -by : by)));
	if (by && ops && strcmp(figure->name, "measured"))
		table_cell(table, "%+.2f", (double)by / (double)ops);
	else
		table_cell(table, "-");
	snprintf(text, sizeof(text), "%s", result_text(figure->line[0], "commit"));
	table_cell(table, "%s", text_clean(text));
}

static json_t *figure_json(const struct figure *figure)
{
	json_t *object = json_new_object();

	for (size_t i = 0; i < COUNT(cell_keys); i++)
		json_put(object, cell_keys[i],
			 json_deep_copy(json_object_get(figure->line[0], cell_keys[i])));
	json_put(object, "apicv", json_deep_copy(json_object_get(figure->line[0], "apicv")));
	json_put_text(object, "figure", figure->name);
	json_put(object, "a", figure->a ? json_deep_copy(figure->a) : json_integer(0));
	json_put(object, "b", figure->b ? json_deep_copy(figure->b) : json_integer(0));
	return object;
}

/** Judge a figure, and show it; true if it differs. A text that only one side has is no figure. */
static bool compare_figure(struct results_diff *results, const struct figure *figure)
{
	bool text = json_is_string(figure->a) || json_is_string(figure->b);
	bool equal = text ? same_value(figure->a, figure->b)
			  : json_integer_value(figure->a) == json_integer_value(figure->b);

	if (text && (!json_is_string(figure->a) || !json_is_string(figure->b)))
		return false;
	if (equal && !results->diff->all)
		return false;
	if (results->table)
		table_figure(results->table, figure);
	else
		json_add(results->rows, figure_json(figure));
	return !equal;
}

/** The figures of a line, by name; those of an object in it as "object: name". */
static json_t *figures_of(const json_t *line)
{
	json_t *figures = json_new_object(), *value, *inner;
	const char *key, *name;

	json_object_foreach((json_t *)line, key, value)
	{
		if (is_among(key, cell_keys, COUNT(cell_keys)) ||
		    is_among(key, other_keys, COUNT(other_keys)))
			continue;
		if (json_is_integer(value) || json_is_string(value))
			json_put(figures, key, json_incref(value));
		json_object_foreach(value, name, inner)
		{
			char full[FIGURE_MAX];

			snprintf(full, sizeof(full), "%s: %s", key, name);
			if (json_is_integer(inner))
				json_put(figures, full, json_incref(inner));
		}
	}
	return figures;
}

/** Every figure of A, then those that only B has. */
static bool compare_cell(struct results_diff *results, const json_t *a, const json_t *b)
{
	json_t *x = figures_of(a), *y = figures_of(b), *value;
	bool differs = false;
	const char *key;

	json_object_foreach(x, key, value)
	{
		struct figure figure = {{a, b}, key, value, json_object_get(y, key)};

		differs |= compare_figure(results, &figure);
	}
	json_object_foreach(y, key, value)
	{
		struct figure figure = {{a, b}, key, NULL, value};

		if (!json_object_get(x, key))
			differs |= compare_figure(results, &figure);
	}
	json_decref(x);
	json_decref(y);
	return differs;
}

/** A cell that only one side has is a difference. */
static void show_alone(struct results_diff *results, const json_t *line, unsigned side)
{
	char title[FIGURE_MAX];
	struct figure figure = {{line, line}, "cell", json_boolean(!side), json_boolean(side)};

	results->different++;
	if (!results->table) {
		json_add(results->rows, figure_json(&figure));
		return;
	}
	cell_title(line, title);
	table_cell(results->table, "%s", title);
	table_cell(results->table, "only in %c", 'A' + (int)side);
	table_skip_row(results->table);
}

static void compare_all(struct results_diff *results)
{
	size_t i;
	json_t *line;

	json_array_foreach(results->lines[0], i, line)
	{
		const json_t *other = find_cell(results->lines[1], line);

		if (!other)
			show_alone(results, line, 0);
		else if (compare_cell(results, line, other))
			results->different++;
	}
	results->cells += i;
	json_array_foreach(results->lines[1], i, line)
	{
		if (find_cell(results->lines[0], line))
			continue;
		show_alone(results, line, 1);
		results->cells++;
	}
}

/** Can a verdict be given: one engine, one compiler, nothing that failed? */
static bool judge(const struct diff *diff, json_t *const lines[2])
{
	static const char *const versions[] = {"engine", "compiler"};
	const json_t *first = json_array_get(lines[0], 0);

	for (unsigned side = 0; side < 2; side++) {
		size_t i;
		json_t *line;

		json_array_foreach(lines[side], i, line)
		{
			if (strcmp(result_text(line, "unit"), result_text(first, "unit"))) {
				complain("diff: the results mix units: they cannot be compared");
				return false;
			}
			if (json_is_false(json_object_get(line, "ok")) && !diff->force) {
				complain("diff: %s: line %zu is not ok: run it again, or add "
					 "--force",
					 diff->side[side].dir, i + 1);
				return false;
			}
			for (size_t v = 0; v < COUNT(versions) && !diff->force; v++) {
				const char *a = result_version(first, versions[v]);
				const char *b = result_version(line, versions[v]);

				if (!strcmp(a, b))
					continue;
				complain("diff: the %ss differ: %s, and %s: compare like with "
					 "like, or add --force",
					 versions[v], a, b);
				return false;
			}
		}
	}
	return true;
}

static void print_text(const struct results_diff *results)
{
	char number[TEXT_NUMBER_MAX], all[TEXT_NUMBER_MAX];

	printf("A: %s\nB: %s\n", results->diff->side[0].dir, results->diff->side[1].dir);
	table_print(results->table, stdout);
	if (results->different)
		printf("different: %s of %s cells\n", text_count(number, results->different),
		       text_count(all, results->cells));
	else
		printf("equal: %s cells, every figure\n", text_count(all, results->cells));
}

static void print_json(struct results_diff *results)
{
	json_t *root = json_new_object();

	json_put_text(root, "a", results->diff->side[0].dir);
	json_put_text(root, "b", results->diff->side[1].dir);
	json_put_bool(root, "equal", !results->different);
	json_put_count(root, "cells", results->cells);
	json_put(root, "rows", results->rows);
	json_print(root);
}

int diff_results(const struct diff *diff)
{
	static const char *const columns[] = {"<cell",	     "<figure", ">A",		">B",
					      ">difference", ">an op",	"<A stored at", NULL};
	struct results_diff results = {.diff = diff};
	int status = STATUS_FAILED;

	if (diff->side[0].tally.phase) {
		complain("diff: --phase: a result is of one phase already");
		return STATUS_FAILED;
	}
	for (unsigned side = 0; side < 2; side++) {
		struct vts_error error;

		results.lines[side] = results_load(diff->side[side].dir, &error);
		if (!results.lines[side])
			complain("%s", error.text);
	}
	if (results.lines[0] && results.lines[1] && judge(diff, results.lines)) {
		if (diff->json)
			results.rows = json_new_array();
		else
			results.table = table_new(columns);
		compare_all(&results);
		if (diff->json)
			print_json(&results);
		else
			print_text(&results);
		status = results.different ? STATUS_NO : STATUS_OK;
	}
	for (unsigned side = 0; side < 2; side++)
		json_decref(results.lines[side]);
	return status;
}
