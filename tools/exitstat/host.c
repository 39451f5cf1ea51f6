// SPDX-License-Identifier: GPL-2.0-only
/* Where the time of exits went on the host, by reason. */
#include "host.h"

void host_add_alike(struct host *host, unsigned reason, uint64_t count, uint64_t latency)
{
	struct host_row *row = &host->row[vts_stats_reason_row(reason)];

	row->reason = reason;
	row->count += count;
	row->latency += latency;
}

void host_add(struct host *host, const struct exit_group *group)
{
	struct host_row *row = &host->row[vts_stats_reason_row(group->exit->reason)];

	host_add_alike(host, group->exit->reason, 1, exit_latency(group->exit));
	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];

		if (detail->kind != VTS_KIND_HOST_TIME)
			continue;
		host->any = true;
		for (unsigned part = 0; part < VTS_HOST_PARTS; part++)
			row->part[part] += detail->word[part];
		row->switches += detail->host_time.switches;
	}
}
