/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 8192 /* of a file that is read; ours has a few hundred bytes */

/** The path, or -1 where there is no place for it. */
static int make_path(char path[4096])
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int length;

	if (config && *config == '/') /* the specification: other paths are to be ignored */
		length = snprintf(path, 4096, "%s/vtscope/vmtop", config);
	else if (home && *home == '/')
		length = snprintf(path, 4096, "%s/.config/vtscope/vmtop", home);
	else
		return -1;
	return length < 4096 - 16 ? 0 : -1;
}

static void print_settings(const struct ui *ui, FILE *stream)
{
	fprintf(stream, "# vmtop writes this when it is quit; see vmtop(1)\n");
	fprintf(stream, "view = %s\n", ui->view->name);
	fprintf(stream, "figures = %s\n", ui->scope == SCOPE_TOTAL ? "total" : "interval");
	fprintf(stream, "side_by_side = %s\n", ui->split ? "yes" : "no");
	fprintf(stream, "mouse = %s\n", ui->mouse ? "yes" : "no");
	for (size_t i = 0; i < VIEWS; i++)
		fprintf(stream, "sort.%s = %s%s\n", views[i].name, ui->order[i].reverse ? "-" : "",
			views[i].column[ui->order[i].sort].name);
}

static void set_sort(struct ui *ui, const char *name, const char *value)
{
	const struct view *view = view_by_name(ui->set, name);
	bool reverse = *value == '-';
	int column = view && !view->compares ? column_by_name(view, value + reverse) : -1;

	if (column < 0)
		return;
	ui->order[view->number].sort = column;
	ui->order[view->number].reverse = reverse;
}

static void set(struct ui *ui, const char *name, const char *value)
{
	const struct view *view = view_by_name(ui->set, value);

	if (strcmp(name, "view") == 0 && view) {
		ui->view = view;
	} else if (strcmp(name, "figures") == 0) {
		ui->scope = strcmp(value, "total") == 0 ? SCOPE_TOTAL : SCOPE_INTERVAL;
	} else if (strcmp(name, "side_by_side") == 0) {
		ui->split = strcmp(value, "yes") == 0;
	} else if (strcmp(name, "mouse") == 0) {
		ui->mouse = strcmp(value, "no") != 0;
	} else if (strncmp(name, "sort.", 5) == 0) {
		set_sort(ui, name + 5, value);
	}
}

void settings_load(struct ui *ui)
{
	char path[4096], line[256], name[64], value[64];
	FILE *stream = make_path(path) < 0 ? NULL : fopen(path, "r");

	for (size_t read = 0; stream && read < FILE_MAX && fgets(line, sizeof(line), stream);
	     read += strlen(line))
		if (sscanf(line, " %63[a-z_.0-9] = %63[a-z_0-9-]", name, value) == 2)
			set(ui, name, value);
	if (stream)
		fclose(stream);
}

/** Is that what the file has? */
static bool is_kept(const char *path, const char *text, size_t size)
{
	char present[FILE_MAX];
	FILE *stream = fopen(path, "r");
	size_t length = stream ? fread(present, 1, sizeof(present), stream) : 0;

	if (stream)
		fclose(stream);
	return length == size && memcmp(present, text, size) == 0;
}

/** The directories above @path. */
static void make_directories(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700); /* if it cannot be made, opening the file says why */
		*slash = '/';
	}
}

/** All of it or nothing: another vmtop may read or write it at the same time. */
static int replace(const char *path, const char *text, size_t size)
{
	char temporary[4096 + 16];
	int fd, failed;

	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	fd = mkstemp(temporary);
	if (fd < 0)
		return -1;
	failed = write(fd, text, size) != (ssize_t)size;
	failed |= close(fd) < 0;
	if (!failed && rename(temporary, path) == 0)
		return 0;
	unlink(temporary);
	return -1;
}

int settings_save(const struct ui *ui, struct vts_error *error)
{
	char path[4096], *text = NULL;
	size_t size = 0;
	FILE *stream;
	int result = 0;

	if (ui->view->compares || make_path(path) < 0)
		return 0; /* a comparison has other columns; without a home there is no place */
	stream = open_memstream(&text, &size);
	if (!stream)
		return 0;
	print_settings(ui, stream);
	fclose(stream);
	if (!is_kept(path, text, size)) {
		make_directories(path);
		result = replace(path, text, size);
	}
	if (result < 0)
		snprintf(error->text, sizeof(error->text),
			 "%.400s: settings not kept: %s: make it writable, or set XDG_CONFIG_HOME",
			 path, strerror(errno));
	free(text);
	return result;
}
