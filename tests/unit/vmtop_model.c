/* SPDX-License-Identifier: GPL-2.0-only */
/* vmtop's sampling: totals, intervals, and what a report makes of them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/vmtop_events.h"
#include "tools/vmtop/views.h"
#include "tools/vmtop/fleet.h"

static const struct view *const exits = &views[VIEW_EXITS];
static char directory[64];
static struct fleet fleet = {.view = &views[VIEW_EXITS]};
static struct report *report;

static void setup(void)
{
	strcpy(directory, "/tmp/vmtop-unit.XXXXXX");
	cr_assert(mkdtemp(directory));
	report = calloc(1, sizeof(*report));
}

static void teardown(void)
{
	char command[128];

	fleet_close(&fleet);
	free(report);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	cr_assert_eq(system(command), 0);
}

TestSuite(vmtop_model, .init = setup, .fini = teardown);

/** Record the life of vmtop_events.h and open it. */
static struct model *open_trace(const char *guest, uint64_t lost)
{
	struct vts_error error = {""};

	cr_assert_eq(vmtop_record(directory, guest, lost, &error), 0, "%s", error.text);
	cr_assert_eq(fleet_replay(&fleet, directory, 1, &error), 0, "%s", error.text);
	return fleet.member[0].model;
}

static const struct row *find_row(const char *reason)
{
	for (size_t i = 0; i < report->rows; i++)
		if (strcmp(report->row[i].label, reason) == 0)
			return &report->row[i];
	return NULL;
}

static const struct panel *find_panel(const char *key)
{
	for (size_t i = 0; i < report->panels; i++)
		if (strcmp(report->panel[i].key, key) == 0)
			return &report->panel[i];
	return NULL;
}

static void play_all(struct model *model)
{
	cr_assert(model_pump(model, UINT64_MAX, INFINITY));
	model_tick(model, model_trace_seconds(model, model->stats.last_tsc));
}

Test(vmtop_model, totals)
{
	struct model *model = open_trace("mixed.elf", 0);

	play_all(model);
	cr_assert(model_ended(model));
	report_build(report, model, exits, SCOPE_TOTAL);
	cr_assert_eq(report->events, VMTOP_EVENTS_COUNT);
	cr_assert_eq(report->exits, VMTOP_EVENTS_EXITS);
	cr_assert_eq(report->vmm_time, VMTOP_EVENTS_VMM);
	cr_assert_eq(report->clear_time, VMTOP_EVENTS_CLEAR);
	cr_assert_eq(report->guest_time, 1671010 - VMTOP_EVENTS_VMM);
	cr_assert_eq(report->lost, 0);
	cr_assert_eq(report->problems, 0, "%s", report->problem);
	cr_assert_float_eq(report->guest_share + report->vmm_share, 1, 1e-12);
	cr_assert_float_eq(report->seconds, 1.67101, 1e-9);
	cr_assert_eq(report->rows, 6);
}

Test(vmtop_model, row_of_a_reason)
{
	const struct row *row;

	play_all(open_trace("mixed.elf", 0));
	report_build(report, fleet.member[0].model, exits, SCOPE_TOTAL);
	row = find_row("ept_violation");
	cr_assert(row);
	cr_assert_eq(row->number, VTS_REASON_EPT_VIOLATION);
	cr_assert_eq(row->count, 500);
	cr_assert_eq(row->sum, 300000);
	cr_assert_float_eq(row->mean, 600, 1e-9);
	cr_assert_eq(row->min, 600);
	cr_assert_eq(row->p50, 600);
	cr_assert_eq(row->p99, 600);
	cr_assert_eq(row->max, 600);
	cr_assert_float_eq(row->share, 300000.0 / VMTOP_EVENTS_VMM, 1e-12);
	cr_assert_float_eq(row->per_second, 500 / 1.67101, 1e-6);
	cr_assert_eq(report->all.count, VMTOP_EVENTS_EXITS);
	cr_assert_eq(report->all.sum, VMTOP_EVENTS_VMM);
	cr_assert_float_eq(report->all.share, 1, 1e-12);
}

Test(vmtop_model, panels)
{
	const struct panel *panel;

	play_all(open_trace("mixed.elf", 0));
	report_build(report, fleet.member[0].model, exits, SCOPE_TOTAL);
	panel = find_panel("tlb_flushes");
	cr_assert(panel && panel->entries == 1 && panel->total == 20);
	cr_assert_str_eq(panel->entry[0].name, "invvpid_single");
	cr_assert_eq(panel->entry[0].subs, 1);
	cr_assert_str_eq(panel->entry[0].sub[0].name, "guest_cr3");
	cr_assert_eq(panel->entry[0].sub[0].count, 20);
	panel = find_panel("io_requests");
	cr_assert(panel && panel->entries == 2 && panel->total == 150);
	cr_assert_str_eq(panel->entry[1].name, "console");
	cr_assert_str_eq(panel->entry[1].sub[0].name, "bytes");
	cr_assert_eq(panel->entry[1].sub[0].count, 1600);
	panel = find_panel("shadow_faults");
	cr_assert(panel && panel->entries == 0 && panel->total == 0);
}

/** Intervals neither lose nor repeat a record: their sums are the totals. */
Test(vmtop_model, intervals_add_up)
{
	struct model *model = open_trace("mixed.elf", 0);
	uint64_t sum = 0, events = 0, vmm = 0, cpuids = 0;

	for (uint64_t limit = 100000; !model->settled; limit += 100000) {
		const struct row *row;

		cr_assert(model_pump(model, limit, INFINITY));
		model_tick(model, model_trace_seconds(model, limit));
		report_build(report, model, exits, SCOPE_INTERVAL);
		cr_assert_float_eq(report->seconds, 0.1, 1e-9);
		sum += report->exits;
		events += report->events;
		vmm += report->vmm_time;
		row = find_row("cpuid");
		cpuids += row ? row->count : 0;
		if (row && limit <= 900000)
			cr_assert_float_eq(row->per_second, limit == 100000 ? 990 : 1000, 1e-6);
	}
	cr_assert_eq(model->intervals, 17);
	cr_assert_eq(sum, VMTOP_EVENTS_EXITS);
	cr_assert_eq(events, VMTOP_EVENTS_COUNT);
	cr_assert_eq(vmm, VMTOP_EVENTS_VMM);
	cr_assert_eq(cpuids, 1000);
}

/** An interval's percentiles are those of its own exits, not of the whole. */
Test(vmtop_model, interval_percentiles)
{
	struct model *model = open_trace("mixed.elf", 0);

	model_pump(model, 1600001, INFINITY);
	model_tick(model, 1.6);
	model_pump(model, 1650001, INFINITY);
	model_tick(model, 1.65);
	report_build(report, model, exits, SCOPE_INTERVAL);
	cr_assert_eq(report->rows, 1);
	cr_assert_eq(report->all.count, 50);
	/* To a bucket's width: 1/64. */
	cr_assert(report->all.min <= 400 && report->all.min >= 393);
	cr_assert(report->all.max >= 400 && report->all.max <= 407);
	cr_assert(report->all.p50 >= 400 && report->all.p50 <= 407);
	cr_assert_eq(report->row[0].p50, 400);
}

Test(vmtop_model, loss_is_reported)
{
	struct model *model = open_trace("mixed.elf", 12345);

	play_all(model);
	report_build(report, model, exits, SCOPE_TOTAL);
	cr_assert_eq(report->lost, 12345);
	report_build(report, model, exits, SCOPE_INTERVAL);
	cr_assert_eq(report->lost, 12345);
	cr_assert_eq(model->last.lost, 12345);
}

Test(vmtop_model, state_and_result)
{
	struct model *model = open_trace("mixed.elf", 0);

	report_build(report, model, exits, SCOPE_TOTAL);
	cr_assert_eq(report->state, STATE_WAITING);
	model_pump(model, 500000, INFINITY);
	report_build(report, model, exits, SCOPE_TOTAL);
	cr_assert_eq(report->state, STATE_RUNNING);
	cr_assert(report->progress > 0.1 && report->progress < 0.4);
	play_all(model);
	report_build(report, model, exits, SCOPE_TOTAL);
	cr_assert_eq(report->state, STATE_ENDED);
	cr_assert_eq(report->status, VMTOP_EVENTS_STATUS);
	cr_assert_str_eq(report->state_text, "ended: guest_exit, status 3");
	cr_assert_str_eq(report->paging, "ept");
	cr_assert_str_eq(report->unit, "instr");
}

/** A settled model keeps its last interval, whoever ticks. */
Test(vmtop_model, settled_stays)
{
	struct model *model = open_trace("mixed.elf", 0);
	uint64_t intervals;

	play_all(model);
	cr_assert(model->settled);
	intervals = model->intervals;
	model_tick(model, 99);
	cr_assert_eq(model->intervals, intervals);
	report_build(report, model, exits, SCOPE_INTERVAL);
	cr_assert_eq(report->exits, VMTOP_EVENTS_EXITS);
}

/** Text from a trace cannot reach the terminal as it is. */
Test(vmtop_model, hostile_names)
{
	struct model *model = open_trace("\033[2Jevil\007", 0);

	play_all(model);
	report_build(report, model, exits, SCOPE_TOTAL);
	for (const char *c = report->guest; *c; c++)
		cr_assert(*c >= ' ' && *c <= '~');
	cr_assert(strstr(report->guest, "evil"));
}

/** A trace cut in its middle: what is left is counted, and the report says that it is not all. */
Test(vmtop_model, cut_trace)
{
	struct model *model;
	char path[96];
	struct stat status;
	struct vts_error error;

	cr_assert_eq(vmtop_record(directory, "mixed.elf", 0, &error), 0);
	snprintf(path, sizeof(path), "%s/vcpu0", directory);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(truncate(path, status.st_size / 2), 0);
	cr_assert_eq(fleet_replay(&fleet, directory, 1, &error), 0, "%s", error.text);
	model = fleet.member[0].model;
	play_all(model);
	report_build(report, model, exits, SCOPE_TOTAL);
	cr_assert(report->exits > 1000 && report->exits < 1400);
	cr_assert(report->problems > 0);
	cr_assert(report->problem[0]);
	cr_assert_eq(report->state, STATE_GONE);
}

Test(vmtop_model, sorting)
{
	int mean = column_by_name(exits, "mean");

	play_all(open_trace("mixed.elf", 0));
	report_build(report, fleet.member[0].model, exits, SCOPE_TOTAL);
	columns_sort(report, mean, false);
	for (size_t i = 1; i < report->rows; i++)
		cr_assert(report->row[i - 1].mean >= report->row[i].mean);
	cr_assert_str_eq(report->row[0].label, "cr_access");
	columns_sort(report, mean, true);
	cr_assert_str_eq(report->row[0].label, "hlt");
	columns_sort(report, column_by_name(exits, "reason"), false);
	cr_assert_str_eq(report->row[0].label, "cpuid");
	cr_assert_eq(column_by_name(exits, "nonsense"), -1);
	cr_assert_eq(column_by_key(exits, 'm'), column_by_name(exits, "max"));
}
