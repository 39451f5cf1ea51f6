// SPDX-License-Identifier: GPL-2.0-only
#include "results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "measured.h"
#include "text.h"

bool results_named(const char *path)
{
	char file[4096];
	struct stat info;

	snprintf(file, sizeof(file), "%s/results.jsonl", path);
	return (!stat(path, &info) && S_ISREG(info.st_mode)) ||
	       (!stat(file, &info) && S_ISREG(info.st_mode));
}

static FILE *open_results(const char *path, struct vts_error *error)
{
	char file[4096];
	FILE *stream;

	snprintf(file, sizeof(file), "%s/results.jsonl", path);
	stream = fopen(file, "re");
	if (!stream)
		stream = fopen(path, "re");
	if (!stream)
		fail(error, "%s: %s: name traces, or results of vtbench", path, strerror(errno));
	return stream;
}

/** Add a line to @lines. */
static int add_line(json_t *lines, const char *text, const char *path, unsigned number,
		    struct vts_error *error)
{
	json_error_t reason;
	json_t *line = json_loads(text, 0, &reason);

	if (json_is_string(json_object_get(line, "workload"))) {
		json_add(lines, line);
		return 0;
	}
	fail(error, "%s: line %u is no result of vtbench%s%s", path, number, line ? "" : ": ",
	     line ? "" : reason.text);
	json_decref(line);
	return -1;
}

json_t *results_load(const char *path, struct vts_error *error)
{
	FILE *stream = open_results(path, error);
	json_t *lines = json_new_array();
	char *text = NULL;
	size_t room = 0;
	unsigned number = 0;
	int status = stream ? 0 : -1;

	while (!status && getline(&text, &room, stream) > 0)
		status = add_line(lines, text, path, ++number, error);
	if (!status && !number)
		status = fail(error, "%s: holds no result", path);
	free(text);
	if (stream)
		fclose(stream);
	if (!status)
		return lines;
	json_decref(lines);
	return NULL;
}

const char *result_text(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));

	return text ? text : "";
}

const char *result_version(const json_t *line, const char *key)
{
	return result_text(json_object_get(line, "versions"), key);
}

void result_title(const json_t *line, char text[RESULT_TITLE_MAX])
{
	const char *build = result_text(line, "vmm_build"), *pages = result_text(line, "ept_pages");
	bool standard = !*build || !strcmp(build, "standard");

	snprintf(text, RESULT_TITLE_MAX, "%s %s%s%s%s%s%s%s%s", result_text(line, "workload"),
		 result_text(line, "paging"), strcmp(result_text(line, "io"), "pv") ? "" : " pv",
		 json_is_false(json_object_get(line, "vpid")) ? " no-vpid" : "",
		 json_is_false(json_object_get(line, "apicv")) ? " no-apicv" : "",
		 *pages ? " " : "", pages, standard ? "" : " ", standard ? "" : build);
	text_clean(text);
}
