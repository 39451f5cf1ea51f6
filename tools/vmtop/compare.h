/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two VMs or traces, A and B, row by row: the same views, each row with what both have, the difference
 * and the ratio (B to A). The comparison is a report itself, so that all that sorts, filters and prints
 * reports serves it.
 */
#ifndef VMTOP_COMPARE_H
#define VMTOP_COMPARE_H

#include "tools/vmtop/detail.h"

/** views[] as comparisons; same numbers, names and keys. */
extern const struct view compares[VIEWS];

/** Fill @into from the reports of A and B, which are of one view and scope. */
void compare_build(struct report *into, const struct report *a, const struct report *b);
/** Which rows of A and of B a row is made from. */
void compare_keys(const struct row *row, struct detail_key key[2]);

#endif
