// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtio disk's first MiB is written, every 64-bit word its own number on the disk, from 1 on; sectors 64 to 1535 are then
 * discarded, or zeroed and unmapped, and a few of them written again. hang=1: it does not end by itself.
 */
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/virtio_blk.h"

#define SECTORS	     2048u /* of a MiB */
#define SECTOR_WORDS (VIRTIO_BLK_SECTOR / 8)

struct range {
	uint64_t sector;
	uint32_t sectors, unmap;
};

static struct virtio_blk blk;
static uint64_t *data;

static bool numbers_write(uint64_t sector, unsigned sectors)
{
	for (uint64_t i = 0; i < sectors * SECTOR_WORDS; i++)
		data[i] = sector * SECTOR_WORDS + i + 1;
	return virtio_blk_request(&blk, VIRTIO_BLK_OUT, sector, data,
				  sectors * (uint32_t)VIRTIO_BLK_SECTOR) == VIRTIO_BLK_OK;
}

/** A word of sector @sector. */
static uint64_t word_at(uint64_t sector)
{
	virtio_blk_request(&blk, VIRTIO_BLK_IN, sector, data, VIRTIO_BLK_SECTOR);
	return data[1];
}

static void give_back(void)
{
	static const struct range discards[] = {{64, 448, 0}, {512, 512, 0}};
	static const struct range zeroes[] = {{1024, 512, 1}};

	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_DISCARD, 0, discards, sizeof(discards)),
		   VIRTIO_BLK_OK, "a discard of two ranges");
	test_equal(virtio_blk_request(&blk, VIRTIO_BLK_WRITE_ZEROES, 0, zeroes, sizeof(zeroes)),
		   VIRTIO_BLK_OK, "zeroes, unmapped");
	test_equal(word_at(1024), 0, "  they read as zeroes");
	test_equal(word_at(1535), 0, "  to the last");
	test_equal(word_at(1536), 1536 * SECTOR_WORDS + 2, "  and no further");
	test_ok(numbers_write(600, 8) && numbers_write(1101, 1), "some of it is written again");
	test_equal(word_at(607), 607 * SECTOR_WORDS + 2, "  and reads as written");
}

int main(void)
{
	bool good = true;

	if (!args_check("discard", "hang"))
		return 2;
	paging_init();
	if (!virtio_blk_open(&blk, VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES)) {
		test_ok(false, "a virtio disk");
		return test_done();
	}
	data = memory_take(64 * VIRTIO_BLK_SECTOR, PAGE_SIZE);
	for (unsigned sector = 0; sector < SECTORS; sector += 64)
		good &= numbers_write(sector, 64);
	test_ok(good, "a MiB is written");
	give_back();
	while (args_number("hang", 0, 0))
		;
	return test_done();
}
