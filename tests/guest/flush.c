// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a disk's first MiB, flushes, says so, and goes on writing the second for ever: to be killed then. Every 64-bit word of
 * what it writes is its own number on the disk, from 1 on. Arguments: those of blockwrite.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/block.h"
#include "workloads/lib/console.h"
#include "workloads/lib/paging.h"

#define SECTORS	     2048u /* of a MiB */
#define SECTOR_WORDS (ATA_SECTOR / 8)

static struct block block;

static void mib_write(void)
{
	for (unsigned done = 0; done < SECTORS; done += block.sectors) {
		uint64_t *words = (uint64_t *)block.request[0].data;

		block.request[0].sector = block_next(&block);
		for (uint64_t i = 0; i < block.sectors * SECTOR_WORDS; i++)
			words[i] = block.request[0].sector * SECTOR_WORDS + i + 1;
		block_write(&block, 1);
	}
}

int main(void)
{
	if (!args_check("flush", BLOCK_KEYS))
		return 2;
	paging_init();
	block_prepare(&block);
	mib_write();
	block_flush(&block);
	printf("flushed\n");
	for (;;) {
		block.next = SECTORS / block.sectors;
		mib_write();
	}
}
