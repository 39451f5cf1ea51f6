/* SPDX-License-Identifier: GPL-2.0-only */
/* What exits can be broken down by: `exitstat report --by`. */
#ifndef EXITSTAT_DIMENSION_H
#define EXITSTAT_DIMENSION_H

#include "guest.h"
#include "json.h"

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
	BY_STACK,
	BY_CR3,
	BY_PROCESS,
	BY_PHASE,
	BY_DEVICE,
	DIMENSIONS
};

struct dimension_info {
	const char *name;   /* for --by, and in JSON: by_NAME */
	const char *title;  /* a phrase for people */
	const char *column; /* of the key, as struct table has columns */
	/** The key of an exit; false if the exit has none (it is then not part of the breakdown). */
	bool (*key)(const struct exit_group *group, const struct guest *guest, uint64_t *key);
	/** The key for people, in @text. */
	void (*label)(uint64_t key, const struct guest *guest, char *text, size_t size);
	/** The key's fields, in JSON. */
	void (*json)(json_t *object, uint64_t key, const struct guest *guest);
	/** Of a key that is several frames of a stack: frame @index, the outermost first; false if
	 *  it has no so many. NULL: a key is one, its label. */
	bool (*frame)(uint64_t key, const struct guest *guest, size_t index, char *text,
		      size_t size);
};

#define DIMENSION_LABEL_MAX 128

extern const struct dimension_info dimensions[DIMENSIONS];

struct options;
/** The dimensions named in @list, separated by commas, into @chosen (DIMENSIONS long); an empty
 *  list has none. 0, or -1 after a complaint. */
int dimension_list(const struct options *options, const char *list, enum dimension *chosen,
		   size_t *count);

#endif
