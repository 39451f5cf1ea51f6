// SPDX-License-Identifier: GPL-2.0-only
/*
 * IN, or with op=write OUT, of a byte at a port that a device in the VMM answers itself: the UART's scratch register
 * (offset 7), which has no meaning to it and reads as it was written. Read back: every byte that is read, and the last
 * that was written.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/workload.h"

#define PORT  (VTG_PORT_UART + 7)
#define VALUE 0xa5

static bool writing;
static uint64_t sum;

static uint64_t in_prepare(uint64_t ops)
{
	writing = args_choice("op", "read write") == 1;
	out8(PORT, VALUE);
	return ops;
}

static uint32_t in_sample(void)
{
	if (writing)
		return TIMED_ASM("mov %1, %%edx", "out %%al, %%dx", "i"(PORT));
	return TIMED_ASM("mov %1, %%edx", "in %%dx, %%al", "i"(PORT));
}

static void in_run(uint64_t ops)
{
	uint64_t total = 0;

	if (writing) {
		for (; ops; ops--)
			out8(PORT, (uint8_t)ops);
	} else {
		for (; ops; ops--)
			total += in8(PORT);
	}
	sum = total;
}

static uint64_t in_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), sum), in8(PORT));
}

const struct workload in_workload = {
    .name = "in",
    .keys = "op",
    .ops = 100000,
    .prepare = in_prepare,
    .sample = in_sample,
    .run = in_run,
    .digest = in_digest,
};
