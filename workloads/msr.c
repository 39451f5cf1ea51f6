// SPDX-License-Identifier: GPL-2.0-only
/*
 * RDMSR, or with op=write WRMSR, of IA32_PAT: a register that has a value to read back, that VMMs
 * intercept, and whose last entry (PA7) no page of ours uses, so that it may change.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/workload.h"

#define PA7_WRITE_BACK (6ul << 56) /* memory type 6; 0 is uncacheable (SDM vol. 3, table 11-10) */

static bool writing;
static uint64_t with, without; /* PA7 write-back, uncacheable */
static uint64_t sum;

static uint64_t msr_prepare(uint64_t ops)
{
	writing = args_choice("op", "read write") == 1;
	without = rdmsr(MSR_PAT) & ~(7ul << 56);
	with = without | PA7_WRITE_BACK;
	return ops;
}

static uint32_t msr_sample(void)
{
	if (writing)
		return TIMED_ASM("mov %1, %%ecx\n\tmov %2, %%eax\n\tmov %3, %%edx", "wrmsr",
				 "i"(MSR_PAT), "r"((uint32_t)with), "r"((uint32_t)(with >> 32)));
	return TIMED_ASM("mov %1, %%ecx", "rdmsr", "i"(MSR_PAT));
}

static void msr_run(uint64_t ops)
{
	uint64_t total = 0, value = with, toggle = with ^ without;

	if (writing) {
		for (; ops; ops--) {
			wrmsr(MSR_PAT, value);
			value ^= toggle;
		}
	} else {
		for (; ops; ops--)
			total += rdmsr(MSR_PAT);
	}
	sum = total;
}

static uint64_t msr_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), sum), rdmsr(MSR_PAT));
}

const struct workload msr_workload = {
    .name = "msr",
    .keys = "op",
    .ops = 100000,
    .prepare = msr_prepare,
    .sample = msr_sample,
    .run = msr_run,
    .digest = msr_digest,
};
