// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results read back from results.jsonl. A last line that was cut (a full disk, a crash) is left
 * out; any other line that is not a result is an error with its number.
 */
#include "bench/result.h"
#include "bench/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int find_value(const json_t *json, const char *key, const char *const *names, size_t count,
		      struct vts_error *error)
{
	const char *text = json_string_value(json_object_get(json, key));

	for (size_t i = 0; text && i < count; i++)
		if (!strcmp(text, names[i]))
			return (int)i;
	snprintf(error->text, sizeof(error->text), "%s '%s' is not known to this version", key,
		 text ? text : "(none)");
	return -1;
}

static void read_text(const json_t *json, const char *key, char *text, size_t bytes)
{
	const char *value = json_string_value(json_object_get(json, key));

	snprintf(text, bytes, "%s", value ? value : "");
	vtb_text_clean(text);
}

static uint64_t read_number(const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return VTB_UNKNOWN;
	return (uint64_t)json_integer_value(value);
}

static json_t *read_counts(json_t *json, const char *key)
{
	json_t *value = json_object_get(json, key);

	return json_is_object(value) ? json_incref(value) : NULL;
}

static int read_cell(struct vtb_cell *cell, const json_t *json, struct vts_error *error)
{
	const char *workload = json_string_value(json_object_get(json, "workload"));
	int paging = find_value(json, "paging", vtb_paging_names, VTB_PAGINGS, error);
	int io = paging < 0 ? -1 : find_value(json, "io", vtb_io_names, VTB_IOS, error);
	int vmm = io < 0 ? -1 : find_value(json, "vmm_build", vtb_vmm_names, VTB_VMMS, error);
	int pages = VTB_4k;

	if (vmm < 0)
		return -1;
	cell->workload = workload ? vtb_workload_find(workload) : NULL;
	if (!cell->workload) {
		snprintf(error->text, sizeof(error->text),
			 "workload '%s' is not known to this version",
			 workload ? workload : "(none)");
		return -1;
	}
	if (paging != VTB_NATIVE)
		pages = find_value(json, "ept_pages", vtb_pages_names, VTB_PAGES, error);
	else
		pages = cell->workload->pages;
	if (pages < 0)
		return -1;
	cell->paging = (enum vtb_paging)paging;
	cell->io = (enum vtb_io)io;
	cell->vmm = (enum vtb_vmm)vmm;
	cell->pages = (enum vtb_pages)pages;
	cell->vpid = json_is_true(json_object_get(json, "vpid"));
	cell->no_apicv = json_is_false(json_object_get(json, "apicv"));
	cell->rep = (unsigned)json_integer_value(json_object_get(json, "rep"));
	cell->ops = (uint64_t)json_integer_value(json_object_get(json, "ops_asked"));
	cell->seed = (uint64_t)json_integer_value(json_object_get(json, "seed"));
	return 0;
}

/* A result that claims to be ok must have the figures that the report works with. */
static const char *missing_figure(const struct vtb_result *result)
{
	if (!result->ok || result->cell.vmm == VTB_NORECORD)
		return NULL;
	if (result->ops == VTB_UNKNOWN || !result->ops)
		return "ops";
#define NUMBER(name)                                                                               \
	if (result->name == VTB_UNKNOWN && strcmp(#name, "measured"))                              \
		return #name;
#define LATER(name)
#include "bench/fields.def"
	return NULL;
}

int vtb_result_from_json(struct vtb_result *result, const json_t *json, struct vts_error *error)
{
	const json_t *versions = json_object_get(json, "versions");
	const char *command = json_string_value(json_object_get(json, "command"));
	struct vtb_cell cell = {0};
	const char *missing;

	if (read_cell(&cell, json, error))
		return -1;
	vtb_result_init(result, &cell);
	result->ops = read_number(json, "ops");
#define TEXT(name, bytes) read_text(json, #name, result->name, sizeof(result->name));
#define NUMBER(name)	  result->name = read_number(json, #name);
#define COUNTS(name)	  result->name = read_counts((json_t *)json, #name);
#include "bench/fields.def"
	read_text(versions, "vtscope", result->vtscope_version, sizeof(result->vtscope_version));
	read_text(versions, "compiler", result->compiler, sizeof(result->compiler));
	read_text(versions, "engine", result->engine_version, sizeof(result->engine_version));
	read_text(json, "error", result->error, sizeof(result->error));
	result->command = command ? strdup(command) : NULL;
	result->host_seconds = json_number_value(json_object_get(json, "host_seconds"));
	result->ok = json_is_true(json_object_get(json, "ok"));
	missing = missing_figure(result);
	if (!missing)
		return 0;
	snprintf(error->text, sizeof(error->text), "it is ok, and yet has no figure for '%s'",
		 missing);
	vtb_result_free(result);
	return -1;
}

struct reader {
	struct vtb_result *results;
	size_t count, room;
};

static int read_line(struct reader *reader, const char *line, struct vts_error *error)
{
	json_error_t reason;
	json_t *json = json_loads(line, 0, &reason);
	int status = -1;

	if (!json) {
		snprintf(error->text, sizeof(error->text), "%s", reason.text);
		return -1;
	}
	if (reader->count == reader->room) {
		size_t room = reader->room ? 2 * reader->room : 64;
		struct vtb_result *results =
		    realloc(reader->results, room * sizeof(*reader->results));

		if (!results) {
			snprintf(error->text, sizeof(error->text), "out of memory");
			json_decref(json);
			return -1;
		}
		reader->results = results;
		reader->room = room;
	}
	status = vtb_result_from_json(&reader->results[reader->count], json, error);
	reader->count += !status;
	json_decref(json);
	return status;
}

static int read_lines(struct reader *reader, FILE *file, const char *path, struct vts_error *error)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	unsigned number = 0;
	int status = 0;

	while (!status && (length = getline(&line, &room, file)) > 0) {
		struct vts_error reason = {""};

		number++;
		if (line[length - 1] != '\n')
			break; /* cut while it was written */
		if (read_line(reader, line, &reason)) {
			snprintf(error->text, sizeof(error->text), "%.200s: line %u: %.200s", path,
				 number, reason.text);
			status = -1;
		}
	}
	free(line);
	return status;
}

struct vtb_result *vtb_results_load(const char *dir, size_t *count, struct vts_error *error)
{
	struct reader reader = {0};
	char path[4096];
	FILE *file;
	int status;

	snprintf(path, sizeof(path), "%s/results.jsonl", dir);
	file = fopen(path, "re");
	if (!file) {
		snprintf(error->text, sizeof(error->text),
			 "%.300s: %s; give the directory of a 'vtbench run --out DIR'", path,
			 strerror(errno));
		return NULL;
	}
	status = read_lines(&reader, file, path, error);
	fclose(file);
	if (!status && !reader.count) {
		snprintf(error->text, sizeof(error->text), "%.300s: holds no result", path);
		status = -1;
	}
	if (status) {
		vtb_results_free(reader.results, reader.count);
		return NULL;
	}
	*count = reader.count;
	return reader.results;
}
