/* SPDX-License-Identifier: GPL-2.0-only */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "counts.h"
#include "hist_bucket.h"

int vts_stats_init(struct vts_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	vts_hist_init(&stats->all);
	stats->pending_phase = -1;
	memset(stats->previous_entry, 0xff, sizeof(stats->previous_entry));
	return 0;
}

void vts_stats_free(struct vts_stats *stats)
{
	for (size_t i = 0; i < VTS_STATS_REASONS; i++)
		free(stats->reason[i]);
	for (size_t i = 0; i < stats->phases; i++)
		free(stats->phase[i].counts);
	memset(stats, 0, sizeof(*stats));
}

static int reason_hist(struct vts_stats *stats, unsigned row)
{
	struct vts_hist *hist = malloc(sizeof(*hist));

	if (!hist)
		return -1;
	vts_hist_init(hist);
	stats->reason[row] = hist;
	return 0;
}

static void hist_add(struct vts_hist *hist, const struct vts_alike *alike)
{
	hist->count += alike->count;
	hist->sum += alike->sum;
	if (alike->min < hist->min)
		hist->min = alike->min;
	if (alike->max > hist->max)
		hist->max = alike->max;
	hist->bucket[vts_alike_bucket(alike)] += alike->count;
}

/*
 * Phases. A phase's counts hold the totals as they stood at its begin; at its end they become the
 * difference. The end mark's own details have then been counted already, if they came before the
 * mark: stats->recent remembers them, to be taken out again.
 */

static struct vts_phase *phase_new(struct vts_stats *stats, const struct vts_event *mark)
{
	struct vts_phase *phase = &stats->phase[stats->phases];
	struct vts_counts *counts = malloc(sizeof(*counts));

	if (!counts)
		return NULL;
	*counts = stats->total;
	*phase = (struct vts_phase){
	    .id = mark->reason,
	    .vcpu = mark->vcpu,
	    .begin = mark->tsc,
	    .begin_exit = mark->exit_tsc,
	    .counts = counts,
	};
	memcpy(phase->name, mark->mark.name, sizeof(phase->name) - 1);
	stats->phases++;
	return phase;
}

/* The begin mark is still inside its exit: a first guess, made exact by phase_entered. */
static int phase_begin(struct vts_stats *stats, const struct vts_event *mark)
{
	struct vts_phase *phase;

	if (stats->phases == VTS_STATS_PHASES) {
		stats->phases_dropped++;
		return 0;
	}
	phase = phase_new(stats, mark);
	if (!phase)
		return -1;
	phase->counts->events++; /* the mark itself, which is counted next */
	stats->pending_phase = (int)(phase - stats->phase);
	return 0;
}

/* The exit of the begin mark was counted: the phase begins with the entry that ended it. */
static void phase_entered(struct vts_stats *stats, const struct vts_event *exit)
{
	struct vts_phase *phase = &stats->phase[stats->pending_phase];

	if (exit->exit_tsc == phase->begin_exit && exit->vcpu == phase->vcpu && !phase->ended) {
		phase->begin = exit->tsc;
		*phase->counts = stats->total;
	}
	stats->pending_phase = -1;
}

/* The latest phase of that mark that has not ended. */
static struct vts_phase *phase_open(struct vts_stats *stats, const struct vts_event *mark)
{
	for (size_t i = stats->phases; i-- > 0;) {
		struct vts_phase *phase = &stats->phase[i];

		if (!phase->ended && phase->id == mark->reason && phase->vcpu == mark->vcpu)
			return phase;
	}
	return NULL;
}

static int phase_end(struct vts_stats *stats, const struct vts_event *mark)
{
	struct vts_phase *phase = phase_open(stats, mark);
	struct vts_counts now = stats->total, own = {0};

	if (!phase) {
		/* Without a VMM the end mark alone says it all. */
		if (!mark->mark.begin_tsc)
			return 0;
		if (stats->phases == VTS_STATS_PHASES) {
			stats->phases_dropped++;
			return 0;
		}
		phase = phase_new(stats, mark);
		if (!phase)
			return -1;
	}
	for (unsigned i = 0; i < stats->recent_count; i++) {
		if (stats->recent[i].exit_tsc == mark->exit_tsc)
			counts_add_detail(&own, &stats->recent[i]);
	}
	vts_counts_subtract(&now, &now, &own);
	if (mark->mark.begin_tsc)
		phase->begin = mark->mark.begin_tsc;
	else /* the guest's last stretch, up to the mark's exit */
		now.guest_time += saturating_sub(mark->exit_tsc, stats->previous_entry[mark->vcpu]);
	vts_counts_subtract(phase->counts, &now, phase->counts);
	phase->end = mark->exit_tsc;
	phase->ops = mark->mark.ops;
	phase->value = mark->mark.value;
	phase->ended = true;
	return 0;
}

void vts_stats_phase_counts(const struct vts_stats *stats, const struct vts_phase *phase,
			    struct vts_counts *into)
{
	if (phase->ended)
		*into = *phase->counts;
	else
		vts_counts_subtract(into, &stats->total, phase->counts);
}

static int mark(struct vts_stats *stats, const struct vts_event *event)
{
	if (event->how == VTS_MARK_BEGIN)
		return phase_begin(stats, event);
	if (event->how == VTS_MARK_END)
		return phase_end(stats, event);
	return 0;
}

/* The details of the exit in progress; those beyond the first few stay in the phase. */
static void remember(struct vts_stats *stats, const struct vts_event *event)
{
	if (stats->recent_count && stats->recent[0].exit_tsc != event->exit_tsc)
		stats->recent_count = 0;
	if (stats->recent_count < VTS_STATS_RECENT)
		stats->recent[stats->recent_count++] = *event;
}

static int add_detail(struct vts_stats *stats, const struct vts_event *event)
{
	if (event->kind == VTS_KIND_MARK) {
		if (mark(stats, event))
			return -1;
	} else if (event->kind == VTS_KIND_VM_START) {
		stats->started = true;
		stats->start = *event;
		/* The first entry follows at once. */
		stats->previous_entry[event->vcpu] = stats->partial ? UINT64_MAX : event->tsc;
	} else if (event->kind == VTS_KIND_VM_STOP) {
		stats->stopped = true;
		stats->stop = *event;
	} else if (event->kind == VTS_KIND_LOST && event->how == VTS_LOST_LEFT_OUT) {
		stats->partial = true;
		memset(stats->previous_entry, 0xff, sizeof(stats->previous_entry));
	}
	remember(stats, event);
	counts_add_detail(&stats->total, event);
	return 0;
}

static int add_exit(struct vts_stats *stats, const struct vts_event *event)
{
	unsigned row = vts_stats_reason_row(event->reason);
	uint64_t latency = saturating_sub(event->tsc, event->exit_tsc);
	unsigned bucket = hist_bucket(latency);

	if (__builtin_expect(!stats->reason[row], 0) && reason_hist(stats, row))
		return -1;
	vts_stats_pass(stats, event);
	counts_add_exit(&stats->total, event, latency);
	hist_record(stats->reason[row], latency, bucket);
	hist_record(&stats->all, latency, bucket);
	if (__builtin_expect(stats->pending_phase >= 0, 0))
		phase_entered(stats, event);
	return 0;
}

int vts_stats_add_alike(struct vts_stats *stats, const struct vts_alike *alike)
{
	unsigned row = vts_stats_reason_row(vts_alike_reason(alike));

	if (!stats->reason[row] && reason_hist(stats, row))
		return -1;
	counts_add_alike(&stats->total, alike);
	hist_add(stats->reason[row], alike);
	hist_add(&stats->all, alike);
	return 0;
}

int vts_stats_add(struct vts_stats *stats, const struct vts_event *events, size_t count)
{
	int status = 0;

	if (count && !stats->total.events)
		stats->first_tsc = events[0].tsc;
	for (size_t i = 0; i < count; i++) {
		const struct vts_event *event = &events[i];

		if (event->tsc > stats->last_tsc)
			stats->last_tsc = event->tsc;
		if (event->kind == VTS_KIND_EXIT)
			status |= add_exit(stats, event);
		else
			status |= add_detail(stats, event);
	}
	return status;
}
