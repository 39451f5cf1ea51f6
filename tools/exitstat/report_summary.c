// SPDX-License-Identifier: GPL-2.0-only
/* The head of exitstat report: what ran, how it ended, and the totals. */
#include <inttypes.h>
#include <string.h>

#include "report.h"
#include "text.h"
#include "trace/names.h"

#define LINE_WIDTH 100

/** Is this part of the metadata for programs only? --json has it. */
static bool is_internal(const char *key)
{
	size_t length = strlen(key);

	return !strcmp(key, "tracer_name") || !strcmp(key, "abi") ||
	       (length > 7 && !strcmp(key + length - 7, "_digest"));
}

/** What the metadata says of the run, in lines of at most LINE_WIDTH columns. */
static void print_env(const struct report *report)
{
	size_t count;
	const struct vts_env *env = vts_source_env_all(report->source, &count);
	int column = printf("%s:", report->title), used = 0;
	char text[128];

	for (size_t i = 0; i < count; i++) {
		int width;

		if (is_internal(env[i].key) || !*env[i].value)
			continue;
		width = snprintf(text, sizeof(text), "%s %s", env[i].key, env[i].value);
		if (column + width + 3 > LINE_WIDTH)
			column = printf("%s\n   ", used ? "," : "") - 2;
		else if (used)
			column += printf(",");
		column += printf(" %s", text_clean(text));
		used++;
	}
	putchar('\n');
}

/** The phrase for a cause of the VM's end, or NULL. */
static const char *stop_phrase(unsigned how)
{
	size_t count;
	const struct vts_name *hows = vts_hows(VTS_KIND_VM_STOP, &count);

	for (size_t i = 0; i < count; i++)
		if (hows[i].number == how)
			return hows[i].text;
	return NULL;
}

static void print_stop(const struct vts_event *stop)
{
	const char *phrase = stop_phrase(stop->how);
	char number[12];

	if (stop->how == VTS_VM_STOP_DETACHED) {
		puts("the VM went on when the recording was ended");
		return;
	}
	printf("the VM ended: %s",
	       vts_name_or_number(vts_how_name(VTS_KIND_VM_STOP, stop->how), stop->how, number));
	if (phrase)
		printf(": %s", phrase);
	if (stop->how == VTS_VM_STOP_GUEST_EXIT)
		printf(" of %" PRIu64, stop->vm_stop.status);
	else if (stop->vm_stop.rip || stop->vm_stop.detail)
		printf("; RIP 0x%" PRIx64 ", detail 0x%" PRIx64, stop->vm_stop.rip,
		       stop->vm_stop.detail);
	putchar('\n');
}

static void print_ends(const struct tally *tally)
{
	char text[256];

	if (tally->started) {
		report_configuration(&tally->start, text, sizeof(text));
		puts(text);
	} else {
		puts("the VM's start is not in the trace");
	}
	if (tally->stopped)
		print_stop(&tally->stop);
	else
		puts("the VM's end is not in the trace");
}

static void summary_row(struct table *table, const char *name, uint64_t number, const char *unit,
			uint64_t whole)
{
	table_cell(table, "%s", name);
	table_count(table, number);
	table_cell(table, "%s", unit);
	if (whole)
		table_share(table, number, whole);
	table_skip_row(table);
}

static void print_totals(const struct report *report)
{
	static const char *const columns[] = {"<", ">", "<", ">share", NULL};
	const struct tally *tally = report->tally;
	const struct vts_counts *total = &tally->stats.total;
	const char *unit = vts_source_unit(report->source);
	struct table *table = table_new(columns);

	if (tally->phase)
		printf("phase %s: %u run%s%s\n", tally->phase, tally->phase_runs,
		       tally->phase_runs == 1 ? "" : "s",
		       tally->phase_open ? ", the last of which did not end" : "");
	summary_row(table, tally->phase ? "time in the phase" : "span", tally->span, unit, 0);
	if (!tally->stats.partial)
		summary_row(table, "  guest", tally->guest, unit, tally->span);
	summary_row(table, "  VMM", total->vmm_time, unit, tally->span);
	summary_row(table, "    clearing memory", total->clear_time, unit, tally->span);
	if (!tally->stats.partial && tally->span > tally->guest + total->vmm_time)
		summary_row(table, "  unrecorded", tally->span - tally->guest - total->vmm_time,
			    unit, tally->span);
	summary_row(table, "idle, skipped", total->idle_time, unit, 0);
	summary_row(table, "exits", total->exits, "", 0);
	summary_row(table, "events", total->events, "", 0);
	summary_row(table, "lost", vts_source_lost(report->source), "events", 0);
	table_print(table, stdout);
	if (tally->stats.partial)
		puts("Exits were left out when this was recorded: how long the guest ran is not "
		     "known.");
}

void report_text_summary(const struct report *report)
{
	print_env(report);
	print_ends(report->tally);
	print_totals(report);
}
