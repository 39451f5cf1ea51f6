/* SPDX-License-Identifier: GPL-2.0-only */
/* LTTng-UST's event with a payload of 64 bytes; LTTng's headers read this file several times. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER vtscope_bench

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "bench/trace/lttng_event.h"

#if !defined(BENCH_TRACE_LTTNG_EVENT_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_TRACE_LTTNG_EVENT_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(vtscope_bench, event, LTTNG_UST_TP_ARGS(const uint64_t *, words),
			   LTTNG_UST_TP_FIELDS(lttng_ust_field_array_hex(uint64_t, words, words,
									 8)))

#endif

#include <lttng/tracepoint-event.h>
