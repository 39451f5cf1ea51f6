// SPDX-License-Identifier: GPL-2.0-only
/*
 * exitstat export --format openmetrics: what was counted, as OpenMetrics 1.0 has it
 * (openmetrics.io): counters, one histogram of latency a reason with a bucket an octave, and the run
 * as an info metric.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "export.h"
#include "heat.h"
#include "trace/names.h"
#include "trace/stats.h"

struct openmetrics {
	const struct view *view;
	FILE *file;
	struct vts_stats stats;
};

static void *openmetrics_open(const struct export_to *to)
{
	struct openmetrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics || vts_stats_init(&metrics->stats) < 0)
		die_of_memory();
	metrics->view = to->view;
	metrics->file = to->file;
	return metrics;
}

static void openmetrics_take(void *context, const struct exit_group *group)
{
	struct openmetrics *metrics = context;

	if ((group->count && vts_stats_add(&metrics->stats, group->details, group->count) < 0) ||
	    (group->exit && vts_stats_add(&metrics->stats, group->exit, 1) < 0))
		die_of_memory();
}

/** The head of a family; @unit: the last word of its name, or NULL. */
static void put_family(FILE *file, const char *name, const char *type, const char *unit,
		       const char *text)
{
	const char *joint = unit ? "_" : "", *last = unit ? unit : "";

	fprintf(file, "# TYPE vtscope_%s%s%s %s\n", name, joint, last, type);
	if (unit)
		fprintf(file, "# UNIT vtscope_%s_%s %s\n", name, unit, unit);
	fprintf(file, "# HELP vtscope_%s%s%s %s\n", name, joint, last, text);
}

/** A label's value: '\\', '"' and line ends are written as two characters. */
static void put_value(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n') {
			fputs("\\n", file);
			continue;
		}
		if (*text == '\\' || *text == '"')
			fputc('\\', file);
		fputc(*text, file);
	}
}

/** Counters of one label; only those that are not 0. */
static void put_hows(FILE *file, const char *name, const char *text, unsigned kind,
		     const uint64_t *counts)
{
	char number[12];

	put_family(file, name, "counter", NULL, text);
	for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
		if (counts[how])
			fprintf(file, "vtscope_%s_total{how=\"%s\"} %" PRIu64 "\n", name,
				vts_name_or_number(vts_how_name(kind, how), how, number),
				counts[how]);
}

static void put_run(const struct openmetrics *metrics)
{
	size_t count;
	const struct vts_env *env = vts_source_env_all(metrics->view->reader, &count);
	const char *comma = "";

	put_family(metrics->file, "run", "info", NULL, "What ran.");
	fputs("vtscope_run_info{", metrics->file);
	for (size_t i = 0; i < count; i++) {
		fputs(comma, metrics->file);
		for (const char *key = env[i].key; *key; key++)
			fputc(isalpha((unsigned char)*key) ||
				      (isdigit((unsigned char)*key) && key != env[i].key)
				  ? *key
				  : '_',
			      metrics->file);
		fputs("=\"", metrics->file);
		put_value(metrics->file, env[i].value);
		fputc('"', metrics->file);
		comma = ",";
	}
	fputs("} 1\n", metrics->file);
}

static void put_time(const struct openmetrics *metrics, const char *name, const char *text,
		     uint64_t time)
{
	const char *unit = vts_source_unit(metrics->view->reader);

	put_family(metrics->file, name, "counter", unit, text);
	fprintf(metrics->file, "vtscope_%s_%s_total %" PRIu64 "\n", name, unit, time);
}

/** One reason's latencies. The histogram's buckets end where octaves do, so the sums are exact. */
static void put_hist(const struct openmetrics *metrics, const char *reason,
		     const struct vts_hist *hist)
{
	const char *unit = vts_source_unit(metrics->view->reader);
	unsigned bucket = 0;
	uint64_t sum = 0;

	for (unsigned band = 0; band < HEAT_BANDS - 1 && sum < hist->count; band++) {
		while (bucket < VTS_HIST_BUCKETS && vts_hist_high(bucket) <= heat_high(band))
			sum += hist->bucket[bucket++];
		fprintf(metrics->file,
			"vtscope_exit_latency_%s_bucket{reason=\"%s\",le=\"%" PRIu64
			".0\"} %" PRIu64 "\n",
			unit, reason, heat_high(band), sum);
	}
	fprintf(metrics->file,
		"vtscope_exit_latency_%s_bucket{reason=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", unit,
		reason, hist->count);
	fprintf(metrics->file, "vtscope_exit_latency_%s_count{reason=\"%s\"} %" PRIu64 "\n", unit,
		reason, hist->count);
	fprintf(metrics->file, "vtscope_exit_latency_%s_sum{reason=\"%s\"} %" PRIu64 "\n", unit,
		reason, hist->sum);
}

static void put_reasons(const struct openmetrics *metrics)
{
	char number[12];

	put_family(metrics->file, "exit_latency", "histogram",
		   vts_source_unit(metrics->view->reader),
		   "The VMM's own work for an exit, by exit reason.");
	for (unsigned row = 0; row < VTS_STATS_REASONS; row++) {
		unsigned reason = vts_stats_row_reason(row);

		if (metrics->stats.reason[row])
			put_hist(
			    metrics,
			    row == VTS_STATS_REASONS - 1
				? "other"
				: vts_name_or_number(vts_exit_reason_name(reason), reason, number),
			    metrics->stats.reason[row]);
	}
}

static void put_flushes(FILE *file, const struct vts_counts *total)
{
	char how_number[12], cause_number[12];

	put_family(file, "tlb_flushes", "counter", NULL, "TLB flushes, by kind and cause.");
	for (unsigned how = 0; how < VTS_STATS_HOWS; how++)
		for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++)
			if (total->flush[how][cause])
				fprintf(
				    file,
				    "vtscope_tlb_flushes_total{how=\"%s\",cause=\"%s\"} %" PRIu64
				    "\n",
				    vts_name_or_number(vts_how_name(VTS_KIND_TLB_FLUSH, how), how,
						       how_number),
				    vts_name_or_number(vts_flush_cause_name(cause), cause,
						       cause_number),
				    total->flush[how][cause]);
}

static void put_io(FILE *file, const struct vts_counts *total)
{
	char number[12];

	put_family(file, "io_requests", "counter", NULL, "Accesses to devices.");
	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++)
		if (total->io[i].requests)
			fprintf(file, "vtscope_io_requests_total{device=\"%s\"} %" PRIu64 "\n",
				vts_name_or_number(vts_device_name(i), i, number),
				total->io[i].requests);
	put_family(file, "io", "counter", "bytes", "Bytes that devices moved.");
	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++)
		if (total->io[i].requests)
			fprintf(file, "vtscope_io_bytes_total{device=\"%s\"} %" PRIu64 "\n",
				vts_name_or_number(vts_device_name(i), i, number),
				total->io[i].bytes);
}

static void put_hypercalls(FILE *file, const struct vts_counts *total)
{
	char number[12];

	put_family(file, "hypercalls", "counter", NULL, "Hypercalls, by number.");
	for (unsigned row = 0; row < VTS_STATS_CALLS; row++) {
		unsigned call = vts_stats_row_call(row);

		if (total->hypercall[row])
			fprintf(file, "vtscope_hypercalls_total{hypercall=\"%s\"} %" PRIu64 "\n",
				row == VTS_STATS_CALL_OTHER
				    ? "other"
				    : vts_name_or_number(vts_hypercall_name(call), call, number),
				total->hypercall[row]);
	}
}

static bool openmetrics_finish(void *context)
{
	struct openmetrics *metrics = context;
	const struct vts_counts *total = &metrics->stats.total;
	FILE *file = metrics->file;

	put_run(metrics);
	if (!metrics->stats.partial)
		put_time(metrics, "guest_time", "Time in the guest.", total->guest_time);
	put_time(metrics, "vmm_time", "Time in the VMM: the sum of all latencies.",
		 total->vmm_time);
	put_time(metrics, "idle_time", "Idle time skipped.", total->idle_time);
	put_reasons(metrics);
	put_hows(file, "exits", "VM exits, by how they were resolved.", VTS_KIND_EXIT,
		 total->exit_how);
	put_flushes(file, total);
	put_hows(file, "ept_violations", "EPT violations, by resolution.", VTS_KIND_EPT_VIOLATION,
		 total->ept_violation);
	put_hows(file, "shadow_faults", "Shadow page faults, by resolution.", VTS_KIND_SHADOW_FAULT,
		 total->shadow_fault);
	put_hows(file, "shadow_zaps", "Removals of shadow entries, by cause.", VTS_KIND_SHADOW_ZAP,
		 total->shadow_zap);
	put_hows(file, "injections", "Events injected, by type.", VTS_KIND_INJECTION,
		 total->injection);
	put_io(file, total);
	put_hypercalls(file, total);
	put_family(file, "events_lost", "counter", NULL, "Records that are missing.");
	fprintf(file, "vtscope_events_lost_total %" PRIu64 "\n",
		vts_source_lost(metrics->view->reader));
	fputs("# EOF\n", file);
	vts_stats_free(&metrics->stats);
	free(metrics);
	return true;
}

const struct export_format export_openmetrics = {
    .name = "openmetrics",
    .open = openmetrics_open,
    .take = openmetrics_take,
    .finish = openmetrics_finish,
};
