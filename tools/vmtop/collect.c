/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/collect_private.h"

/** How many items a table has room for; the rest is "other". */
static const size_t rooms[TABLES] = {
    [TABLE_REASON] = 256, [TABLE_FLUSH] = 256, [TABLE_MEMORY] = 64, [TABLE_IO] = 256,
    [TABLE_RIP] = 512,	  [TABLE_CR3] = 128,   [TABLE_VCPU] = 256,  [TABLE_PHASE] = 64,
};

int collect_init(struct collect *collect)
{
	int status = parts_init(&collect->parts);

	for (unsigned i = 0; i < TABLES; i++)
		status |= items_init(&collect->table[i], rooms[i]);
	if (status < 0)
		collect_free(collect);
	return status;
}

void collect_free(struct collect *collect)
{
	for (unsigned i = 0; i < TABLES; i++)
		items_free(&collect->table[i]);
	parts_free(&collect->parts);
}

int collect_copy(struct collect *into, const struct collect *from)
{
	int status;

	*into = *from;
	status = parts_copy(&into->parts, &from->parts);
	for (unsigned i = 0; i < TABLES; i++)
		status |= items_copy(&into->table[i], &from->table[i]);
	into->pendings = 0; /* they point into the original, and nothing will be added */
	if (status < 0)
		collect_free(into);
	return status;
}

/** TABLE_RIP, _CR3, _VCPU and _PHASE share the total of the reasons: all count exits. */
static struct item *total_of(struct collect *collect, enum table table)
{
	bool own = table == TABLE_FLUSH || table == TABLE_MEMORY || table == TABLE_IO;

	return &collect->table[own ? table : TABLE_REASON].total;
}

const struct item *collect_total(const struct collect *collect, enum table table)
{
	return total_of((struct collect *)collect, table);
}

void collect_add(struct collect *collect, const struct vts_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == VTS_KIND_EXIT)
			exits_add(collect, &events[i]);
		else
			details_add(collect, &events[i]);
	}
	exits_flush(collect);
}

void collect_tick(struct collect *collect)
{
	for (unsigned i = 0; i < TABLES; i++)
		collect->out_of_memory |= items_tick(&collect->table[i]) < 0;
	parts_tick(&collect->parts);
	items_trim(&collect->table[TABLE_CR3]); /* nothing points into these between batches */
	items_trim(&collect->table[TABLE_RIP]);
}

void collect_step(struct collect *collect, double seconds)
{
	unsigned index = collect->steps++ % ITEM_SERIES;

	for (unsigned i = 0; i < TABLES; i++)
		items_step(&collect->table[i], index);
	collect->step_seconds[index] = seconds;
}

void collect_note_backlog(struct collect *collect)
{
	for (unsigned i = 0; i < TABLES; i++)
		items_note_backlog(&collect->table[i]);
}
