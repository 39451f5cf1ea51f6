/* SPDX-License-Identifier: GPL-2.0-only */
/* A baseline's file: one measurement as text fit for git. */
#ifndef EXITSTAT_BASELINE_H
#define EXITSTAT_BASELINE_H

#include "measured.h"

/** 0, or -1 and @error: no such file, not a baseline, damaged, newer. */
int baseline_load(struct measured *baseline, const char *path, struct vts_error *error);
/** Replace the file in one step, or leave it as it was. 0, or -1 and @error. */
int baseline_store(const struct measured *baseline, const char *path, struct vts_error *error);

/** A figure that is another in @b than in @a; NAN: it is not there. */
struct figure_change {
	struct figure_row row; /* of which row; its values mean nothing */
	enum metric metric;
	double a, b; /* of several runs: medians */
};

/** All of them, in order of row and metric; @count of them, to be freed by the caller. */
struct figure_change *figure_changes(const struct measured *a, const struct measured *b,
				     size_t *count);

#endif
