/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace-lttng.so: records events with LTTng-UST. Loaded once the user is who the session daemon
 * belongs to: LTTng looks for it as soon as it is loaded.
 */
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "bench/trace/lttng_event.h"

void lttng_events(unsigned count);

static uint64_t words[8];

void lttng_events(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		words[0] = i;
		lttng_ust_tracepoint(vtscope_bench, event, words);
	}
}

/** Whether a session records it. */
int lttng_recording(void);
int lttng_recording(void)
{
	return lttng_ust_tracepoint_enabled(vtscope_bench, event);
}
