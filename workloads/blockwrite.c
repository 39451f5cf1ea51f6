// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to the disk, polled, and a flush after the last; an operation is one request. Each sector carries its own number, and
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
	uint64_t *words;

	block_prepare(&block);
	words = (uint64_t *)block.data;
	for (uint64_t i = 0; i < block.sectors * SECTOR_WORDS; i++)
		words[i] = i % SECTOR_WORDS;
	for (uint64_t i = 2; i < block.sectors * SECTOR_WORDS; i += SECTOR_WORDS)
		words[i] = machine.boot->seed;
	return ops;
}

static void blockwrite_reset(void)
{
	block_rewind(&block);
	requests = 0;
}

static void request(void)
{
	uint64_t sector = block_next(&block);
	uint64_t *words = (uint64_t *)block.data;

	for (unsigned i = 0; i < block.sectors; i++, words += SECTOR_WORDS) {
		words[0] = sector + i;
		words[1] = requests;
	}
	requests++;
	if (!ata_write(&block.disk, sector, block.sectors, block.data))
		block_fail("write", sector);
}

static uint32_t blockwrite_sample(void)
{
	return TIMED(request()) - TIMED();
}

static void blockwrite_run(uint64_t ops)
{
	for (; ops; ops--)
		request();
	if (!ata_flush(&block.disk))
		block_fail("flush", 0);
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
