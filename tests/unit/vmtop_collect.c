/* SPDX-License-Identifier: GPL-2.0-only */
/* vmtop's tables: they add up to the shared statistics, stay within their bounds, and can be frozen. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/vmtop_events.h"
#include "tests/unit/vmtop_rich.h"
#include "tools/vmtop/fleet.h"

static struct fleet fleet = {.view = &views[VIEW_EXITS]};
static struct vts_event events[VMTOP_RICH_MAX];
static struct report *report;
static struct detail *detail;

static void setup(void)
{
	report = calloc(1, sizeof(*report));
	detail = calloc(1, sizeof(*detail));
}

static void teardown(void)
{
	fleet_close(&fleet);
	free(report);
	free(detail);
}

TestSuite(vmtop_collect, .init = setup, .fini = teardown);

/** Record @list and open it with time series of @step seconds. */
static struct model *open_events(const struct vts_event *list, size_t count, double step)
{
	char directory[] = "/tmp/vmtop-unit.XXXXXX", command[64];
	struct vts_error error = {""};

	cr_assert(mkdtemp(directory));
	cr_assert_eq(vmtop_record_events(directory, "rich.elf", list, count, &error), 0, "%s",
		     error.text);
	cr_assert_eq(fleet_replay(&fleet, directory, step, &error), 0, "%s", error.text);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	cr_assert_eq(system(command), 0);
	return fleet.member[0].model;
}

static struct model *open_rich(double step)
{
	return open_events(events, vmtop_rich(events), step);
}

/** The rows and the rest of each view are those of all. */
static void check_sums(const struct model *model, enum scope scope)
{
	for (size_t view = 0; view < VIEWS; view++) {
		struct row sum = {.count = 0};

		report_build(report, model, &views[view], scope);
		for (size_t i = 0; i < report->rows; i++)
			row_add(&sum, &report->row[i]);
		row_add(&sum, &report->rest);
		cr_assert_eq(sum.count, report->all.count, "%s", views[view].name);
		cr_assert_eq(sum.bytes, report->all.bytes, "%s", views[view].name);
		/* An exit with two kinds of request is in both rows. */
		if (view != VIEW_FLUSHES && view != VIEW_MEMORY && view != VIEW_IO)
			cr_assert_eq(sum.sum, report->all.sum, "%s", views[view].name);
		if (view == VIEW_CR3 || view == VIEW_VMS || view == VIEW_PHASES)
			cr_assert_eq(sum.guest, report->all.guest, "%s", views[view].name);
	}
}

Test(vmtop_collect, tables_equal_the_shared_statistics)
{
	struct model *model = open_rich(1);
	const struct vts_counts *total = &model->stats.total;
	const struct item *all;
	uint64_t flushes = 0, requests = 0;

	model_pump(model, UINT64_MAX, INFINITY);
	model_tick(model, 1);
	all = collect_total(&model->collect, TABLE_REASON);
	cr_assert_eq(all->now[WORD_COUNT], total->exits);
	cr_assert_eq(all->now[WORD_TIME], total->vmm_time);
	cr_assert_eq(all->now[WORD_GUEST], total->guest_time);
	cr_assert_eq(all->now[WORD_IDLE], total->idle_time);
	cr_assert_eq(collect_total(&model->collect, TABLE_MEMORY)->now[WORD_CLEAR],
		     total->clear_time);
	for (unsigned i = 0; i < VTS_STATS_HOWS; i++)
		flushes += vts_counts_flushes(total, i);
	for (unsigned i = 0; i < VTS_STATS_DEVICES; i++)
		requests += total->io[i].requests;
	cr_assert_eq(collect_total(&model->collect, TABLE_FLUSH)->now[WORD_COUNT], flushes);
	cr_assert_eq(collect_total(&model->collect, TABLE_IO)->now[WORD_COUNT], requests);
	check_sums(model, SCOPE_TOTAL);
	check_sums(model, SCOPE_INTERVAL);
}

/** Phases are those of the shared statistics: neither mark's exit is in one. */
Test(vmtop_collect, phases_equal_the_shared_statistics)
{
	struct model *model = open_rich(1);

	model_pump(model, UINT64_MAX, INFINITY);
	model_tick(model, 1);
	for (size_t i = 0; i < model->stats.phases; i++) {
		const struct vts_phase *phase = &model->stats.phase[i];
		uint64_t key[2] = {0};
		const struct item *item;

		memcpy(key, phase->name, 16);
		item = items_find(&model->collect.table[TABLE_PHASE], key[0], key[1]);
		cr_assert(item, "%s", phase->name);
		cr_assert_eq(item->now[WORD_COUNT], phase->counts->exits);
		cr_assert_eq(item->now[WORD_TIME], phase->counts->vmm_time);
		cr_assert_eq(item->now[WORD_GUEST], phase->counts->guest_time);
		cr_assert_eq(item->now[WORD_OPS], phase->ops);
	}
	cr_assert_eq(model->stats.phases, 2);
}

/** More guest addresses, roots and pages than there is room for: bounded, and still adding up. */
Test(vmtop_collect, tables_are_bounded)
{
	static struct vts_event list[20000];
	struct model *model;

	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < 20000; i++) {
		list[i].kind = VTS_KIND_EXIT;
		list[i].reason = (uint16_t)(i * 7);
		list[i].flags = VTS_FLAG_GPA_VALID;
		list[i].exit_tsc = 100 * i;
		list[i].tsc = list[i].exit_tsc + 50;
		list[i].exit.rip = i % 4 ? 0x1000 : 0x100000 + 16 * i;
		list[i].exit.cr3 = i % 8 ? 0x1000 : 0x1000 * i;
		list[i].exit.gpa = 0x1000 * i;
	}
	model = open_events(list, 20000, 1);
	for (uint64_t limit = 100000; !model->settled; limit += 100000) {
		model_pump(model, limit, INFINITY);
		model_tick(model, model_trace_seconds(model, limit));
		check_sums(model, SCOPE_INTERVAL);
		check_sums(model, SCOPE_TOTAL);
		for (size_t i = 0; i < TABLES; i++)
			cr_assert_leq(model->collect.table[i].count, model->collect.table[i].room);
	}
	report_build(report, model, &views[VIEW_HOT], SCOPE_TOTAL);
	cr_assert_gt(report->rest.count, 0);
	columns_sort(report, column_by_name(report->view, "count"), false);
	cr_assert_str_eq(report->row[0].label, "0x1000");
	cr_assert_eq(report->row[0].count, 15000, "what counts most is never put aside");
}

/** A breakdown's parts and its rest are the row. */
Test(vmtop_collect, breakdowns_add_up)
{
	struct model *model = open_rich(0.05);

	model_pump(model, UINT64_MAX, INFINITY);
	model_tick(model, 1);
	for (size_t view = 0; view < VIEWS; view++) {
		report_build(report, model, &views[view], SCOPE_TOTAL);
		for (size_t i = 0; i < report->rows; i++) {
			const struct row *row = &report->row[i];
			struct detail_key key = {row->number, row->number2, false};
			uint64_t points = 0;

			detail_build(detail, report, model, &key);
			cr_assert_eq(detail->row.count, row->count);
			if (row->count)
				cr_assert_gt(detail->breakdowns, 0);
			for (size_t by = 0; by < detail->breakdowns; by++) {
				uint64_t sum = detail->by[by].rest.count;

				for (size_t j = 0; j < detail->by[by].parts; j++)
					sum += detail->by[by].part[j].count;
				cr_assert_eq(sum, row->count, "%s %s", row->label,
					     detail->by[by].title);
			}
			for (unsigned j = 0; j < detail->points; j++)
				points += detail->point[j].count;
			cr_assert_eq(points, row->count, "%s: the series", row->label);
		}
	}
}

/** While paused the picture stands, sampling goes on, and afterwards no step is missing. */
Test(vmtop_collect, a_pause_leaves_no_gap)
{
	struct model *model = open_rich(0.05);
	struct detail_key key = {.whole = true};
	uint64_t frozen, points = 0;

	model_pump(model, 200000, INFINITY);
	fleet_tick(&fleet, 0, 0.2);
	frozen = fleet.member[0].report[SCOPE_TOTAL]->exits;
	cr_assert(frozen > 0 && frozen < 300);
	fleet_freeze(&fleet, true);
	model_pump(model, UINT64_MAX, INFINITY);
	fleet_tick(&fleet, 0, 1);
	fleet.view = &views[VIEW_CR3];
	fleet_report(&fleet, 0);
	cr_assert_eq(fleet.member[0].report[SCOPE_TOTAL]->all.count, frozen);
	fleet_detail(&fleet, 0, fleet.member[0].report[SCOPE_TOTAL], &key, detail);
	cr_assert_eq(detail->row.count, frozen);
	fleet_freeze(&fleet, false);
	fleet.view = &views[VIEW_EXITS];
	fleet_report(&fleet, 0);
	cr_assert_eq(fleet.member[0].report[SCOPE_TOTAL]->all.count, model->stats.total.exits);
	fleet_detail(&fleet, 0, fleet.member[0].report[SCOPE_TOTAL], &key, detail);
	cr_assert_geq(detail->points, 15);
	for (unsigned i = 0; i < detail->points; i++)
		points += detail->point[i].count;
	cr_assert_eq(points, model->stats.total.exits);
}

/** Steps in which nothing happens are steps; a leap of the clock is no endless loop. */
Test(vmtop_collect, steps)
{
	struct vts_event list[3] = {0};
	struct model *model;

	for (size_t i = 0; i < 3; i++) {
		list[i].kind = VTS_KIND_EXIT;
		list[i].exit_tsc = list[i].tsc = i * 1000000;
	}
	list[0].kind = VTS_KIND_VM_START;
	list[0].vm_start.hz = 1000000;
	list[2].exit_tsc = list[2].tsc = UINT64_MAX / 2;
	model = open_events(list, 3, 0.1);
	model_pump(model, 1500000, INFINITY);
	cr_assert_eq(model->collect.steps, 14);
	model_pump(model, UINT64_MAX, INFINITY);
	model_tick(model, 1);
	cr_assert_leq(model->collect.steps, 14 + ITEM_SERIES + 1);
}

/** An exit with two kinds of flush is in both rows, once in that of all, and nothing is left over. */
Test(vmtop_collect, an_exit_in_two_rows)
{
	struct vts_event list[3] = {0};
	struct model *model;

	for (size_t i = 0; i < 3; i++) {
		list[i].tsc = list[i].exit_tsc = 100;
		list[i].kind = VTS_KIND_TLB_FLUSH;
		list[i].how = (uint8_t)(VTS_TLB_FLUSH_INVVPID_ADDRESS + i);
	}
	list[2].kind = VTS_KIND_EXIT;
	list[2].tsc = 150;
	model = open_events(list, 3, 1);
	model_pump(model, UINT64_MAX, INFINITY);
	model_tick(model, 1);
	report_build(report, model, &views[VIEW_FLUSHES], SCOPE_TOTAL);
	cr_assert_eq(report->rows, 2);
	cr_assert_eq(report->row[0].sum, 50);
	cr_assert_eq(report->row[1].sum, 50);
	cr_assert_eq(report->all.sum, 50);
	cr_assert_eq(report->all.exits, 1);
	cr_assert_eq(report->rest.sum, 0);
	cr_assert(!rows_have_rest(report));
}
