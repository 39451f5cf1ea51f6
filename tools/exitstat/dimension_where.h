/* SPDX-License-Identifier: GPL-2.0-only */
/* The dimensions that say where in the guest an exit happened; private to dimension*.c. */
#ifndef EXITSTAT_DIMENSION_WHERE_H
#define EXITSTAT_DIMENSION_WHERE_H

#include "dimension.h"

#define DIMENSION_WHERE(id)                                                                        \
	bool id##_key(const struct exit_group *group, const struct guest *guest, uint64_t *key);   \
	void id##_label(uint64_t key, const struct guest *guest, char *text, size_t size);         \
	void id##_json(json_t *object, uint64_t key, const struct guest *guest)

DIMENSION_WHERE(rip);
DIMENSION_WHERE(function);
DIMENSION_WHERE(stack);
DIMENSION_WHERE(cr3);
DIMENSION_WHERE(process);
DIMENSION_WHERE(phase);

bool stack_frame(uint64_t key, const struct guest *guest, size_t index, char *text, size_t size);

#undef DIMENSION_WHERE

#endif
