/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people type: comma-separated lists of names, and numbers. A name that does not exist gets
 * the nearest one suggested.
 */
#ifndef BENCH_LIST_H
#define BENCH_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "trace/source.h"

#define VTB_LIST_MAX 64 /* names in a list: a bit each */

/** The one of @count @names that is nearest to @text (case ignored), or NULL if none is near. */
const char *vtb_nearest(const char *text, const char *const *names, size_t count);

/**
 * Parse a comma-separated list of names, or "all". @mask gets bit i for names[i]; a name given
 * twice counts once. @what names the option in errors. 0, or -1 and @error.
 */
int vtb_list_parse(const char *what, const char *text, const char *const *names, size_t count,
		   uint64_t *mask, struct vts_error *error);

/** Parse a decimal number from @min to @max, optional suffix k or m (thousands, millions). */
int vtb_number_parse(const char *what, const char *text, uint64_t min, uint64_t max,
		     uint64_t *value, struct vts_error *error);

#endif
