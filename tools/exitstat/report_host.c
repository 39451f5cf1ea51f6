// SPDX-License-Identifier: GPL-2.0-only
/* exitstat report: the host's share in the exits. */
#include "report.h"
#include "text.h"
#include "trace/names.h"

static const char *reason_text(unsigned reason, char *number)
{
	return vts_name_or_number(vts_exit_reason_name(reason), reason, number);
}

/** The parts, the rest, and what is @more of them, as cells. */
static void put_parts(struct table *table, uint64_t latency, const uint64_t part[VTS_HOST_PARTS])
{
	table_count(table, vts_host_rest(latency, part));
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		table_count(table, part[i]);
}

static void print_by_reason(const struct report *report)
{
	static const char *const columns[] = {"<reason",   ">count",	">sum",	     ">hypervisor",
					      ">off CPU",  ">hard irq", ">soft irq", ">user space",
					      ">switches", NULL};
	const struct host *host = &report->tally->host;
	struct table *table = table_new(columns);
	char number[12];

	printf("\nWhere the time of exits went on the host, in %s\n",
	       vts_source_unit(report->source));
	for (unsigned i = 0; i < VTS_STATS_REASONS; i++) {
		const struct host_row *row = &host->row[i];

		if (!row->count)
			continue;
		table_cell(table, "%s", reason_text(row->reason, number));
		table_count(table, row->count);
		table_count(table, row->latency);
		put_parts(table, row->latency, row->part);
		table_count(table, row->switches);
	}
	table_print(table, stdout);
}

void report_host_text(const struct report *report)
{
	if (report->tally->host.any && !report->by)
		print_by_reason(report);
}

static void put_parts_json(json_t *object, uint64_t latency, const uint64_t part[VTS_HOST_PARTS])
{
	json_put_count(object, "hypervisor", vts_host_rest(latency, part));
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		json_put_count(object, vts_host_part_names[i], part[i]);
}

static void put_reason_json(json_t *object, unsigned reason)
{
	json_put_text(object, "reason", vts_exit_reason_name(reason));
	json_put_count(object, "number", reason);
}

static json_t *by_reason_json(const struct host *host)
{
	json_t *rows = json_new_array();

	for (unsigned i = 0; host->any && i < VTS_STATS_REASONS; i++) {
		const struct host_row *row = &host->row[i];
		json_t *object;

		if (!row->count)
			continue;
		object = json_new_object();
		put_reason_json(object, row->reason);
		json_put_count(object, "count", row->count);
		json_put_count(object, "sum", row->latency);
		put_parts_json(object, row->latency, row->part);
		json_put_count(object, "switches", row->switches);
		json_add(rows, object);
	}
	return rows;
}

void report_host_json(const struct report *report, json_t *root)
{
	json_put(root, "host_time", by_reason_json(&report->tally->host));
}
