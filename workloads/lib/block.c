// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/block.h"

#include "workloads/lib/apic.h"
#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/random.h"
#include "workloads/lib/string.h"

#define KIB_SECTORS 2u
#define KIB_MAX	    64ul
#define SPURIOUS    0xef

static void virtio_prepare(struct block *block)
{
	block->disk_sectors = block->virtio.sectors;
	block->virtio.virtio.by_memory = args_choice("notify", "port memory");
	block->kick_each = args_choice("kick", "all each");
}

static void disk_open(struct block *block)
{
	uint64_t events = args_choice("events", "index flags") ? 0 : VIRTIO_F_EVENT_IDX;

	block->pv = virtio_blk_open(&block->virtio, VIRTIO_F_INDIRECT_DESC | events);
	if (block->pv)
		virtio_prepare(block);
	else if (ata_open(&block->ata))
		block->disk_sectors = block->ata.sectors;
}

static void interrupts_prepare(struct block *block)
{
	enum wait wait = (enum wait)args_choice("wait", WAIT_CHOICES);
	enum line_by by = line_best();

	if (wait == WAIT_POLL)
		return;
	if (by == LINE_BY_IOAPIC)
		apic_init(SPURIOUS);
	if (block->pv)
		virtio_blk_interrupts(&block->virtio, wait, by);
	else
		ata_interrupts(&block->ata, wait, by);
	if (wait == WAIT_SPIN)
		__asm__ volatile("sti" ::: "memory");
}

/** An argument from 1 to @most. */
static unsigned number_argument(const char *key, uint64_t usual, uint64_t most)
{
	uint64_t value = args_number(key, usual, 1);

	if (value <= most)
		return (unsigned)value;
	printf("guest: %s: at most %lu\n", key, most);
	machine_exit(2);
}

void block_prepare(struct block *block)
{
	unsigned kib = number_argument("kib", 4, KIB_MAX);
	uint8_t *data;

	block->sectors = kib * KIB_SECTORS;
	block->depth = number_argument("depth", 1, BLOCK_DEPTH);
	block->random = args_choice("order", "sequential random");
	disk_open(block);
	if (block->disk_sectors < block->sectors) {
		printf("guest: no disk, or one smaller than %u KiB: add --disk FILE\n", kib);
		machine_exit(2);
	}
	interrupts_prepare(block);
	block->places = block->disk_sectors / block->sectors;
	data = memory_take(block->depth * (KIB_MAX << 10), PAGE_SIZE);
	memset(data, 0, block->depth * (KIB_MAX << 10));
	for (unsigned i = 0; i < block->depth; i++)
		block->request[i].data = data + i * (KIB_MAX << 10);
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

static _Noreturn void disk_fail(const char *what, uint64_t sector)
{
	printf("guest: the disk cannot %s sector %lu\n", what, sector);
	machine_exit(3);
}

/** All at once, and wait for them. */
static void pv_transfer(struct block *block, uint32_t type, const char *what, unsigned count)
{
	struct virtio_blk *blk = &block->virtio;
	uint8_t status;

	virtio_interrupt_after(&blk->virtio, 0, count);
	for (unsigned i = 0; i < count; i++) {
		if (virtio_blk_add(blk, type, block->request[i].sector, block->request[i].data,
				   block->sectors * (uint32_t)VIRTIO_BLK_SECTOR) < 0)
			disk_fail(what, block->request[i].sector);
		if (block->kick_each || i + 1 == count)
			virtio_kick(&blk->virtio, 0);
	}
	virtio_blk_wait(blk);
	for (unsigned i = 0; i < count; i++)
		if (virtio_blk_await(blk, &status) < 0 || status != VIRTIO_BLK_OK)
			disk_fail(what, block->request[0].sector);
}

void block_read(struct block *block, unsigned count)
{
	if (block->pv) {
		pv_transfer(block, VIRTIO_BLK_IN, "read", count);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		if (!ata_read(&block->ata, block->request[i].sector, block->sectors,
			      block->request[i].data))
			disk_fail("read", block->request[i].sector);
}

void block_write(struct block *block, unsigned count)
{
	if (block->pv) {
		pv_transfer(block, VIRTIO_BLK_OUT, "write", count);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		if (!ata_write(&block->ata, block->request[i].sector, block->sectors,
			       block->request[i].data))
			disk_fail("write", block->request[i].sector);
}

void block_flush(struct block *block)
{
	bool done = block->pv ? virtio_blk_request(&block->virtio, VIRTIO_BLK_FLUSH, 0, NULL, 0) ==
				    VIRTIO_BLK_OK
			      : ata_flush(&block->ata);

	if (!done)
		disk_fail("flush", 0);
}

uint64_t block_digest(struct block *block, uint64_t digest, uint64_t sectors)
{
	const uint64_t *words = (const uint64_t *)block->request[0].data;

	if (sectors > block->disk_sectors)
		sectors = block->disk_sectors;
	for (uint64_t sector = 0; sector + block->sectors <= sectors; sector += block->sectors) {
		block->request[0].sector = sector;
		block_read(block, 1);
		for (uint64_t i = 0; i < block->sectors * ATA_SECTOR / 8; i++)
			digest = digest_add(digest, words[i]);
	}
	return digest;
}
