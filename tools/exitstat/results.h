/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results of vtbench (results.jsonl): a line of JSON for each cell that was run. A line has what makes
 * the cell, its versions, and figures: whatever else is a number, a text, or an object of numbers.
 * What is not there is 0, so a stored baseline leaves out what is.
 */
#ifndef EXITSTAT_RESULTS_H
#define EXITSTAT_RESULTS_H

#include <stdbool.h>

#include "json.h"

#define RESULT_TITLE_MAX 96

/** Whether @path is a file, or a directory with results.jsonl: results, and no trace. */
bool results_named(const char *path);
/** The lines, as an array of objects that name a workload each; NULL and @error. */
json_t *results_load(const char *path, struct vts_error *error);
/** A text of a line, or of its versions; "" if it has none. */
const char *result_text(const json_t *line, const char *key);
const char *result_version(const json_t *line, const char *key);
/** "console ept pv 2m": what people call a cell, whichever repetition it is; printable. */
void result_title(const json_t *line, char text[RESULT_TITLE_MAX]);

#endif
