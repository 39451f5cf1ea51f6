// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/workload.h"

#include <stddef.h>

#include "workloads/lib/machine.h"
#include "workloads/lib/mark.h"

static void sort(uint32_t *values, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint32_t value = values[i];
		size_t at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

uint64_t workload_measure(const struct workload *workload)
{
	uint32_t times[WORKLOAD_SAMPLES];

	if (!workload->sample)
		return 0;
	for (unsigned i = 0; i < WORKLOAD_SAMPLES; i++)
		times[i] = workload->sample();
	sort(times, WORKLOAD_SAMPLES);
	return times[WORKLOAD_SAMPLES / 2];
}

void workload_phase(const struct workload *workload, uint16_t id, uint64_t ops, uint64_t value)
{
	struct mark mark = mark_make(workload->name, id, ops, value);

	image_touch();
	mark_begin(&mark);
	workload->run(ops);
	mark_end(&mark);
}
