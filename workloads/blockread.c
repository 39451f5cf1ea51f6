// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads from the disk; an operation is one request. Read back: a word of each sector of each request, and in the end
 * the disk's first MiB, whole.
 */
#include "workloads/lib/block.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/workload.h"

#define DIGEST_SECTORS 2048u

static struct block block;
static uint64_t sum;

static uint64_t blockread_prepare(uint64_t ops)
{
	block_prepare(&block);
	return ops;
}

static void blockread_reset(void)
{
	block_rewind(&block);
}

/** @count requests, at most block.depth. */
static void requests(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		block.request[i].sector = block_next(&block);
	block_read(&block, count);
	for (unsigned i = 0; i < count; i++)
		for (unsigned at = 0; at < block.sectors; at++)
			sum = digest_add(sum, *(const volatile uint64_t *)(block.request[i].data +
									   at * ATA_SECTOR));
}

static uint32_t blockread_sample(void)
{
	return TIMED(requests(1)) - TIMED();
}

static void blockread_run(uint64_t ops)
{
	sum = DIGEST_START;
	for (; ops > block.depth; ops -= block.depth)
		requests(block.depth);
	requests((unsigned)ops);
}

static uint64_t blockread_digest(uint64_t ops)
{
	return block_digest(&block, digest_add(sum, ops), DIGEST_SECTORS);
}

const struct workload blockread_workload = {
    .name = "blockread",
    .keys = BLOCK_KEYS,
    .ops = 500,
    .prepare = blockread_prepare,
    .reset = blockread_reset,
    .sample = blockread_sample,
    .run = blockread_run,
    .digest = blockread_digest,
};
