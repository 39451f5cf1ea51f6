// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtbench baseline: results as they are stored for comparison by `exitstat diff`: a line a cell,
 * with what is exact on the same engine and compiler, and the commit at which it was last another.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands.h"
#include "bench/result.h"

struct request {
	const char *commit, *since, *dir;
};

enum { OPT_COMMIT = 256, OPT_SINCE };

static const struct option options[] = {
    {"commit", required_argument, NULL, OPT_COMMIT},
    {"since", required_argument, NULL, OPT_SINCE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void put(json_t *line, const char *name, json_t *value)
{
	json_object_set_new(line, name, value);
}

/* Digests and hashes are left out: they are over addresses, which any change to a guest moves. */
static json_t *baseline_line(const struct vtb_result *result)
{
	json_t *line = vtb_cell_to_json(&result->cell);

	put(line, "ops", json_integer((json_int_t)result->ops));
	put(line, "unit", json_string(result->unit));
	put(line, "engine", json_string(result->engine));
#define NUMBER(name)                                                                               \
	if (result->name && result->name != VTB_UNKNOWN)                                           \
		put(line, #name, json_integer((json_int_t)result->name));
#define COUNTS(name)                                                                               \
	if (json_object_size(result->name))                                                        \
		json_object_set(line, #name, result->name);
#define TIMES(name) /* exits_by_reason and vmm say enough */
#include "bench/fields.def"
	put(line, "versions",
	    json_pack("{s:s, s:s}", "compiler", result->compiler, "engine",
		      result->engine_version));
	return line;
}

/* The lines of an earlier baseline; none if there is no file yet. NULL after a complaint. */
static json_t *load_earlier(const char *path)
{
	FILE *file = path ? fopen(path, "re") : NULL;
	json_t *lines = json_array();
	json_error_t error;
	json_t *line;

	if (!file && path && errno != ENOENT)
		vtb_complain("%s: %s", path, strerror(errno));
	else if (!file)
		return lines;
	else
		while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error)))
			json_array_append_new(lines, line);
	if (file && !feof(file)) {
		vtb_complain("%s: %s: store it again without --since", path, error.text);
		json_decref(lines);
		lines = NULL;
	}
	if (file)
		fclose(file);
	return lines;
}

/* The commit of the earlier line that is the same but for it; NULL if there is none. */
static json_t *earlier_commit(const json_t *earlier, const json_t *line)
{
	size_t i;
	json_t *other;

	json_array_foreach(earlier, i, other)
	{
		json_t *copy = json_copy(other);
		bool same;

		json_object_del(copy, "commit");
		same = json_equal(copy, line);
		json_decref(copy);
		if (same)
			return json_incref(json_object_get(other, "commit"));
	}
	return NULL;
}

static void print_lines(const struct vtb_result *results, size_t count, const json_t *earlier,
			const char *commit)
{
	for (size_t i = 0; i < count; i++) {
		json_t *line = baseline_line(&results[i]);
		json_t *stored = earlier_commit(earlier, line);

		if (stored || commit)
			put(line, "commit", stored ? stored : json_string(commit));
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(line);
	}
}

static bool all_ok(const struct vtb_result *results, size_t count, const char *dir)
{
	for (size_t i = 0; i < count; i++) {
		if (!results[i].ok) {
			vtb_complain("%s: not every cell is ok, so it is no baseline", dir);
			return false;
		}
	}
	return true;
}

static int parse_options(int argc, char **argv, struct request *request)
{
	int option;

	opterr = 0;
	for (;;) {
		int at = optind;

		option = getopt_long(argc, argv, "h", options, NULL);
		if (option == -1)
			break;
		switch (option) {
		case OPT_COMMIT:
			request->commit = optarg;
			break;
		case OPT_SINCE:
			request->since = optarg;
			break;
		case 'h':
			puts(
			    "usage: vtbench baseline [--commit ID] [--since FILE] DIR\n"
			    "The results in DIR as a baseline, for exitstat diff.\n"
			    "  --commit ID   what was measured: each line says so\n"
			    "  --since FILE  an earlier baseline: lines that are the same keep its "
			    "commit");
			return vtb_finish_output(VTB_YES);
		default:
			vtb_complain_option(argv, at, options);
			return VTB_COULD_NOT;
		}
	}
	if (optind + 1 != argc) {
		vtb_complain("baseline: give one directory with results; see vtbench baseline "
			     "--help");
		return VTB_COULD_NOT;
	}
	request->dir = argv[optind];
	return -1;
}

int vtb_command_baseline(int argc, char **argv)
{
	struct request request = {0};
	int status = parse_options(argc, argv, &request);
	struct vtb_result *results;
	struct vts_error error;
	json_t *earlier;
	size_t count;

	if (status >= 0)
		return status;
	results = vtb_results_load(request.dir, &count, &error);
	if (!results) {
		vtb_complain("%s", error.text);
		return VTB_COULD_NOT;
	}
	status = VTB_COULD_NOT;
	earlier = load_earlier(request.since);
	if (earlier && all_ok(results, count, request.dir)) {
		print_lines(results, count, earlier, request.commit);
		status = VTB_YES;
	}
	json_decref(earlier);
	vtb_results_free(results, count);
	return vtb_finish_output(status);
}
