// SPDX-License-Identifier: GPL-2.0-only
/* The figures that a tally holds. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "text.h"
#include "trace/names.h"

/** Where rows go: into the figures of one phase, or of the whole run. */
struct target {
	struct figures *figures;
	const char *phase;
	const struct vts_counts *counts;
};

/** What a guest named becomes a key: printable, and without the blanks that end a rule's word. */
static char *clean_key(char *key)
{
	char *colon = strstr(text_clean(key), ": ");

	if (colon) { /* "ept_violation: mmio" */
		*colon = '/';
		memmove(colon + 1, colon + 2, strlen(colon + 2) + 1);
	}
	for (char *at = key; (at = strchr(at, ' '));)
		*at = '_';
	return key;
}

void figure_phase(const char *name, char text[FIGURE_PHASE_MAX])
{
	snprintf(text, FIGURE_PHASE_MAX, "%s", name);
	clean_key(text);
}

__attribute__((format(printf, 3, 4))) static struct figure_row *
add_row(const struct target *target, enum figure_table table, const char *key, ...)
{
	char text[FIGURE_KEY_MAX];
	va_list args;

	va_start(args, key);
	vsnprintf(text, sizeof(text), key, args);
	va_end(args);
	return figures_new_row(target->figures, table, target->phase, clean_key(text));
}

static void add_hist(struct figure_row *row, const struct vts_hist *hist)
{
	figure_set(row, METRIC_COUNT, (double)hist->count);
	figure_set(row, METRIC_SUM, (double)hist->sum);
	figure_set(row, METRIC_MEAN, round(vts_hist_mean(hist) * 1000) / 1000);
	figure_set(row, METRIC_P50, (double)vts_hist_percentile(hist, 500));
	figure_set(row, METRIC_P90, (double)vts_hist_percentile(hist, 900));
	figure_set(row, METRIC_P99, (double)vts_hist_percentile(hist, 990));
	figure_set(row, METRIC_P999, (double)vts_hist_percentile(hist, 999));
	figure_set(row, METRIC_MAX, (double)hist->max);
}

/** What the guest says of the phases of that name: operations, and a figure if it ran once. */
static void add_said(struct figure_row *row, const struct tally *tally, const struct tally *whole)
{
	double ops = 0, value = 0;
	unsigned runs = 0;

	for (size_t i = 0; i < whole->stats.phases; i++) {
		if (strcmp(whole->stats.phase[i].name, tally->phase))
			continue;
		ops += (double)whole->stats.phase[i].ops;
		value = (double)whole->stats.phase[i].value;
		runs++;
	}
	figure_set(row, METRIC_RUNS, tally->phase_runs);
	figure_set(row, METRIC_OPS, ops);
	if (runs == 1 && value != 0)
		figure_set(row, METRIC_VALUE, value);
}

static void add_run(const struct target *target, const struct tally *tally,
		    const struct tally *whole)
{
	const struct vts_counts *counts = target->counts;
	struct figure_row *row = add_row(target, TABLE_RUN, "%s", "");

	figure_set(row, METRIC_EVENTS, (double)counts->events);
	figure_set(row, METRIC_SPAN, (double)tally->span);
	figure_set(row, METRIC_GUEST, (double)tally->guest);
	figure_set(row, METRIC_VMM, (double)counts->vmm_time);
	figure_set(row, METRIC_CLEAR, (double)counts->clear_time);
	figure_set(row, METRIC_IDLE, (double)counts->idle_time);
	figure_set(row, METRIC_TRANSITION, (double)counts->transition_flushes);
	if (tally->phase)
		add_said(row, tally, whole);
}

static void add_reasons(const struct target *target, const struct tally *tally)
{
	size_t count;
	struct reason_row *rows = tally_reasons(tally, &count);
	char number[12];

	for (size_t i = 0; i < count; i++)
		add_hist(add_row(target, TABLE_REASON, "%s",
				 vts_name_or_number(vts_exit_reason_name(rows[i].number),
						    rows[i].number, number)),
			 &rows[i].hist);
	free(rows);
}

struct labelled {
	char key[FIGURE_KEY_MAX];
	const struct breakdown_row *row;
};

static int compare_labelled(const void *a, const void *b)
{
	return strcmp(((const struct labelled *)a)->key, ((const struct labelled *)b)->key);
}

static struct labelled *label_rows(const struct tally *tally, enum dimension dimension)
{
	const struct breakdown *breakdown = &tally->by[dimension];
	const struct breakdown_row **rows = breakdown_sort(breakdown);
	struct labelled *list = calloc(breakdown->rows + 1, sizeof(*list));
	uint64_t start;

	if (!list)
		die_of_memory();
	for (size_t i = 0; i < breakdown->rows; i++) {
		list[i].row = rows[i];
		if (dimension == BY_FUNCTION && !symbols_find(tally->symbols, rows[i]->key, &start))
			strcpy(list[i].key, "unknown");
		else
			dimensions[dimension].label(rows[i]->key, &tally->where, list[i].key,
						    sizeof(list[i].key));
		clean_key(list[i].key);
	}
	free(rows);
	qsort(list, breakdown->rows, sizeof(*list), compare_labelled);
	return list;
}

/** The rows of a breakdown of the tally. Keys of one name (a function that a program has twice) are
 *  one row. */
static void add_breakdown(const struct target *target, const struct tally *tally,
			  enum dimension dimension, enum figure_table table)
{
	struct labelled *list = label_rows(tally, dimension);
	size_t count = tally->by[dimension].rows;

	for (size_t i = 0; i < count;) {
		const char *key = list[i].key;
		struct vts_hist hist;

		vts_hist_init(&hist);
		for (; i < count && !strcmp(list[i].key, key); i++)
			breakdown_merge(&hist, list[i].row);
		add_hist(add_row(target, table, "%s", key), &hist);
	}
	free(list);
}

static void add_requests(const struct target *target)
{
	char number[12];

	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++) {
		const struct vts_io_stats *io = &target->counts->io[i];
		struct figure_row *row = NULL;
		char key[FIGURE_KEY_MAX];

		if (!io->requests)
			continue;
		snprintf(key, sizeof(key), "%s", vts_name_or_number(vts_device_name(i), i, number));
		for (size_t r = 0; r < target->figures->count && !row; r++) {
			struct figure_row *other = &target->figures->rows[r];

			if (other->table == TABLE_DEVICE && !strcmp(other->phase, target->phase) &&
			    !strcmp(other->key, key))
				row = other;
		}
		if (!row)
			row = add_row(target, TABLE_DEVICE, "%s", key);
		figure_set(row, METRIC_REQUESTS, (double)io->requests);
		figure_set(row, METRIC_BYTES, (double)io->bytes);
		figure_set(row, METRIC_TRAPPED, (double)io->trapped);
	}
}

static void add_flushes(const struct target *target)
{
	char how_text[12], cause_text[12];

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
		for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++) {
			uint64_t count = target->counts->flush[how][cause];

			if (count)
				figure_set(add_row(target, TABLE_TLB_FLUSH, "%s/%s",
						   vts_name_or_number(
						       vts_how_name(VTS_KIND_TLB_FLUSH, how), how,
						       how_text),
						   vts_name_or_number(vts_flush_cause_name(cause),
								      cause, cause_text)),
					   METRIC_COUNT, (double)count);
		}
}

/** A table of counts by how; @entries (or NULL) is a second figure of the same rows. */
static void add_hows(const struct target *target, enum figure_table table, unsigned kind,
		     const uint64_t *count, const uint64_t *entries)
{
	char number[12];

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++) {
		struct figure_row *row;

		if (!count[how])
			continue;
		row = add_row(target, table, "%s",
			      vts_name_or_number(vts_how_name(kind, how), how, number));
		figure_set(row, METRIC_COUNT, (double)count[how]);
		if (entries)
			figure_set(row, METRIC_ENTRIES, (double)entries[how]);
	}
}

static void add_details(const struct target *target)
{
	const struct vts_counts *counts = target->counts;
	char number[12];

	add_flushes(target);
	add_hows(target, TABLE_EPT_VIOLATION, VTS_KIND_EPT_VIOLATION, counts->ept_violation, NULL);
	add_hows(target, TABLE_SHADOW_FAULT, VTS_KIND_SHADOW_FAULT, counts->shadow_fault, NULL);
	add_hows(target, TABLE_SHADOW_ZAP, VTS_KIND_SHADOW_ZAP, counts->shadow_zap,
		 counts->shadow_zap_entries);
	add_hows(target, TABLE_INJECTION, VTS_KIND_INJECTION, counts->injection, NULL);
	for (unsigned i = 0; i < VTS_STATS_CALLS; i++) {
		unsigned call = vts_stats_row_call(i);

		if (counts->hypercall[i])
			figure_set(
			    add_row(target, TABLE_HYPERCALL, "%s",
				    vts_name_or_number(vts_hypercall_name(call), call, number)),
			    METRIC_COUNT, (double)counts->hypercall[i]);
	}
}

void figures_add(struct figures *figures, const struct tally *tally, const struct tally *whole)
{
	char phase[FIGURE_PHASE_MAX];
	const struct target target = {figures, phase, &tally->stats.total};

	figure_phase(tally->phase ? tally->phase : "", phase);
	add_run(&target, tally, whole);
	if (tally->stats.total.exits)
		add_hist(add_row(&target, TABLE_EXITS, "%s", ""), &tally->stats.all);
	add_reasons(&target, tally);
	if (tally->wanted[BY_RESOLUTION])
		add_breakdown(&target, tally, BY_RESOLUTION, TABLE_RESOLUTION);
	if (tally->wanted[BY_DEVICE])
		add_breakdown(&target, tally, BY_DEVICE, TABLE_DEVICE);
	if (tally->wanted[BY_FUNCTION])
		add_breakdown(&target, tally, BY_FUNCTION, TABLE_FUNCTION);
	add_requests(&target);
	add_details(&target);
}
