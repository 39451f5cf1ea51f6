// SPDX-License-Identifier: GPL-2.0-only
/* Loading and storing a baseline, and what differs between two. */
#include "baseline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "samples.h"

int baseline_load(struct measured *baseline, const char *path, struct vts_error *error)
{
	FILE *file = fopen(path, "re");
	json_error_t where;
	json_t *stored;
	int status;

	if (!file)
		return fail(error, "%s: %s: name a file that exitstat baseline save made", path,
			    strerror(errno));
	stored = json_loadf(file, JSON_REJECT_DUPLICATES, &where);
	fclose(file);
	if (!stored)
		return fail(error,
			    "%s: no baseline: line %d: %s: restore it, or make it again with "
			    "exitstat baseline save",
			    path, where.line, where.text);
	status = measured_parse(baseline, stored, "baseline", path, error);
	json_decref(stored);
	return status;
}

int baseline_store(const struct measured *baseline, const char *path, struct vts_error *error)
{
	char *new = malloc(strlen(path) + 5);
	json_t *stored = measured_json(baseline);
	FILE *file;
	bool done = false;

	if (!new)
		die_of_memory();
	strcat(strcpy(new, path), ".new");
	file = fopen(new, "we");
	if (file) {
		done = measured_print(stored, file);
		done = !fclose(file) && done;
		done = done && !rename(new, path);
	}
	if (!done) {
		fail(error, "%s: %s: it was not stored", path, strerror(errno));
		unlink(new);
	}
	json_decref(stored);
	free(new);
	return done ? 0 : -1;
}

struct figure_change *figure_changes(const struct measured *a, const struct measured *b,
				     size_t *count)
{
	struct figures all[2], rows;
	struct figure_change *changes;

	figures_union(&all[0], a->runs, a->count);
	figures_union(&all[1], b->runs, b->count);
	figures_union(&rows, all, 2);
	changes = calloc(rows.count * METRICS + 1, sizeof(*changes));
	if (!changes)
		die_of_memory();
	*count = 0;
	for (size_t i = 0; i < rows.count; i++) {
		for (int m = 0; m < METRICS; m++) {
			double x = samples_median_of(a, &rows.rows[i], m);
			double y = samples_median_of(b, &rows.rows[i], m);

			if (x == y || (isnan(x) && isnan(y)))
				continue;
			changes[(*count)++] = (struct figure_change){rows.rows[i], m, x, y};
		}
	}
	figures_free(&all[0]);
	figures_free(&all[1]);
	figures_free(&rows);
	return changes;
}
