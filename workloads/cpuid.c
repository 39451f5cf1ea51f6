// SPDX-License-Identifier: GPL-2.0-only
/* CPUID leaf 0. A VMM shows the processor's own: the digest is over its highest leaf and vendor. */
#include "workloads/lib/digest.h"
#include "workloads/lib/workload.h"

static uint64_t sum;

static uint64_t cpuid_prepare(uint64_t ops)
{
	return ops;
}

static uint32_t cpuid_sample(void)
{
	return TIMED_ASM("mov %1, %%eax\n\txor %%ecx, %%ecx", "cpuid", "i"(0));
}

static void cpuid_run(uint64_t ops)
{
	uint64_t total = 0;

	for (; ops; ops--) {
		struct cpuid leaf = cpuid(0, 0);

		total += leaf.eax + leaf.ebx + leaf.ecx + leaf.edx;
	}
	sum = total;
}

static uint64_t cpuid_digest(uint64_t ops)
{
	struct cpuid leaf = cpuid(0, 0);
	uint64_t digest = digest_add(digest_add(DIGEST_START, ops), sum);

	digest = digest_add(digest, (uint64_t)leaf.eax << 32 | leaf.ebx);
	return digest_add(digest, (uint64_t)leaf.ecx << 32 | leaf.edx);
}

const struct workload cpuid_workload = {
    .name = "cpuid",
    .keys = "",
    .ops = 100000,
    .prepare = cpuid_prepare,
    .sample = cpuid_sample,
    .run = cpuid_run,
    .digest = cpuid_digest,
};
