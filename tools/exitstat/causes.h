/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the time between two measurements went: the largest causes first, and a sentence. */
#ifndef EXITSTAT_CAUSES_H
#define EXITSTAT_CAUSES_H

#include "measured.h"

/** A row that both, or either, have; of several runs medians. */
struct cause {
	struct figure_row row; /* which; its values mean nothing */
	double count[2], sum[2], mean[2], p50[2], p99[2];
	double change; /* of the sum */
};

struct causes {
	struct cause *list; /* the largest change first */
	size_t count;
};

/** The rows of @table in @phase (""; the whole run); NULL: of every phase. */
void causes_make(struct causes *causes, const struct measured *a, const struct measured *b,
		 enum figure_table table, const char *phase);
void causes_free(struct causes *causes);

/** What changed, in a sentence or two; allocated. */
char *causes_sentence(const struct measured *a, const struct measured *b, const char *phase);
/** Tables by reason, phase, device, function; @all: also what is equal. */
void causes_print(const struct measured *a, const struct measured *b, const char *phase, bool all);
json_t *causes_json(const struct measured *a, const struct measured *b, const char *phase,
		    bool all);

#endif
