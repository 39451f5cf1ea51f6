/* SPDX-License-Identifier: GPL-2.0-only */
/* What exitstat export writes: one file a format, each of them streaming. */
#ifndef EXITSTAT_EXPORT_H
#define EXITSTAT_EXPORT_H

#include <stdio.h>

#include "view.h"

/** Where a format writes to. */
struct export_to {
	const struct view *view;
	FILE *file;	  /* NULL where the format opens the path itself */
	const char *path; /* NULL: standard output */
};

struct export_format {
	const char *name;
	bool binary;  /* not for a terminal */
	bool by_path; /* it opens the path itself, which must not be there yet */
	/** Begin: what take and finish are given, or NULL after a complaint. */
	void *(*open)(const struct export_to *to);
	/** The next group; view->guest stands at its exit. */
	void (*take)(void *context, const struct exit_group *group);
	/** May be NULL: every group, also one that --phase or --reason leaves out, after take. */
	void (*every)(void *context, const struct exit_group *group);
	/** All was read: write the rest. The context is freed. False after a complaint. */
	bool (*finish)(void *context);
};

extern const struct export_format export_csv, export_folded, export_openmetrics, export_perfetto,
    export_sqlite;

/** A word of a group in words, as the formats share them. @text has DIMENSION_LABEL_MAX bytes.
 *  NULL where the exit has none: no symbol, no name of a process, outside all phases. */
const char *export_function(const struct view *view, const struct vts_event *exit, char *text);
const char *export_process(const struct view *view, const struct vts_event *exit, char *text);
const char *export_phase(const struct view *view, char *text);
const char *export_resolution(const struct view *view, const struct exit_group *group, char *text);

#endif
