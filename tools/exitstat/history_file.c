// SPDX-License-Identifier: GPL-2.0-only
/* Reading a history, and adding to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history.h"

/** Entries that can be compared with an earlier one are of its group. */
static size_t group_of(const struct history *history, const struct measured *measured)
{
	struct vts_error error;

	for (size_t i = 0; i < history->count; i++)
		if (measured_match(&history->list[i].measured, measured, false, &error))
			return history->list[i].group;
	return history->groups;
}

static int parse_line(struct history *history, const char *path, unsigned number, const char *text,
		      struct vts_error *error)
{
	struct history_entry *entry = &history->list[history->count];
	json_error_t where;

	*entry = (struct history_entry){.line = json_loads(text, JSON_REJECT_DUPLICATES, &where)};
	snprintf(entry->where, sizeof(entry->where), "%s: line %u", path, number);
	if (!entry->line)
		return fail(error, "%s: no line of a history: %s: restore it, or remove the line",
			    entry->where, where.text);
	entry->commit = json_string_value(json_object_get(entry->line, "commit"));
	entry->title = json_string_value(json_object_get(entry->line, "title"));
	if (measured_parse(&entry->measured, entry->line, "history", entry->where, error) < 0) {
		json_decref(entry->line);
		return -1;
	}
	entry->group = group_of(history, &entry->measured);
	history->groups += entry->group == history->groups;
	history->count++;
	if (!entry->commit || !*entry->commit)
		return fail(error, "%s: it names no commit: add one, or remove the line",
			    entry->where);
	return 0;
}

static int load_lines(struct history *history, const char *path, FILE *file,
		      struct vts_error *error)
{
	size_t room = 0, bytes = 0;
	unsigned number = 0;
	char *text = NULL;
	ssize_t length;
	int status = 0;

	while (!status && (length = getline(&text, &bytes, file)) > 0) {
		if (history->count == room) {
			struct history_entry *list;

			room = room ? room * 2 : 64;
			list = realloc(history->list, room * sizeof(*list));
			if (!list)
				die_of_memory();
			history->list = list;
			for (size_t i = 0; i < history->count; i++)
				list[i].measured.title = list[i].where;
		}
		number++;
		if (text[length - 1] != '\n')
			status = fail(error, "%s: line %u: cut off: restore it, or remove the line",
				      path, number);
		else
			status = parse_line(history, path, number, text, error);
	}
	if (!status && ferror(file))
		status = fail(error, "%s: %s: name a history", path, strerror(errno));
	free(text);
	return status;
}

int history_load(struct history *history, const char *path, bool may_be_absent,
		 struct vts_error *error)
{
	FILE *file = fopen(path, "re");
	int status;

	*history = (struct history){0};
	if (!file && errno == ENOENT && may_be_absent)
		return 0;
	if (!file)
		return fail(error, "%s: %s: name a file that exitstat history add made", path,
			    strerror(errno));
	status = load_lines(history, path, file, error);
	fclose(file);
	if (status)
		history_free(history);
	return status;
}

void history_free(struct history *history)
{
	for (size_t i = 0; i < history->count; i++) {
		measured_free(&history->list[i].measured);
		json_decref(history->list[i].line);
	}
	free(history->list);
	*history = (struct history){0};
}

int history_append(const char *path, const struct measured *measured, const char *commit,
		   const char *title, struct vts_error *error)
{
	json_t *line = json_new_object(), *stored = measured_json(measured);
	FILE *file = fopen(path, "ae");
	bool failed = !file;

	json_put_text(line, "commit", commit);
	if (title)
		json_put_text(line, "title", title);
	json_object_update(line, stored);
	json_decref(stored);
	if (file) {
		failed = json_dumpf(line, file, JSON_COMPACT | JSON_REAL_PRECISION(15)) != 0;
		failed |= fputc('\n', file) == EOF;
		failed |= fclose(file) != 0;
	}
	json_decref(line);
	return failed ? fail(error, "%s: %s: nothing was added", path, strerror(errno)) : 0;
}
