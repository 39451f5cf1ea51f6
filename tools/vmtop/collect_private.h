/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of collect*.c. */
#ifndef VMTOP_COLLECT_PRIVATE_H
#define VMTOP_COLLECT_PRIVATE_H

#include "tools/vmtop/collect.h"
#include "trace/counts.h"
#include "trace/hist_bucket.h"

/** The item of a key; NULL: no room. */
static inline struct item *collect_get(struct collect *collect, enum table table, uint64_t key,
				       uint64_t key2)
{
	return items_get(&collect->table[table], key, key2, &collect->serials);
}

static inline void add_word(struct item *item, enum item_word word, uint64_t value)
{
	if (item)
		item->now[word] += value;
}

/** The item of the phase that a vCPU's guest time goes to now. */
struct item *phases_guest(struct collect *collect, struct phases *phases);
/** Obey a begin or an end mark. */
void phases_mark(struct collect *collect, struct phases *phases, const struct vts_event *mark);
/** An exit came: the phase that it belongs to, which is neither one that its own mark begins nor one that
 *  it ends (see vts_stats). Guest time goes to the present one from now on. */
struct item *phases_exit(struct collect *collect, struct phases *phases);

/** Count what happens within an exit. */
void details_add(struct collect *collect, const struct vts_event *event);
/** Their exit came: they get its latency, reason and @place. */
void details_settle(struct collect *collect, const struct vts_event *exit, uint64_t latency,
		    unsigned bucket, uint64_t place);

/** Count an exit; what most exits have in common is kept aside until exits_flush. */
void exits_add(struct collect *collect, const struct vts_event *exit);
void exits_flush(struct collect *collect);

#endif
