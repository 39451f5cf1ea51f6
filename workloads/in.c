// SPDX-License-Identifier: GPL-2.0-only
/*
 * IN of a byte from a port that a device in the VMM answers itself: the UART's scratch register
 * (offset 7), which has no meaning to it and reads as it was written. Read back: every byte.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/workload.h"

#define PORT  (VTG_PORT_UART + 7)
#define VALUE 0xa5

static uint64_t sum;

static uint64_t in_prepare(uint64_t ops)
{
	out8(PORT, VALUE);
	return ops;
}

static uint32_t in_sample(void)
{
	return TIMED_ASM("mov %1, %%edx", "in %%dx, %%al", "i"(PORT));
}

static void in_run(uint64_t ops)
{
	uint64_t total = 0;

	for (; ops; ops--)
		total += in8(PORT);
	sum = total;
}

static uint64_t in_digest(uint64_t ops)
{
	return digest_add(digest_add(DIGEST_START, ops), sum);
}

const struct workload in_workload = {
    .name = "in",
    .keys = "",
    .ops = 100000,
    .prepare = in_prepare,
    .sample = in_sample,
    .run = in_run,
    .digest = in_digest,
};
