// SPDX-License-Identifier: GPL-2.0-only
/* Nothing: what the loop and the marks cost. */
#include "workloads/lib/digest.h"
#include "workloads/lib/workload.h"

static uint64_t turns;

static uint64_t null_prepare(uint64_t ops)
{
	return ops;
}

static void null_run(uint64_t ops)
{
	uint64_t count = 0;

	while (count < ops) {
		count++;
		__asm__ volatile("" : "+r"(count));
	}
	turns = count;
}

static uint64_t null_digest(uint64_t ops)
{
	return digest_add(digest_add(DIGEST_START, turns), ops);
}

const struct workload null_workload = {
    .name = "null",
    .keys = "",
    .ops = 10000000,
    .prepare = null_prepare,
    .run = null_run,
    .digest = null_digest,
};
