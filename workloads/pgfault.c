// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page fault to the guest's handler and back; the handler steps over the access. Read back: each
 * fault's error code and CR2.
 */
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define BASE   WINDOW(4)
#define PAGES  256ul		    /* not present; the faults go round them */
#define ACCESS "mov (%%rdi), %%ecx" /* two bytes long */

static uint64_t sum;

/* The error code into RAX, and on behind the access. */
static __attribute__((naked)) void skip_access(void)
{
	__asm__("pop %rax\n\t"
		"addq $2, (%rsp)\n\t"
		"iretq");
}

static uint64_t pgfault_prepare(uint64_t ops)
{
	paging_window(paging_init(), BASE, PAGES);
	return ops;
}

static uint32_t pgfault_sample(void)
{
	uint32_t time;

	trap_set_gate(VECTOR_PF, skip_access);
	time = TIMED_ASM("", ACCESS, "D"(BASE));
	trap_set_gate(VECTOR_PF, NULL);
	return time;
}

static void pgfault_run(uint64_t ops)
{
	uint64_t total = 0, offset = 0;

	trap_set_gate(VECTOR_PF, skip_access);
	for (; ops; ops--) {
		uint64_t error;

		__asm__ volatile(ACCESS : "=a"(error) : "D"(BASE + offset) : "rcx", "memory");
		total += error + cr2_read();
		offset = (offset + PAGE_SIZE) & (PAGES * PAGE_SIZE - 1);
	}
	trap_set_gate(VECTOR_PF, NULL);
	sum = total;
}

static uint64_t pgfault_digest(uint64_t ops)
{
	return digest_add(digest_add(DIGEST_START, ops), sum);
}

const struct workload pgfault_workload = {
    .name = "pgfault",
    .keys = "",
    .ops = 50000,
    .prepare = pgfault_prepare,
    .sample = pgfault_sample,
    .run = pgfault_run,
    .digest = pgfault_digest,
};
