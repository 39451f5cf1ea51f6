// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/block.h"

#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/random.h"
#include "workloads/lib/string.h"

#define KIB_SECTORS 2u
#define KIB_MAX	    64ul

void block_prepare(struct block *block)
{
	uint64_t kib = args_number("kib", 4, 1);

	if (kib > KIB_MAX) {
		printf("guest: kib: at most %lu\n", KIB_MAX);
		machine_exit(2);
	}
	block->sectors = (unsigned)kib * KIB_SECTORS;
	block->random = args_choice("order", "sequential random");
	if (!ata_open(&block->disk) || block->disk.sectors < block->sectors) {
		printf("guest: no disk, or one smaller than %lu KiB: add --disk FILE\n", kib);
		machine_exit(2);
	}
	block->places = block->disk.sectors / block->sectors;
	block->data = memory_take(KIB_MAX << 10, PAGE_SIZE);
	memset(block->data, 0, KIB_MAX << 10);
	block_rewind(block);
}

void block_rewind(struct block *block)
{
	block->next = 0;
	block->state = machine.boot->seed;
}

uint64_t block_next(struct block *block)
{
	uint64_t place = block->random ? random_next(&block->state) % block->places : block->next;

	block->next = place + 1 < block->places ? place + 1 : 0;
	return place * block->sectors;
}

void block_fail(const char *what, uint64_t sector)
{
	printf("guest: the disk cannot %s sector %lu\n", what, sector);
	machine_exit(3);
}

uint64_t block_digest(struct block *block, uint64_t digest, uint64_t sectors)
{
	const uint64_t *words = (const uint64_t *)block->data;

	if (sectors > block->disk.sectors)
		sectors = block->disk.sectors;
	for (uint64_t sector = 0; sector + block->sectors <= sectors; sector += block->sectors) {
		if (!ata_read(&block->disk, sector, block->sectors, block->data))
			block_fail("read", sector);
		for (uint64_t i = 0; i < block->sectors * ATA_SECTOR / 8; i++)
			digest = digest_add(digest, words[i]);
	}
	return digest;
}
