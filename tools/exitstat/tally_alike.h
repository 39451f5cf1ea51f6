/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting exits that are alike together (trace/alike.h); private to tally*.c. */
#ifndef EXITSTAT_TALLY_ALIKE_H
#define EXITSTAT_TALLY_ALIKE_H

#include "tally.h"

/** tally->alike; stats, guest and breakdowns have been initialized. */
void tally_alike_init(struct tally *tally);
void tally_alike_free(struct tally *tally);
/** Count as many records as are exits of the usual kind; returns how many. */
size_t tally_alike_take(struct tally *tally, const struct vts_event *events, size_t count);
/** Count all that was put off; nothing to do where nothing is. */
void tally_alike_flush(struct tally *tally);

#endif
