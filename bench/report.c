// SPDX-License-Identifier: GPL-2.0-only
#include "bench/report.h"

#include <string.h>

static const char footnote[] =
    "What an instruction count cannot see: the cost of the transition itself, TLB misses, and the\n"
    "two-dimensional walk of up to 24 references that EPT pays for each of them. It favours EPT "
    "where a\n"
    "guest's working set is larger than the TLB, and says nothing about a speed-up on hardware.\n";

static void put_versions(const struct vtb_report *report, FILE *file)
{
	const struct vtb_result *result = &report->results[0];
	size_t ok = 0;

	for (size_t i = 0; i < report->count; i++)
		ok += report->results[i].ok;
	fprintf(file, "vtscope %s, engine %s (%s), compiler %s\n", result->vtscope_version,
		*result->engine ? result->engine : "unknown", result->engine_version,
		result->compiler);
	fprintf(file, "%zu cells, %zu ok, %zu not ok; times in %s%s\n\n", report->count, ok,
		report->count - ok, report->unit,
		strcmp(report->unit, "instr") ? "" : " (executed instructions, not cycles)");
}

static json_t *to_json(const struct vtb_report *report, const struct vtb_table *tables,
		       size_t count)
{
	json_t *object = json_object();
	json_t *cells = json_array();

	json_object_set_new(object, "unit", json_string(report->unit));
	for (size_t i = 0; i < count; i++)
		vtb_table_to_json(&tables[i], object);
	for (size_t i = 0; i < report->count; i++)
		json_array_append_new(cells, vtb_result_to_json(&report->results[i]));
	json_object_set_new(object, "cells", cells);
	if (!strcmp(report->unit, "instr"))
		json_object_set_new(object, "note", json_string(footnote));
	return object;
}

int vtb_report_print(const struct vtb_report *report, enum vtb_form form, FILE *file)
{
	unsigned failed = 0, missing = 0, differ = 0, judged = 0;
	struct vtb_table tables[] = {
	    vtb_table_costs(report),
	    vtb_table_events(report),
	    vtb_table_shares(report),
	    vtb_table_console(report),
	    vtb_table_apicv(report),
	    vtb_table_requests(report),
	    vtb_table_request_times(report),
	    vtb_table_peers(report),
	    vtb_table_bars(report, &failed, &missing),
	    vtb_table_exit_bars(report, &failed, &missing),
	    vtb_table_linux_bars(report, &failed, &missing),
	    vtb_table_linux(report),
	    vtb_table_recording(report, &failed, &missing),
	    vtb_table_counts(report, false, &differ, &judged),
	    vtb_table_failures(report),
	};
	size_t count = sizeof(tables) / sizeof(*tables);
	int status = 0;

	for (size_t i = 0; i < count; i++)
		if (!tables[i].rows)
			status = -1;
	if (form == VTB_JSON) {
		json_t *object = to_json(report, tables, count);

		if (json_dumpf(object, file, JSON_INDENT(2)))
			status = -1;
		fputc('\n', file);
		json_decref(object);
	} else {
		put_versions(report, file);
		for (size_t i = 0; i < count; i++)
			vtb_table_print(&tables[i], form, file);
		fprintf(file,
			"Exact events: %u counts differ from what the workload provokes, in %u "
			"cells.\n\n",
			differ, judged);
		if (!strcmp(report->unit, "instr"))
			fputs(footnote, file);
	}
	for (size_t i = 0; i < count; i++)
		vtb_table_free(&tables[i]);
	return status;
}
