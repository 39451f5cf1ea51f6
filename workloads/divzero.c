// SPDX-License-Identifier: GPL-2.0-only
/*
 * A division by zero: #DE to the guest's handler, which counts it and steps over the instruction,
 * and back. Read back: the count, and the dividend, which a division that faults leaves alone.
 */
#include <stddef.h>

#include "workloads/lib/digest.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define DIVISION "div %%edi" /* two bytes long */
#define DIVIDEND 7ul

static uint64_t count, sum;

static __attribute__((naked)) void skip_division(void)
{
	__asm__("inc %rbx\n\t"
		"addq $2, (%rsp)\n\t"
		"iretq");
}

static uint64_t divzero_prepare(uint64_t ops)
{
	return ops;
}

static uint32_t divzero_sample(void)
{
	uint32_t time;

	trap_set_gate(VECTOR_DE, skip_division);
	time = TIMED_ASM("", DIVISION, "D"(0));
	trap_set_gate(VECTOR_DE, NULL);
	return time;
}

static void divzero_run(uint64_t ops)
{
	uint64_t seen = 0, total = 0;

	trap_set_gate(VECTOR_DE, skip_division);
	for (; ops; ops--) {
		uint64_t low = DIVIDEND, high = 0;

		__asm__ volatile(DIVISION
				 : "+a"(low), "+d"(high), "+b"(seen)
				 : "D"(0)
				 : "memory", "cc");
		total += low + high;
	}
	trap_set_gate(VECTOR_DE, NULL);
	count = seen;
	sum = total;
}

static uint64_t divzero_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), count), sum);
}

const struct workload divzero_workload = {
    .name = "divzero",
    .keys = "",
    .ops = 200000,
    .prepare = divzero_prepare,
    .sample = divzero_sample,
    .run = divzero_run,
    .digest = divzero_digest,
};
