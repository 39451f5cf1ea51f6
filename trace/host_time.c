/* SPDX-License-Identifier: GPL-2.0-only */
#include "host_time.h"

const char *const vts_host_part_names[VTS_HOST_PARTS] = {"off_cpu", "hard_irq", "soft_irq", "user"};

uint64_t vts_host_rest(uint64_t latency, const uint64_t part[VTS_HOST_PARTS])
{
	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		latency = latency > part[i] ? latency - part[i] : 0;
	return latency;
}

const char *vts_host_why(uint64_t latency, const uint64_t part[VTS_HOST_PARTS])
{
	static const char *const words[VTS_HOST_PARTS] = {"scheduled out", "hard interrupt",
							  "soft interrupt", "user space"};
	uint64_t most = vts_host_rest(latency, part);
	const char *why = "hypervisor";

	for (unsigned i = 0; i < VTS_HOST_PARTS; i++)
		if (part[i] > most) {
			most = part[i];
			why = words[i];
		}
	return why;
}
