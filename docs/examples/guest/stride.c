// SPDX-License-Identifier: GPL-2.0-only
/* A workload of one's own: the first write to a word of memory every so many KiB. */
#include <vtscope/args.h>
#include <vtscope/digest.h>
#include <vtscope/memory.h>
#include <vtscope/workload.h>

static uint64_t stride, start, next;

/* Nothing of the memory is touched before the operations do. The samples get places of their own. */
static uint64_t stride_prepare(uint64_t ops)
{
	stride = args_number("kib", 4, 1) << 10;
	start = (uint64_t)memory_take((ops + WORKLOAD_SAMPLES) * stride, 4096);
	next = start + ops * stride;
	return ops;
}

static uint32_t stride_sample(void)
{
	uint32_t time = TIMED_ASM_ONCE("movq $1, (%%rdi)", "D"(next));

	next += stride;
	return time;
}

static void stride_run(uint64_t ops)
{
	for (uint64_t i = 0; i < ops; i++)
		*(volatile uint64_t *)(start + i * stride) = i * i;
}

static uint64_t stride_digest(uint64_t ops)
{
	uint64_t digest = DIGEST_START;

	for (uint64_t i = 0; i < ops; i++)
		digest = digest_add(digest, *(volatile uint64_t *)(start + i * stride));
	return digest;
}

const struct workload workload = {
    .name = "stride",
    .keys = "kib",
    .ops = 2048,
    .prepare = stride_prepare,
    .sample = stride_sample,
    .run = stride_run,
    .digest = stride_digest,
};
