// SPDX-License-Identifier: GPL-2.0-only
/* exitstat report, for people. */
#include <stdlib.h>

#include "report.h"
#include "text.h"
#include "trace/names.h"

static const char *how_text(unsigned kind, unsigned how, char *number)
{
	return vts_name_or_number(vts_how_name(kind, how), how, number);
}

static void print_loss(const struct report *report)
{
	uint64_t lost = vts_source_lost(report->source);
	char number[TEXT_NUMBER_MAX];

	if (lost)
		printf("\n%s events were LOST: every count and sum here is too low.\n",
		       text_count(number, lost));
}

static void print_reasons(const struct report *report)
{
	static const char *const columns[] = {"<reason", ">count", ">of exits", ">sum", ">of VMM",
					      ">min",	 ">mean",  ">p50",	">p90", ">p99",
					      ">p99.9",	 ">max",   NULL};
	static const unsigned per_mille[] = {500, 900, 990, 999};
	const struct vts_counts *total = &report->tally->stats.total;
	size_t count;
	struct reason_row *rows = tally_reasons(report->tally, &count);
	struct table *table = table_new(columns);
	char number[12];

	printf("\nVM exits by reason; latency is the VMM's own work, in %s\n",
	       vts_source_unit(report->source));
	for (size_t i = 0; i < count; i++) {
		const struct vts_hist *hist = &rows[i].hist;
		const char *name = vts_exit_reason_name(rows[i].number);

		table_cell(table, "%s", vts_name_or_number(name, rows[i].number, number));
		table_count(table, hist->count);
		table_share(table, hist->count, total->exits);
		table_count(table, hist->sum);
		table_share(table, hist->sum, total->vmm_time);
		table_count(table, hist->min);
		table_mean(table, vts_hist_mean(hist));
		for (size_t j = 0; j < 4; j++)
			table_count(table, vts_hist_percentile(hist, per_mille[j]));
		table_count(table, hist->max);
	}
	if (!count)
		puts("none");
	table_print(table, stdout);
	free(rows);
}

static void print_flushes(const struct report *report)
{
	static const char *const columns[] = {"<flush", "<cause", ">count", NULL};
	const struct vts_counts *total = &report->tally->stats.total;
	const struct tally *tally = report->tally;
	struct table *table = table_new(columns);
	char number[12];

	puts("\nTLB flushes by kind and cause");
	for (unsigned how = 0; how < VTS_STATS_HOWS; how++) {
		for (unsigned cause = 0; cause < VTS_STATS_CAUSES; cause++) {
			if (!total->flush[how][cause])
				continue;
			table_cell(table, "%s", how_text(VTS_KIND_TLB_FLUSH, how, number));
			table_cell(table, "%s",
				   vts_name_or_number(vts_flush_cause_name(cause), cause, number));
			table_count(table, total->flush[how][cause]);
		}
	}
	if (total->transition_flushes) {
		table_cell(table, "transition");
		table_cell(table, "VPID off");
		table_count(table, total->transition_flushes);
	}
	if (!table_rows(table))
		puts("none");
	table_print(table, stdout);
	if (tally->started && tally->start.how == VTS_VM_START_EPT)
		printf("The guest's own flushes %s.\n",
		       tally->start.vm_start.config & VTS_CONFIG_COUNT_FLUSH
			   ? "were intercepted, and are counted"
			   : "do not exit under EPT, and are not counted");
}

/** A table of counts by how, if any is not 0. @entries, if not NULL, are a second column. */
static void print_hows(const char *title, unsigned kind, const uint64_t *counts,
		       const uint64_t *entries)
{
	static const char *const plain[] = {"<how", ">count", NULL};
	static const char *const with_entries[] = {"<how", ">count", ">entries", NULL};
	struct table *table = table_new(entries ? with_entries : plain);
	char number[12];

	for (unsigned how = 0; how < VTS_STATS_HOWS; how++) {
		if (!counts[how])
			continue;
		table_cell(table, "%s", how_text(kind, how, number));
		table_count(table, counts[how]);
		if (entries)
			table_count(table, entries[how]);
	}
	if (table_rows(table))
		printf("\n%s\n", title);
	table_print(table, stdout);
}

static void print_io(const struct vts_counts *total)
{
	static const char *const columns[] = {"<device",  ">requests",	  ">bytes",
					      ">trapped", ">paravirtual", NULL};
	struct table *table = table_new(columns);
	char number[12];

	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++) {
		const struct vts_io_stats *io = &total->io[i];

		if (!io->requests)
			continue;
		table_cell(table, "%s", vts_name_or_number(vts_device_name(i), i, number));
		table_count(table, io->requests);
		table_count(table, io->bytes);
		table_count(table, io->trapped);
		table_count(table, io->pv);
	}
	if (table_rows(table))
		puts("\nI/O by device");
	table_print(table, stdout);
}

static void print_hypercalls(const struct vts_counts *total)
{
	static const char *const columns[] = {"<hypercall", ">count", NULL};
	struct table *table = table_new(columns);
	char number[12];

	for (unsigned i = 0; i < VTS_STATS_CALLS; i++) {
		unsigned call = vts_stats_row_call(i);
		const char *name = vts_hypercall_name(call);

		if (!total->hypercall[i])
			continue;
		if (i == VTS_STATS_CALL_OTHER)
			table_cell(table, "%u and above", i);
		else
			table_cell(table, "%s", vts_name_or_number(name, call, number));
		table_count(table, total->hypercall[i]);
	}
	if (table_rows(table))
		puts("\nHypercalls");
	table_print(table, stdout);
}

static void phase_row(struct table *table, const struct tally *tally, const struct vts_phase *phase)
{
	struct vts_counts counts;
	uint64_t total;

	tally_phase(tally, phase, &counts, &total);
	table_cell(table, "%s%s", phase->name, phase->ended ? "" : " (not ended)");
	table_count(table, phase->ops);
	table_count(table, total);
	table_share(table, counts.guest_time, total);
	table_share(table, counts.vmm_time, total);
	table_count(table, counts.exits);
	if (phase->ops) {
		table_mean(table, (double)total / phase->ops);
		table_cell(table, "%.3f", (double)counts.exits / phase->ops);
	} else {
		table_cell(table, "-");
		table_cell(table, "-");
	}
	table_count(table, phase->value);
}

static void print_phases(const struct report *report)
{
	static const char *const columns[] = {"<phase", ">ops",	  ">total",  ">guest",
					      ">VMM",	">exits", ">per op", ">exits per op",
					      ">value", NULL};
	const struct vts_stats *stats = &report->tally->stats;
	struct table *table = table_new(columns);
	char number[TEXT_NUMBER_MAX];

	if (stats->phases)
		printf("\nPhases marked by the guest, times in %s\n",
		       vts_source_unit(report->source));
	for (size_t i = 0; i < stats->phases; i++)
		phase_row(table, report->tally, &stats->phase[i]);
	table_print(table, stdout);
	if (stats->phases_dropped)
		printf("%s more phases began; --phase NAME counts all of a name.\n",
		       text_count(number, stats->phases_dropped));
}

/** One line of a breakdown. */
static void breakdown_line(struct table *table, const char *label, const struct vts_hist *hist,
			   const struct vts_counts *total)
{
	table_cell(table, "%s", label);
	table_count(table, hist->count);
	table_share(table, hist->count, total->exits);
	table_count(table, hist->sum);
	table_share(table, hist->sum, total->vmm_time);
	table_mean(table, vts_hist_mean(hist));
	table_count(table, vts_hist_percentile(hist, 990));
	table_count(table, hist->max);
}

static void print_breakdown(const struct report *report, enum dimension dimension)
{
	const struct dimension_info *info = &dimensions[dimension];
	const struct breakdown *breakdown = &report->tally->by[dimension];
	const struct vts_counts *total = &report->tally->stats.total;
	const char *const columns[] = {info->column, ">count", ">of exits", ">sum", ">of VMM",
				       ">mean",	     ">p99",   ">max",	    NULL};
	const struct breakdown_row **rows = breakdown_sort(breakdown);
	size_t top = report->top && report->top < breakdown->rows ? report->top : breakdown->rows;
	struct table *table = table_new(columns);
	char label[DIMENSION_LABEL_MAX];
	struct vts_hist hist, all;

	printf("\n%s; latency in %s\n", info->title, vts_source_unit(report->source));
	vts_hist_init(&all);
	for (size_t i = 0; i < top; i++) {
		vts_hist_init(&hist);
		breakdown_merge(&hist, rows[i]);
		vts_hist_merge(&all, &hist);
		info->label(rows[i]->key, &report->tally->where, label, sizeof(label));
		breakdown_line(table, label, &hist, total);
	}
	report_other(rows, breakdown->rows, top, &hist);
	vts_hist_merge(&all, &hist);
	snprintf(label, sizeof(label), "other (%zu)", breakdown->rows - top);
	if (hist.count)
		breakdown_line(table, label, &hist, total);
	if (breakdown->rows)
		breakdown_line(table, "total", &all, total);
	else
		puts("none");
	table_print(table, stdout);
	free(rows);
}

static void print_details(const struct report *report)
{
	const struct vts_counts *total = &report->tally->stats.total;

	print_flushes(report);
	print_hows("EPT violations by resolution", VTS_KIND_EPT_VIOLATION, total->ept_violation,
		   NULL);
	print_hows("Shadow faults by resolution", VTS_KIND_SHADOW_FAULT, total->shadow_fault, NULL);
	print_hows("Shadow zaps by cause", VTS_KIND_SHADOW_ZAP, total->shadow_zap,
		   total->shadow_zap_entries);
	print_io(total);
	print_hows("I/O refused, by the rule that was broken", VTS_KIND_IO_REQUEST,
		   total->io_refused, NULL);
	print_hypercalls(total);
	print_hows("Injections", VTS_KIND_INJECTION, total->injection, NULL);
}

/** What only a VMM's trace has. */
static void print_exits(const struct report *report)
{
	const struct slowest_view view = report_slowest(report);

	if (!report->by)
		print_reasons(report);
	for (size_t i = 0; i < DIMENSIONS; i++)
		if (report->tally->wanted[i])
			print_breakdown(report, i);
	report_host_text(report);
	if (report->tally->slowest.count)
		slowest_table(&view);
	if (!report->by)
		print_details(report);
}

void report_text(const struct report *report)
{
	report_text_summary(report);
	if (tally_native(report->tally))
		puts("\nThere was no VMM: the guest ran on the engine itself, so there are no "
		     "exits.");
	else
		print_exits(report);
	if (!report->by)
		print_phases(report);
	print_loss(report);
}
