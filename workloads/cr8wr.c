// SPDX-License-Identifier: GPL-2.0-only
/*
 * MOV to CR8, the priority below which interrupts wait: another one each time. Read back: CR8 after
 * the phase, and after each of its values once more.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/workload.h"

#define PRIORITIES 16

static uint64_t cr8wr_prepare(uint64_t ops)
{
	return ops;
}

static uint32_t cr8wr_sample(void)
{
	return TIMED_ASM("", "mov %1, %%cr8", "r"(0ul));
}

static void cr8wr_run(uint64_t ops)
{
	for (; ops; ops--)
		cr8_write(ops % PRIORITIES);
}

static uint64_t cr8wr_digest(uint64_t ops)
{
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), cr8_read());

	for (uint64_t priority = PRIORITIES; priority--;) {
		cr8_write(priority);
		digest = digest_add(digest, cr8_read());
	}
	return digest;
}

const struct workload cr8wr_workload = {
    .name = "cr8wr",
    .keys = "",
    .ops = 100000,
    .prepare = cr8wr_prepare,
    .sample = cr8wr_sample,
    .run = cr8wr_run,
    .digest = cr8wr_digest,
};
