// SPDX-License-Identifier: GPL-2.0-only
/* exitstat baseline: what a build was measured to do, in a file that is kept beside it. */
#include "baseline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static const char help[] =
    "usage: exitstat baseline save [-o FILE] TRACE... [OPTIONS]\n"
    "       exitstat baseline show FILE [--json]\n"
    "       exitstat baseline update FILE TRACE... [OPTIONS]\n"
    "\n"
    "Keep the figures of a run, for exitstat gate to compare later ones with: a text file fit\n"
    "for git, which also says compiler, engine, workload and configuration.\n"
    "\n"
    "save stores the figures of a trace, of several where runs vary (cycles, ns), or of results\n"
    "of vtbench (as TRACE), in which each cell is a phase; update puts those of a new one in\n"
    "their place, and says what moved; show prints them.\n"
    "\n"
    "  -o FILE       store there, not on standard output\n"
    "  --symbols F   figures by guest function too, with symbols from this file\n"
    "  --force       save: replace FILE; update: although workload, configuration, compiler or\n"
    "                engine is another; take lossy and damaged traces too\n"
    "  --json        show: as stored; update: what moved\n"
    "  -h, --help    print this\n"
    "\n"
    "Exit status: 0 done; 2 could not do it.\n";

enum { OPT_SYMBOLS = 256, OPT_FORCE, OPT_JSON };

static const struct option long_options[] = {
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"force", no_argument, NULL, OPT_FORCE},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct request {
	const char *output;
	struct measured_options measured;
	bool json;
	const char *const *operands;
	size_t count;
};

static int complain_of(const struct vts_error *error)
{
	complain("%s", error->text);
	return STATUS_FAILED;
}

/* ---- save --------------------------------------------------------------------------------------- */

static int save(const struct request *request)
{
	struct measured measured;
	struct vts_error error;
	int status = STATUS_OK;

	if (request->output && !request->measured.force && !access(request->output, F_OK)) {
		complain("%s: it is there already: exitstat baseline update %s, or --force",
			 request->output, request->output);
		return STATUS_FAILED;
	}
	if (measured_read(&measured, request->operands, request->count, &request->measured,
			  &error) < 0)
		return complain_of(&error);
	if (request->output) {
		if (baseline_store(&measured, request->output, &error) < 0)
			status = complain_of(&error);
	} else {
		json_t *stored = measured_json(&measured);

		measured_print(stored, stdout);
		json_decref(stored);
	}
	measured_free(&measured);
	return status;
}

/* ---- show --------------------------------------------------------------------------------------- */

static void show_about(const struct measured *measured)
{
	static const char *const objects[] = {"engine", "workload", "configuration", "subject"};
	const char *compiler = measured_about(measured, "", "compiler");

	printf("baseline of %zu run%s, times in %s, ABI %d\n", measured->count,
	       measured->count == 1 ? "" : "s", measured_unit(measured),
	       (int)json_integer_value(json_object_get(measured->about, "abi")));
	printf("compiler       %s\n", *compiler ? compiler : "not said");
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		json_t *object = json_object_get(measured->about, objects[i]), *value;
		const char *key;
		unsigned used = 0;

		printf("%-14s", objects[i]);
		json_object_foreach(object, key, value)
		{
			char text[256];

			snprintf(text, sizeof(text), "%s%s %s", used ? ", " : " ", key,
				 json_is_string(value) ? json_string_value(value) : "?");
			fputs(text_clean(text), stdout);
			used++;
		}
		putchar('\n');
	}
}

static void show_figures(const struct measured *measured)
{
	static const char *const columns[] = {"<phase", "<of", "<figure", ">value", "<", NULL};
	struct table *table = table_new(columns);
	struct measured none = {0};
	struct figure_change *all;
	char number[TEXT_NUMBER_MAX], text[FIGURE_KEY_MAX + 32];
	size_t count;

	all = figure_changes(&none, measured, &count);
	for (size_t i = 0; i < count; i++) {
		const struct figure_row *row = &all[i].row;
		enum metric metric = all[i].metric;

		if (all[i].b == 0)
			continue;
		table_cell(table, "%s", row->phase);
		snprintf(text, sizeof(text), "%s%s%s", figure_tables[row->table].name,
			 *row->key ? " " : "", row->key);
		table_cell(table, "%s", text_clean(text));
		table_cell(table, "%s", metrics[metric].name);
		table_cell(table, "%s",
			   metric == METRIC_MEAN ? text_mean(number, all[i].b)
						 : text_count(number, (uint64_t)all[i].b));
		table_cell(table, "%s",
			   metrics[metric].type == TYPE_TIME ? measured_unit(measured) : "");
	}
	table_print(table, stdout);
	free(all);
}

static int show(const struct request *request)
{
	struct measured baseline;
	struct vts_error error;

	if (baseline_load(&baseline, request->operands[0], &error) < 0)
		return complain_of(&error);
	if (request->json) {
		json_print(measured_json(&baseline));
	} else {
		show_about(&baseline);
		show_figures(&baseline);
	}
	measured_free(&baseline);
	return STATUS_OK;
}

/* ---- update ------------------------------------------------------------------------------------- */

/** NAN is JSON's null. */
static json_t *value_json(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static void print_changes_json(const struct figure_change *changes, size_t count)
{
	json_t *root = json_new_object(), *array = json_new_array();

	for (size_t i = 0; i < count; i++) {
		json_t *object = json_new_object();

		json_put_text(object, "phase", changes[i].row.phase);
		json_put_text(object, "table", figure_tables[changes[i].row.table].name);
		json_put_text(object, "key", changes[i].row.key);
		json_put_text(object, "metric", metrics[changes[i].metric].name);
		json_put(object, "before", value_json(changes[i].a));
		json_put(object, "after", value_json(changes[i].b));
		json_add(array, object);
	}
	json_put_count(root, "changed", count);
	json_put(root, "changes", array);
	json_print(root);
}

static const char *change_text(char *text, size_t size, double value)
{
	if (isnan(value))
		snprintf(text, size, "-");
	else
		snprintf(text, size, "%.15g", value);
	return text;
}

static void print_changes(const struct figure_change *changes, size_t count)
{
	static const char *const columns[] = {"<phase", "<of",	   "<figure", ">before",
					      ">after", ">change", NULL};
	struct table *table = table_new(columns);
	char text[FIGURE_KEY_MAX + 32];

	for (size_t i = 0; i < count; i++) {
		const struct figure_change *change = &changes[i];

		table_cell(table, "%s", change->row.phase);
		snprintf(text, sizeof(text), "%s%s%s", figure_tables[change->row.table].name,
			 *change->row.key ? " " : "", change->row.key);
		table_cell(table, "%s", text_clean(text));
		table_cell(table, "%s", metrics[change->metric].name);
		table_cell(table, "%s", change_text(text, sizeof(text), change->a));
		table_cell(table, "%s", change_text(text, sizeof(text), change->b));
		if (change->a > 0 && !isnan(change->b))
			table_cell(table, "%+.2f %%", 100 * (change->b - change->a) / change->a);
		else
			table_cell(table, isnan(change->b) ? "gone" : "new");
	}
	table_print(table, stdout);
}

static int replace(const struct request *request, const struct measured *old,
		   const struct measured *new)
{
	struct vts_error error;
	struct figure_change *changes;
	int status = STATUS_OK;
	size_t count;

	if (!request->measured.force && !measured_match(old, new, false, &error))
		return complain_of(&error);
	changes = figure_changes(old, new, &count);
	if ((count || request->measured.force) &&
	    baseline_store(new, request->operands[0], &error) < 0)
		status = complain_of(&error);
	else if (request->json)
		print_changes_json(changes, count);
	else if (!count)
		printf("%s: every figure is the same as before\n", request->operands[0]);
	else
		print_changes(changes, count);
	free(changes);
	return status;
}

static int update(const struct request *request)
{
	struct measured old, new;
	struct vts_error error;
	int status;

	if (baseline_load(&old, request->operands[0], &error) < 0)
		return complain_of(&error);
	if (measured_read(&new, request->operands + 1, request->count - 1, &request->measured,
			  &error) < 0) {
		measured_free(&old);
		return complain_of(&error);
	}
	status = replace(request, &old, &new);
	measured_free(&old);
	measured_free(&new);
	return status;
}

/* ---- options ------------------------------------------------------------------------------------ */

static const struct verb {
	const char *name;
	int (*run)(const struct request *request);
	size_t least, most; /* operands */
	const char *wants;
} verbs[] = {
    {"save", save, 1, MEASURED_RUNS_MAX, "name recorded traces"},
    {"show", show, 1, 1, "name one baseline"},
    {"update", update, 2, MEASURED_RUNS_MAX + 1, "name a baseline and recorded traces"},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int parse(struct request *request, const struct options *all)
{
	struct options options = *all;
	int option;

	while ((option = option_next(&options)) != -1) {
		if (option == 'o')
			request->output = optarg;
		else if (option == OPT_SYMBOLS)
			request->measured.symbols = optarg;
		else if (option == OPT_FORCE)
			request->measured.force = true;
		else if (option == OPT_JSON)
			request->json = true;
	}
	if (options.status >= 0)
		return options.status;
	request->operands = (const char *const *)options.argv + optind;
	request->count = (size_t)(options.argc - optind);
	return -1;
}

static int dispatch(struct request *request, const struct options *options)
{
	const char *names[VERBS + 1] = {0}, *word = request->count ? request->operands[0] : "";
	const char *near;

	for (size_t i = 0; i < VERBS; i++) {
		names[i] = verbs[i].name;
		if (strcmp(word, verbs[i].name))
			continue;
		request->operands++;
		request->count--;
		if (request->count < verbs[i].least || request->count > verbs[i].most)
			return usage_error(options, "%s: %s", word, verbs[i].wants);
		if (request->output && verbs[i].run != save)
			return usage_error(options, "-o: only with save");
		return verbs[i].run(request);
	}
	near = nearest_name(word, names);
	if (near)
		return usage_error(options, "%s: unknown; did you mean %s?", word, near);
	return usage_error(options, "say what to do: save, show or update");
}

int baseline_main(int argc, char **argv)
{
	struct options options = {help, "o:", long_options, argc, argv, 0};
	struct request request = {0};
	int status = parse(&request, &options);

	return status >= 0 ? status : dispatch(&request, &options);
}
