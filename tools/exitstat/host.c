// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <string.h>

/** Put it where it belongs among the slowest; of equal ones the first stays first. */
static void keep(struct host *host, const struct host_slow *slow)
{
	size_t at = host->count;

	while (at && host->slowest[at - 1].latency < slow->latency)
		at--;
	if (at >= host->wanted)
		return;
	if (host->count < host->wanted)
		host->count++;
	memmove(&host->slowest[at + 1], &host->slowest[at],
		(host->count - 1 - at) * sizeof(*host->slowest));
	host->slowest[at] = *slow;
}

void host_add(struct host *host, const struct vts_event *exit, const struct vts_event *details,
	      size_t count)
{
	struct host_row *row = &host->row[vts_stats_reason_row(exit->reason)];
	struct host_slow slow = {.exit = *exit};

	slow.latency = exit->tsc > exit->exit_tsc ? exit->tsc - exit->exit_tsc : 0;
	row->reason = exit->reason;
	row->count++;
	row->latency += slow.latency;
	for (size_t i = 0; i < count; i++) {
		if (details[i].kind != VTS_KIND_HOST_TIME)
			continue;
		host->any = true;
		for (unsigned part = 0; part < VTS_HOST_PARTS; part++) {
			slow.part[part] += details[i].word[part];
			row->part[part] += details[i].word[part];
		}
		row->switches += details[i].host_time.switches;
	}
	keep(host, &slow);
}
