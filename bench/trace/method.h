/* SPDX-License-Identifier: GPL-2.0-only */
/* The ways to record an event that trace-record compares. */
#ifndef BENCH_TRACE_METHOD_H
#define BENCH_TRACE_METHOD_H

#include <stdint.h>

/** Words of an event's payload where the peers are given one: 64 bytes. */
#define METHOD_WORDS 8

struct method {
	const char *name;
	/** 0; or -1, and @why says why it cannot be measured. */
	int (*start)(const char **why);
	void (*events)(unsigned count);
	/** Make room between batches; may be NULL. */
	void (*between)(void);
	/** After all batches: how many events of @expected have not been recorded. */
	uint64_t (*missing)(uint64_t expected);
	/** One batch in so many: what takes long takes part in fewer. */
	unsigned every;
};

extern const struct method method_rdtsc, method_copy, method_vtscope, method_lttng, method_bpf;

static inline uint64_t method_tsc(void)
{
	uint64_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return high << 32 | low;
}

#endif
