// SPDX-License-Identifier: GPL-2.0-only
/* The figures in which two traces can differ: those of struct vts_counts, the reasons' and the
 * phases'. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "diff.h"
#include "trace/names.h"

/** Both traces' counts, of the same kind. */
struct pair {
	struct diff_rows *rows;
	const struct vts_counts *a, *b;
};

__attribute__((format(printf, 6, 7))) static void add(struct diff_rows *rows, const char *table,
						      const char *measure, uint64_t a, uint64_t b,
						      const char *key, ...)
{
	struct diff_row *row;
	va_list args;

	if (!a && !b)
		return;
	if (rows->count == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 64;
		void *list = realloc(rows->list, room * sizeof(*rows->list));

		if (!list)
			die_of_memory();
		rows->list = list;
		rows->room = room;
	}
	row = &rows->list[rows->count++];
	*row = (struct diff_row){.table = table, .measure = measure, .a = a, .b = b};
	va_start(args, key);
	vsnprintf(row->key, sizeof(row->key), key, args);
	va_end(args);
}

/** A time, in the traces' unit. */
static void add_time(struct diff_rows *rows, const char *table, const char *measure, uint64_t a,
		     uint64_t b, const char *key)
{
	size_t before = rows->count;

	add(rows, table, measure, a, b, "%s", key);
	if (rows->count > before)
		rows->list[before].time = true;
}

static void add_totals(struct diff_rows *rows, const struct tally *a, const struct tally *b)
{
	const struct vts_counts *x = &a->stats.total, *y = &b->stats.total;

	add(rows, "total", "count", x->events, y->events, "events");
	add(rows, "total", "count", x->exits, y->exits, "exits");
	add_time(rows, "total", "time", a->span, b->span, "span");
	add_time(rows, "total", "time", a->guest, b->guest, "guest");
	add_time(rows, "total", "time", x->vmm_time, y->vmm_time, "vmm");
	add_time(rows, "total", "time", x->clear_time, y->clear_time, "clear");
	add_time(rows, "total", "time", x->idle_time, y->idle_time, "idle");
	add(rows, "total", "count", x->transition_flushes, y->transition_flushes,
	    "transition_flushes");
}

/** The row of reason @number among @count rows, or an empty one. */
static const struct vts_hist *reason_hist(const struct reason_row *rows, size_t count,
					  unsigned number)
{
	static const struct vts_hist none;

	for (size_t i = 0; i < count; i++)
		if (rows[i].number == number)
			return &rows[i].hist;
	return &none;
}

static void add_reason(struct diff_rows *rows, unsigned number, const struct vts_hist *a,
		       const struct vts_hist *b)
{
	char text[12];
	const char *name = vts_name_or_number(vts_exit_reason_name(number), number, text);

	add(rows, "exit", "count", a->count, b->count, "%s", name);
	add_time(rows, "exit", "time", a->sum, b->sum, name);
	add_time(rows, "exit", "min", a->count ? a->min : 0, b->count ? b->min : 0, name);
	add_time(rows, "exit", "p50", vts_hist_percentile(a, 500), vts_hist_percentile(b, 500),
		 name);
	add_time(rows, "exit", "p99", vts_hist_percentile(a, 990), vts_hist_percentile(b, 990),
		 name);
	add_time(rows, "exit", "max", a->max, b->max, name);
}

/** Every reason of either trace once: those of @a in its order, then what only @b has. */
static void add_reasons(struct diff_rows *rows, const struct tally *a, const struct tally *b)
{
	size_t a_count, b_count;
	struct reason_row *a_rows = tally_reasons(a, &a_count);
	struct reason_row *b_rows = tally_reasons(b, &b_count);

	for (size_t i = 0; i < a_count; i++)
		add_reason(rows, a_rows[i].number, &a_rows[i].hist,
			   reason_hist(b_rows, b_count, a_rows[i].number));
	for (size_t i = 0; i < b_count; i++)
		if (!reason_hist(a_rows, a_count, b_rows[i].number)->count)
			add_reason(rows, b_rows[i].number,
				   reason_hist(a_rows, a_count, b_rows[i].number), &b_rows[i].hist);
	free(a_rows);
	free(b_rows);
}

static void add_flushes(const struct pair *pair)
{
	char flush[12], reason[12];

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
		for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++)
			add(pair->rows, "tlb_flush", "count", pair->a->flush[how][cause],
			    pair->b->flush[how][cause], "%s/%s",
			    vts_name_or_number(vts_how_name(VTS_KIND_TLB_FLUSH, how), how, flush),
			    vts_name_or_number(vts_flush_cause_name(cause), cause, reason));
}

/** A table of counts by how; @a and @b are the array of that kind in either trace. */
static void add_hows(struct diff_rows *rows, unsigned kind, const char *measure, const uint64_t *a,
		     const uint64_t *b)
{
	char number[12];

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
		add(rows, vts_kind_name(kind), measure, a[how], b[how], "%s",
		    vts_name_or_number(vts_how_name(kind, how), how, number));
}

static void add_details(const struct pair *pair)
{
	const struct vts_counts *a = pair->a, *b = pair->b;
	struct diff_rows *rows = pair->rows;
	char number[12];

	add_flushes(pair);
	add_hows(rows, VTS_KIND_EPT_VIOLATION, "count", a->ept_violation, b->ept_violation);
	add_hows(rows, VTS_KIND_SHADOW_FAULT, "count", a->shadow_fault, b->shadow_fault);
	add_hows(rows, VTS_KIND_SHADOW_ZAP, "count", a->shadow_zap, b->shadow_zap);
	add_hows(rows, VTS_KIND_SHADOW_ZAP, "entries", a->shadow_zap_entries,
		 b->shadow_zap_entries);
	add_hows(rows, VTS_KIND_IO_REQUEST, "refused", a->io_refused, b->io_refused);
	add_hows(rows, VTS_KIND_INJECTION, "count", a->injection, b->injection);
	for (unsigned i = 0; i < VTS_STATS_CALLS; i++) {
		unsigned call = vts_stats_row_call(i);

		add(rows, "hypercall", "count", a->hypercall[i], b->hypercall[i], "%s",
		    vts_name_or_number(vts_hypercall_name(call), call, number));
	}
	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++) {
		const char *name = vts_name_or_number(vts_device_name(i), i, number);

		add(rows, "io_request", "requests", a->io[i].requests, b->io[i].requests, "%s",
		    name);
		add(rows, "io_request", "bytes", a->io[i].bytes, b->io[i].bytes, "%s", name);
		add(rows, "io_request", "trapped", a->io[i].trapped, b->io[i].trapped, "%s", name);
	}
}

static uint64_t phase_total(const struct vts_phase *phase)
{
	return phase && phase->end > phase->begin ? phase->end - phase->begin : 0;
}

/** Phases are compared in their order; one that only one trace has is compared with nothing. */
static void add_phases(struct diff_rows *rows, const struct vts_stats *a, const struct vts_stats *b)
{
	static const struct vts_phase none;

	for (size_t i = 0; i < a->phases || i < b->phases; i++) {
		const struct vts_phase *x = i < a->phases ? &a->phase[i] : &none;
		const struct vts_phase *y = i < b->phases ? &b->phase[i] : &none;
		struct vts_counts m = {0}, n = {0};
		char key[48];

		if (x != &none)
			vts_stats_phase_counts(a, x, &m);
		if (y != &none)
			vts_stats_phase_counts(b, y, &n);
		snprintf(key, sizeof(key), "%zu:%s", i, x != &none ? x->name : y->name);
		add(rows, "phase", "ops", x->ops, y->ops, "%s", key);
		add_time(rows, "phase", "total", phase_total(x), phase_total(y), key);
		add_time(rows, "phase", "vmm", m.vmm_time, n.vmm_time, key);
		add(rows, "phase", "exits", m.exits, n.exits, "%s", key);
		add(rows, "phase", "value", x->value, y->value, "%s", key);
	}
}

void diff_rows_make(struct diff_rows *rows, const struct tally *a, const struct tally *b)
{
	struct pair pair = {rows, &a->stats.total, &b->stats.total};

	*rows = (struct diff_rows){0};
	add_totals(rows, a, b);
	add_reasons(rows, a, b);
	add_details(&pair);
	add_phases(rows, &a->stats, &b->stats);
}
