// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to the disk, and a flush after the last; an operation is one request. Each sector carries its own number, and
 * which request wrote it, over a pattern: as 64-bit words, number, request, seed, then 3, 4, 5 and so on. Requests are counted from 0, those of the samples
 * as well, so that a sector tells who wrote it last. Read back in the end: the disk's first 4 MiB.
 */
#include "workloads/lib/block.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/workload.h"

#define SECTOR_WORDS   (ATA_SECTOR / 8)
#define DIGEST_SECTORS 8192u

static struct block block;
static uint64_t requests;

static uint64_t blockwrite_prepare(uint64_t ops)
{
	block_prepare(&block);
	for (unsigned request = 0; request < block.depth; request++) {
		uint64_t *words = (uint64_t *)block.request[request].data;

		for (uint64_t i = 0; i < block.sectors * SECTOR_WORDS; i++)
			words[i] = i % SECTOR_WORDS == 2 ? machine.boot->seed : i % SECTOR_WORDS;
	}
	return ops;
}

static void blockwrite_reset(void)
{
	block_rewind(&block);
	requests = 0;
}

/** What the next one is to write. */
static void request_make(struct block_request *request)
{
	uint64_t *words = (uint64_t *)request->data;

	request->sector = block_next(&block);
	for (unsigned i = 0; i < block.sectors; i++, words += SECTOR_WORDS) {
		words[0] = request->sector + i;
		words[1] = requests;
	}
	requests++;
}

/** @count of them, at most block.depth. */
static void requests_do(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		request_make(&block.request[i]);
	block_write(&block, count);
}

static uint32_t blockwrite_sample(void)
{
	return TIMED(requests_do(1)) - TIMED();
}

static void blockwrite_run(uint64_t ops)
{
	for (; ops > block.depth; ops -= block.depth)
		requests_do(block.depth);
	requests_do((unsigned)ops);
	block_flush(&block);
}

static uint64_t blockwrite_digest(uint64_t ops)
{
	return block_digest(&block, digest_add(DIGEST_START, ops), DIGEST_SECTORS);
}

const struct workload blockwrite_workload = {
    .name = "blockwrite",
    .keys = BLOCK_KEYS,
    .ops = 500,
    .prepare = blockwrite_prepare,
    .reset = blockwrite_reset,
    .sample = blockwrite_sample,
    .run = blockwrite_run,
    .digest = blockwrite_digest,
};
