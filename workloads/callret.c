// SPDX-License-Identifier: GPL-2.0-only
/* A call and its return. Read back: how often the function called was there. */
#include "workloads/lib/digest.h"
#include "workloads/lib/workload.h"

static uint64_t count;

static __attribute__((naked, used)) void callee(void)
{
	__asm__("inc %rbx\n\t"
		"ret");
}

static uint64_t callret_prepare(uint64_t ops)
{
	return ops;
}

static uint32_t callret_sample(void)
{
	return TIMED_ASM("", "call %P1", "i"(callee));
}

static void callret_run(uint64_t ops)
{
	uint64_t total = 0;

	for (; ops; ops--)
		__asm__ volatile("call %P1" : "+b"(total) : "i"(callee) : "memory", "cc");
	count = total;
}

static uint64_t callret_digest(uint64_t ops)
{
	return digest_add(digest_add(DIGEST_START, ops), count);
}

const struct workload callret_workload = {
    .name = "callret",
    .keys = "",
    .ops = 2000000,
    .prepare = callret_prepare,
    .sample = callret_sample,
    .run = callret_run,
    .digest = callret_digest,
};
