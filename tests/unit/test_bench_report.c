// SPDX-License-Identifier: GPL-2.0-only
/* The report's arithmetic, on the stored results of a real run: 500 operations a workload. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report.h"

static struct vtb_result *results;
static size_t count;
static struct vtb_report report;

static void load(void)
{
	char here[] = __FILE__;
	char dir[4096];
	struct vts_error error;

	*strrchr(here, '/') = '\0';
	snprintf(dir, sizeof(dir), "%s/bench_results", here);
	results = vtb_results_load(dir, &count, &error);
	cr_assert(results, "%s", error.text);
	cr_assert_eq(vtb_report_init(&report, results, count, &error), 0);
}

static void unload(void)
{
	vtb_results_free(results, count);
}

TestSuite(bench_report, .init = load, .fini = unload);

static struct vtb_result *result_of(const char *workload, enum vtb_paging paging, enum vtb_io io)
{
	for (size_t i = 0; i < count; i++) {
		struct vtb_cell *cell = &results[i].cell;

		if (!strcmp(cell->workload->name, workload) && cell->paging == paging &&
		    cell->io == io && cell->vmm == VTB_STANDARD)
			return &results[i];
	}
	cr_assert_fail("no cell %s", workload);
	return NULL;
}

/* The row in which the columns @key, and @key2 unless NULL, have these values. */
static const json_t *row_of(const struct vtb_table *table, const char *key, const char *value,
			    const char *key2, const char *value2)
{
	for (size_t i = 0; i < json_array_size(table->rows); i++) {
		const json_t *row = json_array_get(table->rows, i);

		if (!strcmp(json_string_value(json_object_get(row, key)), value) &&
		    (!key2 || !strcmp(json_string_value(json_object_get(row, key2)), value2)))
			return row;
	}
	return NULL;
}

static double number(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(row, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

Test(bench_report, costs)
{
	struct vtb_table table = vtb_table_costs(&report);
	const json_t *ptemod = row_of(&table, "workload", "ptemod", NULL, NULL);
	const json_t *pv = row_of(&table, "workload", "console pv", NULL, NULL);

	cr_assert_eq(number(ptemod, "ops"), 500);
	cr_assert_eq(number(ptemod, "native"), 7526 / 500.0);
	cr_assert_eq(number(ptemod, "ept"), 7583 / 500.0);
	cr_assert_eq(number(ptemod, "shadow"), 393256 / 500.0);
	cr_assert_float_eq(number(ptemod, "shadow_more"), (393256 - 7526) / 500.0, 1e-9);
	cr_assert_float_eq(number(ptemod, "shadow_ept"), 393256 / 7583.0, 1e-9);
	cr_assert_eq(number(pv, "ept"), 3864 / 500.0);
	cr_assert_eq(number(pv, "native"), 2149291 / 500.0, "native has one kind of output");
	cr_assert_eq(json_array_size(table.rows), 9, "a row each, two for console");
	vtb_table_free(&table);
}

Test(bench_report, native_opens_no_row_of_its_own_where_there_is_another)
{
	struct vtb_table table;

	result_of("console", VTB_EPT, VTB_TRAPPED)->ok = false;
	result_of("console", VTB_SHADOW, VTB_TRAPPED)->ok = false;
	table = vtb_table_costs(&report);
	cr_assert_null(row_of(&table, "workload", "console", NULL, NULL));
	cr_assert_not_null(row_of(&table, "workload", "console pv", NULL, NULL));
	vtb_table_free(&table);
}

Test(bench_report, a_cell_that_is_not_ok_is_in_no_table_but_its_own)
{
	struct vtb_table costs, failures;
	const json_t *row;

	vtb_result_fail(result_of("ptemod", VTB_SHADOW, VTB_TRAPPED), "a test");
	costs = vtb_table_costs(&report);
	failures = vtb_table_failures(&report);
	row = row_of(&costs, "workload", "ptemod", NULL, NULL);
	cr_assert(isnan(number(row, "shadow")) && isnan(number(row, "shadow_more")));
	cr_assert_eq(number(row, "ept"), 7583 / 500.0);
	cr_assert_eq(json_array_size(failures.rows), 1);
	cr_assert_str_eq(text(row_of(&failures, "cell", "ptemod shadow", NULL, NULL), "error"),
			 "a test");
	vtb_table_free(&costs);
	vtb_table_free(&failures);
}

Test(bench_report, clearing_stands_apart)
{
	struct vtb_table table = vtb_table_peers(&report);
	const json_t *row = row_of(&table, "workload", "demand", "paging", "ept");

	cr_assert_eq(number(row, "measured"), 917);
	cr_assert_eq(number(row, "clear"), 518);
	cr_assert_eq(number(row, "beside_clear"), 399);
	cr_assert_eq(number(row, "kvm"), 2908);
	cr_assert_float_eq(number(row, "kvm_ratio"), 2908 / 399.0, 1e-9);
	row = row_of(&table, "workload", "cpuid", "paging", "shadow");
	cr_assert_eq(number(row, "kvm"), 964);
	cr_assert(isnan(number(row, "clear")));
	cr_assert_null(row_of(&table, "workload", "console", NULL, NULL), "KVM did not do that");
	vtb_table_free(&table);
}

Test(bench_report, kvm_is_in_instructions_only)
{
	struct vtb_table table;
	const json_t *row;

	report.unit = "cycles";
	table = vtb_table_peers(&report);
	row = row_of(&table, "workload", "cpuid", "paging", "ept");
	cr_assert_eq(number(row, "measured"), 179);
	cr_assert(isnan(number(row, "kvm")) && isnan(number(row, "kvm_ratio")));
	vtb_table_free(&table);
}

Test(bench_report, events)
{
	struct vtb_table table = vtb_table_events(&report);
	const json_t *row = row_of(&table, "workload", "ctxswitch", "events", "flushes");

	cr_assert_eq(number(row, "per_op"), 1);
	cr_assert_str_eq(text(row, "by"), "invvpid_nonglobal 1.000; caused by guest_cr3 1.000");
	row = row_of(&table, "workload", "console pv", "paging", "ept");
	cr_assert_str_eq(text(row, "by"), "vmcall 0.016");
	cr_assert_null(row_of(&table, "workload", "syscall", NULL, NULL));
	vtb_table_free(&table);
}

Test(bench_report, shares)
{
	struct vtb_table table = vtb_table_shares(&report);
	const json_t *row = row_of(&table, "workload", "demand", "paging", "ept");

	cr_assert_float_eq(number(row, "vmm"), 100.0 * 431630 / 464255, 1e-9);
	cr_assert_float_eq(number(row, "clear"), 100.0 * 259000 / 464255, 1e-9);
	cr_assert_float_eq(number(row, "guest") + number(row, "vmm") + number(row, "idle"), 100,
			   1e-9);
	cr_assert_float_eq(number(row, "vmm_exit"), 431630 / 500.0, 1e-9);
	vtb_table_free(&table);
}

Test(bench_report, console)
{
	struct vtb_table table = vtb_table_console(&report);
	const json_t *row = row_of(&table, "paging", "ept", NULL, NULL);

	cr_assert_eq(json_array_size(table.rows), 2);
	cr_assert_eq(number(row, "trapped"), 302849 / 500.0);
	cr_assert_eq(number(row, "pv"), 3864 / 500.0);
	cr_assert_eq(number(row, "pv_exits"), 8 / 500.0);
	cr_assert_float_eq(number(row, "ratio"), 302849 / 3864.0, 1e-9);
	vtb_table_free(&table);
}

static const json_t *bar(struct vtb_table *table, const char *workload, unsigned *failed,
			 unsigned *missing)
{
	*failed = *missing = 0;
	*table = vtb_table_bars(&report, failed, missing);
	return row_of(table, "workload", workload, NULL, NULL);
}

Test(bench_report, bars_hold_up_to_their_limit)
{
	struct vtb_result *cpuid = result_of("cpuid", VTB_EPT, VTB_TRAPPED);
	unsigned failed, missing;
	struct vtb_table table;

	cpuid->measured = 240;
	cr_assert_str_eq(text(bar(&table, "cpuid", &failed, &missing), "verdict"), "holds");
	cr_assert_eq(failed, 0);
	cr_assert_eq(missing, 14, "those of the workloads that are not here");
	vtb_table_free(&table);
	cpuid->measured = 241;
	cr_assert_str_eq(text(bar(&table, "cpuid", &failed, &missing), "verdict"), "FAILS");
	cr_assert_eq(failed, 1);
	vtb_table_free(&table);
	cpuid->measured = VTB_UNKNOWN;
	cr_assert_str_eq(text(bar(&table, "cpuid", &failed, &missing), "verdict"), "not measured");
	cr_assert_eq(missing, 15);
	vtb_table_free(&table);
}

Test(bench_report, the_bar_of_demand_is_beside_clearing)
{
	struct vtb_result *demand = result_of("demand", VTB_EPT, VTB_TRAPPED);
	unsigned failed, missing;
	struct vtb_table table;

	demand->measured = 518 + 500;
	cr_assert_str_eq(text(bar(&table, "demand", &failed, &missing), "verdict"), "holds");
	vtb_table_free(&table);
	demand->measured++;
	cr_assert_str_eq(text(bar(&table, "demand", &failed, &missing), "verdict"), "FAILS");
	vtb_table_free(&table);
}

/** The console's paravirtual cell, as a disk's: 500 requests, 8 at a time. */
static struct vtb_result *disk_result(void)
{
	struct vtb_result *result = result_of("console", VTB_EPT, VTB_PV);

	result->cell.workload = vtb_workload_find("blockreadq8");
	result->cell.pages = result->cell.workload->pages;
	return result;
}

Test(bench_report, a_virtio_disk_has_fewer_exits_than_requests)
{
	static const char *const verdicts[] = {"holds", "holds", "FAILS", "FAILS"};
	static const uint64_t exits[] = {63, 499, 500, 501};
	struct vtb_result *result = disk_result();

	for (unsigned i = 0; i < 4; i++) {
		unsigned failed = 0, missing = 0;
		struct vtb_table table;

		result->exits = exits[i];
		table = vtb_table_exit_bars(&report, &failed, &missing);
		cr_assert_str_eq(
		    text(row_of(&table, "workload", "blockreadq8", "paging", "ept"), "verdict"),
		    verdicts[i]);
		cr_assert_eq(failed, exits[i] >= 500);
		cr_assert_eq(missing, 3, "the cells that are not there");
		vtb_table_free(&table);
	}
}

Test(bench_report, what_a_request_takes)
{
	struct vtb_result *result = disk_result();
	struct vtb_table table;
	const json_t *row;

	result->exits = 63;
	result->disk_requests = 500;
	result->disk_bytes = 500 * 4096;
	result->disk_depth = 500 * 4 + 250;
	result->notifications = 62;
	table = vtb_table_requests(&report);
	row = row_of(&table, "workload", "blockreadq8 pv", NULL, NULL);
	cr_assert_eq(number(row, "exits"), 63 / 500.0);
	cr_assert_eq(number(row, "notifications"), 62 / 500.0);
	cr_assert_eq(number(row, "kib"), 4);
	cr_assert_eq(number(row, "depth"), 4.5);
	vtb_table_free(&table);
	result->disk_requests = VTB_UNKNOWN;
	table = vtb_table_requests(&report);
	cr_assert(isnan(number(row_of(&table, "workload", "blockreadq8 pv", NULL, NULL), "kib")),
		  "results from before it was counted");
	vtb_table_free(&table);
}

Test(bench_report, what_recording_costs)
{
	unsigned failed = 0, missing = 0;
	struct vtb_table table = vtb_table_recording(&report, &failed, &missing);
	const json_t *row = row_of(&table, "workload", "ptemod", NULL, NULL);

	cr_assert_eq(number(row, "cost_exit"), (771 - 705) / (501 / 500.0));
	cr_assert_eq(number(row, "cost_record"), (771 - 705) / (1002 / 500.0));
	cr_assert_eq(number(row_of(&table, "workload", "cpuid", NULL, NULL), "cost_record"), 26);
	cr_assert_eq(json_array_size(table.rows), 3, "ptemod under EPT has no exit to record");
	cr_assert_eq(failed, 0);
	cr_assert_str_eq(text(row, "verdict"), "holds");
	vtb_table_free(&table);
	result_of("cpuid", VTB_EPT, VTB_TRAPPED)->measured += 15;
	table = vtb_table_recording(&report, &failed, &missing);
	cr_assert_eq(failed, 1);
	vtb_table_free(&table);
}

static unsigned differing(unsigned *judged)
{
	unsigned failed = 0;
	struct vtb_table table;

	*judged = 0;
	table = vtb_table_counts(&report, false, &failed, judged);
	cr_assert_eq(json_array_size(table.rows), failed);
	vtb_table_free(&table);
	return failed;
}

/* A cell made a boot: what its exits cost by reason. */
static void make_boot(struct vtb_result *result, const char *counts, const char *times)
{
	result->cell.workload = vtb_workload_find("linux-boot");
	json_decref(result->exits_by_reason);
	result->exits_by_reason = json_loads(counts, 0, NULL);
	result->exit_times = json_loads(times, 0, NULL);
	result->ops = 1;
}

Test(bench_report, what_shadow_paging_adds_to_a_linux_guest)
{
	struct vtb_result *ept = result_of("cpuid", VTB_EPT, VTB_TRAPPED);
	struct vtb_result *shadow = result_of("cpuid", VTB_SHADOW, VTB_TRAPPED);
	struct vtb_table table = vtb_table_linux(&report);
	const json_t *row;

	cr_assert_eq(json_array_size(table.rows), 0, "of small guests it says nothing");
	vtb_table_free(&table);
	make_boot(ept, "{\"cpuid\":5,\"hlt\":2}", "{\"cpuid\":50,\"hlt\":4}");
	ept->total = 1000, ept->guest = 946, ept->exits = 7;
	make_boot(shadow, "{\"cpuid\":5,\"cr_access\":10}", "{\"cpuid\":50,\"cr_access\":300}");
	shadow->total = 1310, shadow->guest = 960, shadow->exits = 15;
	table = vtb_table_linux(&report);
	cr_assert_eq(json_array_size(table.rows), 4);
	row = row_of(&table, "what", "all", NULL, NULL);
	cr_assert_eq(number(row, "adds"), 310);
	cr_assert_float_eq(number(row, "share"), 31, 1e-9);
	row = row_of(&table, "what", "the guest itself", NULL, NULL);
	cr_assert_eq(number(row, "adds"), 14);
	cr_assert(isnan(number(row, "ept_exits")));
	row = row_of(&table, "what", "cr_access", NULL, NULL);
	cr_assert_eq(number(row, "ept_exits"), 0);
	cr_assert_eq(number(row, "shadow_exits"), 10);
	cr_assert_eq(number(row, "adds"), 300);
	row = row_of(&table, "what", "other exits", NULL, NULL);
	cr_assert_eq(number(row, "ept"), 54);
	cr_assert_eq(number(row, "shadow"), 50);
	cr_assert_eq(number(row, "adds"), -4);
	vtb_table_free(&table);
}

Test(bench_report, counts_are_exact)
{
	unsigned judged;

	cr_assert_eq(differing(&judged), 0);
	cr_assert_eq(judged, 18, "all but native and the special builds");
}

Test(bench_report, every_kind_of_wrong_count_is_seen)
{
	struct vtb_result *ptemod = result_of("ptemod", VTB_SHADOW, VTB_TRAPPED);
	struct vtb_result *null = result_of("syscall", VTB_EPT, VTB_TRAPPED);
	unsigned judged;

	json_object_set_new(ptemod->shadow_faults, "fill", json_integer(499)); /* one too few */
	cr_assert_eq(differing(&judged), 1);
	json_object_del(ptemod->shadow_faults, "fill"); /* none */
	cr_assert_eq(differing(&judged), 1);
	json_object_set_new(ptemod->tlb_flushes, "invept_all", json_integer(1)); /* unexpected */
	cr_assert_eq(differing(&judged), 2);
	json_object_set_new(null->exits_by_reason, "external_interrupt", json_integer(1));
	cr_assert_eq(differing(&judged), 3);
	json_object_set_new(null->exits_by_reason, "100",
			    json_integer(1)); /* a reason with no name */
	cr_assert_eq(differing(&judged), 4);
}

Test(bench_report, partial_batches_are_rounded_up)
{
	struct vtb_result *console = result_of("console", VTB_EPT, VTB_PV);
	unsigned judged;

	cr_assert_eq(console->ops, 500);
	cr_assert_eq(vtb_count(console->exits_by_reason, "vmcall"), 8, "500 bytes, 64 a call");
	json_object_set_new(console->exits_by_reason, "vmcall", json_integer(7));
	cr_assert_eq(differing(&judged), 1);
}

Test(bench_report, units_are_not_mixed)
{
	struct vts_error error;

	strcpy(results[3].unit, "cycles");
	cr_assert_eq(vtb_report_init(&report, results, count, &error), -1);
	cr_assert(strstr(error.text, "in instr and in cycles"));
}

static char *printed(enum vtb_form form)
{
	char *output = NULL;
	size_t bytes;
	FILE *memory = open_memstream(&output, &bytes);

	cr_assert_eq(vtb_report_print(&report, form, memory), 0);
	fclose(memory);
	return output;
}

Test(bench_report, it_fits_the_screen)
{
	char *output = printed(VTB_TEXT);

	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert_leq(strlen(line), VTB_TABLE_WIDTH, "%s", line);
	free(output);
}

Test(bench_report, json_has_every_table_and_every_cell)
{
	static const char *const tables[] = {
	    "costs",	   "events", "shares",	  "console",   "requests", "request_times",
	    "round_trips", "bars",   "exit_bars", "recording", "counts",   "failures"};
	char *output = printed(VTB_JSON);
	json_t *object = json_loads(output, 0, NULL);

	cr_assert(object);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		cr_assert(
		    json_is_array(json_object_get(json_object_get(object, tables[i]), "rows")));
	cr_assert_eq(json_array_size(json_object_get(object, "cells")), count);
	cr_assert_str_eq(text(object, "unit"), "instr");
	json_decref(object);
	free(output);
}
