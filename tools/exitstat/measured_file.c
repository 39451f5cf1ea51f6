// SPDX-License-Identifier: GPL-2.0-only
/* The stored form of a measurement: JSON, with a line for each row of figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measured.h"

#define FORMAT_KEY "exitstat_format"

static json_t *number_json(double value)
{
	return value == floor(value) && fabs(value) < 9e15 ? json_integer((json_int_t)value)
							   : json_real(value);
}

/** A metric of @like's row: a number or, of several runs, an array of them; NULL if no run has
 *  it. */
static json_t *metric_json(const struct measured *measured, const struct figure_row *like,
			   enum metric metric)
{
	json_t *array = json_new_array();
	bool any = false;

	for (size_t i = 0; i < measured->count; i++) {
		const struct figure_row *row = figures_find(&measured->runs[i], like);
		bool has = row && figure_has(row, metric);

		json_add(array, has ? number_json(row->value[metric]) : json_null());
		any |= has;
	}
	if (any && measured->count > 1)
		return array;
	if (any) {
		json_t *only = json_incref(json_array_get(array, 0));

		json_decref(array);
		return only;
	}
	json_decref(array);
	return NULL;
}

static json_t *row_json(const struct measured *measured, const struct figure_row *like)
{
	json_t *object = json_new_object();

	if (*like->phase)
		json_put_text(object, "phase", like->phase);
	json_put_text(object, "table", figure_tables[like->table].name);
	if (*like->key)
		json_put_text(object, "key", like->key);
	for (int m = 0; m < METRICS; m++) {
		json_t *value = metric_json(measured, like, m);

		if (value)
			json_put(object, metrics[m].name, value);
	}
	return object;
}

json_t *measured_json(const struct measured *measured)
{
	json_t *root = json_new_object(), *rows = json_new_array();
	struct figures all = {0};

	json_put_count(root, FORMAT_KEY, MEASURED_FORMAT);
	json_object_update(root, measured->about);
	json_put_count(root, "runs", measured->count);
	figures_union(&all, measured->runs, measured->count);
	for (size_t i = 0; i < all.count; i++)
		json_add(rows, row_json(measured, &all.rows[i]));
	figures_free(&all);
	json_put(root, "figures", rows);
	return root;
}

/** One value of the root, in one line or, an object, in a line a key. */
static void print_value(FILE *file, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) |
					   (json_is_object(value) ? JSON_INDENT(1) : 0));

	if (!text)
		die_of_memory();
	fputs(text, file);
	free(text);
}

static void print_rows(FILE *file, const json_t *rows)
{
	size_t i;
	json_t *row;

	fputs("[", file);
	json_array_foreach(rows, i, row)
	{
		fputs(i ? ",\n" : "\n", file);
		json_dumpf(row, file, JSON_COMPACT | JSON_REAL_PRECISION(15));
	}
	fputs("\n]", file);
}

bool measured_print(const json_t *stored, FILE *file)
{
	bool first = true;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)stored, key, value)
	{
		fprintf(file, "%s\"%s\": ", first ? "{\n" : ",\n", key);
		first = false;
		if (json_is_array(value))
			print_rows(file, value);
		else
			print_value(file, value);
	}
	fputs("\n}\n", file);
	return !ferror(file);
}

/* ---- reading it --------------------------------------------------------------------------------- */

/** A file being read, for messages. */
struct parser {
	struct measured *measured;
	const char *kind, *where;
	struct vts_error *error;
};

static int refuse(const struct parser *parser, const char *why)
{
	return fail(parser->error, "%s: damaged %s: %s: restore it, or make it again",
		    parser->where, parser->kind, why);
}

/** The value of one run: a number, an array's element, or NaN if the run has none. */
static bool run_value(const json_t *value, size_t run, size_t runs, double *number)
{
	const json_t *one = value;

	if (json_is_array(value)) {
		if (json_array_size(value) != runs)
			return false;
		one = json_array_get(value, run);
	} else if (runs != 1) {
		return false;
	}
	*number = json_is_null(one) ? NAN : json_number_value(one);
	return json_is_null(one) || (json_is_number(one) && *number >= 0 && isfinite(*number));
}

static int parse_metric(const struct parser *parser, struct figure_row *const *rows,
			const char *name, const json_t *value)
{
	int metric = metric_find(name);
	char why[128];

	if (metric < 0)
		return fail(parser->error,
			    "%s: this %s has a figure %.60s that is unknown here: use a newer "
			    "exitstat",
			    parser->where, parser->kind, name);
	for (size_t i = 0; i < parser->measured->count; i++) {
		double number;

		if (!run_value(value, i, parser->measured->count, &number)) {
			snprintf(why, sizeof(why), "a value of %s is no number", name);
			return refuse(parser, why);
		}
		if (!isnan(number))
			figure_set(rows[i], metric, number);
	}
	return 0;
}

/** The texts that say which row it is. */
static int parse_identity(const struct parser *parser, const json_t *object, int *table,
			  const char **phase, const char **key)
{
	const char *name = json_string_value(json_object_get(object, "table"));
	const json_t *p = json_object_get(object, "phase"), *k = json_object_get(object, "key");

	*phase = p ? json_string_value(p) : "";
	*key = k ? json_string_value(k) : "";
	if (!name || !*phase || !*key)
		return refuse(parser,
			      "a row of figures has no table, or its key or phase is no text");
	*table = figure_table_find(name);
	if (*table < 0)
		return fail(parser->error,
			    "%s: this %s has a table %.60s that is unknown here: use a newer "
			    "exitstat",
			    parser->where, parser->kind, name);
	return 0;
}

static int parse_row(const struct parser *parser, const json_t *object)
{
	struct figure_row *rows[MEASURED_RUNS_MAX];
	const char *phase = "", *key = "", *name;
	json_t *value;
	int table = 0;

	if (parse_identity(parser, object, &table, &phase, &key) < 0)
		return -1;
	for (size_t i = 0; i < parser->measured->count; i++)
		rows[i] = figures_new_row(&parser->measured->runs[i], table, phase, key);
	json_object_foreach((json_t *)object, name, value)
	{
		if (strcmp(name, "table") && strcmp(name, "key") && strcmp(name, "phase") &&
		    parse_metric(parser, rows, name, value) < 0)
			return -1;
	}
	for (size_t i = 0; i < parser->measured->count; i++)
		if (!rows[i]->has) /* the run has no such row */
			parser->measured->runs[i].count--;
	return 0;
}

static int parse_rows(const struct parser *parser, const json_t *stored)
{
	const json_t *rows = json_object_get(stored, "figures");
	size_t i;
	json_t *row;

	if (!json_is_array(rows) || !json_array_size(rows))
		return refuse(parser, "it has no figures");
	json_array_foreach(rows, i, row)
	{
		if (parse_row(parser, row) < 0)
			return -1;
	}
	for (i = 0; i < parser->measured->count; i++)
		if (!figures_sort(&parser->measured->runs[i]))
			return refuse(parser, "two rows of figures are of the same thing");
	return 0;
}

/** What must be said before any figure means something. */
static int parse_about(const struct parser *parser, const json_t *stored)
{
	static const char *const objects[] = {"engine", "workload", "configuration", "subject"};
	static const char *const plain[] = {"abi", "unit", "compiler"};
	json_t *about = json_new_object();
	const char *unit;
	size_t i;

	parser->measured->about = about;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		json_t *value = json_object_get(stored, plain[i]);

		json_put(about, plain[i], value ? json_incref(value) : json_null());
	}
	for (i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		json_t *object = json_object_get(stored, objects[i]);

		if (!json_is_object(object))
			return refuse(parser, "it does not say of which engine, workload and "
					      "configuration it is");
		json_put(about, objects[i], json_deep_copy(object));
	}
	if (!json_is_integer(json_object_get(about, "abi")))
		return refuse(parser, "it does not say its ABI");
	unit = measured_unit(parser->measured);
	if (strcmp(unit, "instr") && strcmp(unit, "cycles") && strcmp(unit, "ns"))
		return refuse(parser, "its unit is none of instr, cycles, ns");
	parser->measured->exact = !strcmp(unit, "instr");
	return 0;
}

static int parse_stored(const struct parser *parser, const json_t *stored)
{
	const json_t *format = json_object_get(stored, FORMAT_KEY);
	json_int_t runs = json_integer_value(json_object_get(stored, "runs"));

	if (!json_is_integer(format))
		return fail(parser->error, "%s: no %s of exitstat: name one that exitstat wrote",
			    parser->where, parser->kind);
	if (json_integer_value(format) > MEASURED_FORMAT)
		return fail(parser->error,
			    "%s: a %s of format %" JSON_INTEGER_FORMAT
			    ", newer than this exitstat's %d: use a newer exitstat",
			    parser->where, parser->kind, json_integer_value(format),
			    MEASURED_FORMAT);
	if (runs < 1 || runs > MEASURED_RUNS_MAX)
		return refuse(parser, "its number of runs is out of range");
	parser->measured->runs = calloc((size_t)runs, sizeof(struct figures));
	if (!parser->measured->runs)
		die_of_memory();
	parser->measured->count = (size_t)runs;
	if (parse_about(parser, stored) < 0)
		return -1;
	if (parser->measured->exact && runs != 1)
		return refuse(parser, "runs in instr are equal, so there is one");
	return parse_rows(parser, stored);
}

int measured_parse(struct measured *measured, const json_t *stored, const char *kind,
		   const char *where, struct vts_error *error)
{
	const struct parser parser = {measured, kind, where, error};

	*measured = (struct measured){.title = where};
	if (parse_stored(&parser, stored) == 0)
		return 0;
	measured_free(measured);
	return -1;
}
