// SPDX-License-Identifier: GPL-2.0-only
/* Counting a source: statistics and breakdowns, of all of it or of the phases of one name. */
#include <stdlib.h>
#include <string.h>

#include "tally.h"
#include "tally_alike.h"

static void count_events(struct tally *tally, const struct vts_event *events, size_t count)
{
	if (count && vts_stats_add(&tally->stats, events, count) < 0)
		die_of_memory();
}

/** Count an exit, with its details, in the breakdowns. */
static void count_exit(struct tally *tally, const struct exit_group *group)
{
	uint64_t latency = exit_latency(group->exit), key;

	host_add(&tally->host, group);
	slowest_add(&tally->slowest, group, &tally->where);
	if (vts_stats_reason_row(group->exit->reason) == VTS_STATS_REASONS - 1)
		breakdown_add(&tally->high, group->exit->reason, latency);
	for (size_t i = 0; i < DIMENSIONS; i++)
		if (tally->wanted[i] && dimensions[i].key(group, &tally->where, &key))
			breakdown_add(&tally->by[i], key, latency);
}

/** Is this the begin mark of a phase of the wanted name? */
static bool begins(const struct tally *tally, const struct vts_event *event)
{
	char name[17] = {0};

	if (event->kind != VTS_KIND_MARK || event->how != VTS_MARK_BEGIN)
		return false;
	memcpy(name, event->mark.name, 16);
	return !strcmp(name, tally->phase);
}

static bool ends(const struct tally *tally, const struct vts_event *event)
{
	return event->kind == VTS_KIND_MARK && event->how == VTS_MARK_END &&
	       event->reason == tally->phase_id;
}

/**
 * Deal with the phase marks among the collected details; true if there were any. A phase lasts
 * from the entry that ends the begin mark's exit to the exit of its end mark, so neither mark's
 * exit is part of it. Where there is no VMM (@exit NULL) the marks' own times say it.
 */
static bool phase_step(struct tally *tally, const struct exit_group *group)
{
	const struct vts_event *exit = group->exit;
	bool marked = false;

	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];

		if (!tally->phase_open && begins(tally, detail)) {
			tally->phase_open = true;
			tally->phase_runs++;
			tally->phase_id = detail->reason;
			tally->phase_begin = exit ? exit->tsc : detail->tsc;
			marked = true;
		} else if (tally->phase_open && ends(tally, detail)) {
			if (detail->mark.begin_tsc)
				tally->phase_begin = detail->mark.begin_tsc;
			tally->phase_open = false;
			if (detail->exit_tsc > tally->phase_begin)
				tally->span += detail->exit_tsc - tally->phase_begin;
			marked = true;
		}
	}
	return marked;
}

/** The first vm_start, the last vm_stop, and whether the trace is partial, wherever the phases are. */
static void note_life(struct tally *tally, const struct exit_group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		if (group->details[i].kind == VTS_KIND_VM_START && !tally->started) {
			tally->started = true;
			tally->start = group->details[i];
		}
		if (group->details[i].kind == VTS_KIND_VM_STOP) {
			tally->stopped = true;
			tally->stop = group->details[i];
		}
		if (group->details[i].kind == VTS_KIND_LOST &&
		    group->details[i].how == VTS_LOST_LEFT_OUT)
			tally->stats.partial = true;
	}
}

static void count_group(struct tally *tally, const struct exit_group *group)
{
	if (!tally->phase) {
		if (group->exit)
			count_exit(tally, group);
	} else if (!phase_step(tally, group) && tally->phase_open) {
		count_events(tally, group->details, group->count);
		if (group->exit) {
			count_events(tally, group->exit, 1);
			count_exit(tally, group);
		}
	}
}

static void take_group(void *context, const struct exit_group *group)
{
	struct tally *tally = context;

	tally->last_tsc = group->exit ? group->exit->tsc : group->details[group->count - 1].tsc;
	if (group->count) {
		note_life(tally, group);
		guest_enter(&tally->where, group);
	}
	count_group(tally, group);
	if (group->exit)
		slowest_remember(&tally->slowest, group->exit);
	if (group->count)
		guest_leave(&tally->where, group);
}

void tally_init(struct tally *tally)
{
	if (vts_stats_init(&tally->stats) < 0)
		die_of_memory();
	for (size_t i = 0; i < DIMENSIONS; i++)
		if (tally->wanted[i])
			breakdown_init(&tally->by[i]);
	breakdown_init(&tally->high);
	slowest_init(&tally->slowest);
	guest_init(&tally->where, tally->symbols, tally->unwind);
	tally->grouper = (struct grouper){.take = take_group, .context = tally};
	if (!tally->phase && !tally->slowest.wanted)
		tally_alike_init(tally);
}

void tally_free(struct tally *tally)
{
	vts_stats_free(&tally->stats);
	for (size_t i = 0; i < DIMENSIONS; i++)
		if (tally->wanted[i])
			breakdown_free(&tally->by[i]);
	breakdown_free(&tally->high);
	slowest_free(&tally->slowest);
	guest_free(&tally->where);
	grouper_free(&tally->grouper);
	tally_alike_free(tally);
}

/** Take records one by one, until what is put together is a whole exit. */
static size_t add_slowly(struct tally *tally, const struct vts_event *events, size_t count)
{
	size_t i = 0;

	do {
		/* A phase's counts are what the whole has at its mark; a name holds from it on. */
		if (events[i].kind == VTS_KIND_MARK)
			tally_alike_flush(tally);
		count_events(tally, &events[i], 1);
		grouper_add(&tally->grouper, &events[i], 1);
	} while (++i < count && tally->grouper.count);
	return i;
}

void tally_add(struct tally *tally, const struct vts_event *events, size_t count)
{
	size_t done = 0;

	tally->seen += count;
	if (!tally->alike) {
		if (!tally->phase)
			count_events(tally, events, count);
		grouper_add(&tally->grouper, events, count);
		return;
	}
	while (done < count) {
		if (!tally->grouper.count)
			done += tally_alike_take(tally, events + done, count - done);
		if (done < count)
			done += add_slowly(tally, events + done, count - done);
	}
}

void tally_finish(struct tally *tally)
{
	const struct vts_counts *total = &tally->stats.total;

	tally_alike_flush(tally);
	grouper_finish(&tally->grouper);
	if (!tally->phase) {
		tally->span = tally->stats.last_tsc - tally->stats.first_tsc;
		tally->guest = tally_native(tally) ? tally->span : total->guest_time;
		return;
	}
	if (tally->phase_open && tally->last_tsc > tally->phase_begin)
		tally->span += tally->last_tsc - tally->phase_begin;
	/* stats cannot know the stretches before the first and after the last exit of a phase. */
	if (!tally->stats.partial && tally->span > total->vmm_time)
		tally->guest = tally->span - total->vmm_time;
}

bool tally_native(const struct tally *tally)
{
	return tally->started && tally->start.how == VTS_VM_START_NATIVE;
}

void tally_phase(const struct tally *tally, const struct vts_phase *phase,
		 struct vts_counts *counts, uint64_t *total)
{
	uint64_t end = phase->ended ? phase->end : tally->stats.last_tsc;

	vts_stats_phase_counts(&tally->stats, phase, counts);
	*total = end > phase->begin ? end - phase->begin : 0;
	if (tally_native(tally))
		counts->guest_time = *total;
}

static int take(void *context, const struct vts_event *events, size_t count)
{
	tally_add(context, events, count);
	return 0;
}

void tally_source(struct tally *tally, struct vts_source *source, uint64_t seconds)
{
	source_drain(source, seconds, take, tally);
	tally_finish(tally);
}

static int compare(const void *left, const void *right)
{
	const struct reason_row *a = left, *b = right;

	if (a->hist.sum != b->hist.sum)
		return a->hist.sum < b->hist.sum ? 1 : -1;
	return a->number < b->number ? -1 : a->number > b->number;
}

struct reason_row *tally_reasons(const struct tally *tally, size_t *count)
{
	const struct breakdown_row **high = breakdown_sort(&tally->high);
	struct reason_row *rows = calloc(VTS_STATS_REASONS + tally->high.rows, sizeof(*rows));

	if (!rows)
		die_of_memory();
	*count = 0;
	for (unsigned i = 0; i < VTS_STATS_REASONS - 1; i++) {
		if (!tally->stats.reason[i])
			continue;
		rows[*count].number = vts_stats_row_reason(i);
		rows[(*count)++].hist = *tally->stats.reason[i];
	}
	for (size_t i = 0; i < tally->high.rows; i++) {
		rows[*count].number = high[i]->key;
		vts_hist_init(&rows[*count].hist);
		breakdown_merge(&rows[(*count)++].hist, high[i]);
	}
	free(high);
	qsort(rows, *count, sizeof(*rows), compare);
	return rows;
}
