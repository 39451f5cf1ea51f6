/* SPDX-License-Identifier: GPL-2.0-only */
/* What exits can be broken down by: `exitstat report --by`. */
#ifndef EXITSTAT_DIMENSION_H
#define EXITSTAT_DIMENSION_H

#include "json.h"
#include "tools/lib/symbols.h"

enum dimension {
	BY_REASON,
	BY_RESOLUTION,
	BY_HYPERCALL,
	BY_PORT,
	BY_CPUID,
	BY_MSR,
	BY_CR,
	BY_VECTOR,
	BY_GPA,
	BY_RIP,
	BY_FUNCTION,
	DIMENSIONS
};

/** An exit and the details recorded within it. */
struct exit_group {
	const struct vts_event *exit;
	const struct vts_event *details;
	size_t count; /* of details */
};

struct dimension_info {
	const char *name;   /* for --by, and in JSON: by_NAME */
	const char *title;  /* a phrase for people */
	const char *column; /* of the key, as struct table has columns */
	/** The key of an exit; false if the exit has none (it is then not part of the breakdown). */
	bool (*key)(const struct exit_group *group, const struct symbols *symbols, uint64_t *key);
	/** The key for people, in @text. */
	void (*label)(uint64_t key, const struct symbols *symbols, char *text, size_t size);
	/** The key's fields, in JSON. */
	void (*json)(json_t *object, uint64_t key, const struct symbols *symbols);
};

#define DIMENSION_LABEL_MAX 128

extern const struct dimension_info dimensions[DIMENSIONS];

/** The names, ended by NULL. */
const char *const *dimension_names(void);

#endif
