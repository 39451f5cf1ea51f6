// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads from the disk, polled; an operation is one request. Read back: a word of each sector of each request, and in the end
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

static void request(void)
{
	uint64_t sector = block_next(&block);
	const uint8_t *data = block.data;

	if (!ata_read(&block.disk, sector, block.sectors, block.data))
		block_fail("read", sector);
	for (unsigned i = 0; i < block.sectors; i++, data += ATA_SECTOR)
		sum = digest_add(sum, *(const volatile uint64_t *)data);
}

static uint32_t blockread_sample(void)
{
	return TIMED(request()) - TIMED();
}

static void blockread_run(uint64_t ops)
{
	sum = DIGEST_START;
	for (; ops; ops--)
		request();
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
