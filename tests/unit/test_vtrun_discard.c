// SPDX-License-Identifier: GPL-2.0-only
/* What a guest has discarded and not written since: against a reference, sector by sector; and what becomes of a file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/vtrun/discard.h"

#define SECTOR	      512u
#define SECTORS	      1003u /* no whole number of blocks */
#define BLOCK_SECTORS (DISCARD_BLOCK / SECTOR)

static struct discard discard;

static void start(void)
{
	discard_init(&discard, SECTORS * SECTOR);
}

static void finish(void)
{
	discard_free(&discard);
}

TestSuite(discard, .init = start, .fini = finish);

static void note(unsigned how, unsigned flags, uint64_t sector, uint64_t sectors)
{
	struct vts_event event = {.kind = VTS_KIND_IO_REQUEST,
				  .how = (uint8_t)how,
				  .reason = VTS_DEVICE_DISK,
				  .flags = (uint16_t)flags,
				  .io_request = {.value = sector, .bytes = sectors * SECTOR}};

	discard_note(&discard, &event);
}

static bool is_hole(unsigned block)
{
	return discard.map && discard.map[block / 8] >> block % 8 & 1;
}

Test(discard, random_traffic)
{
	static bool gone[SECTORS];
	unsigned long holes = 0;

	srand(1);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned sector = (unsigned)rand() % SECTORS, kind = (unsigned)rand() % 8;
		unsigned count = 1 + (unsigned)rand() % (kind ? 12 : 300);

		if (count > SECTORS - sector)
			count = SECTORS - sector;
		/* A block is given back only if all of it is discarded in one go. */
		if (kind <= 1) {
			unsigned first = (sector + BLOCK_SECTORS - 1) / BLOCK_SECTORS;

			note(VTS_IO_REQUEST_DISCARD, VTS_FLAG_WRITE, sector, count);
			for (unsigned i = first * BLOCK_SECTORS;
			     i + BLOCK_SECTORS <= sector + count; i += BLOCK_SECTORS)
				memset(gone + i, true, BLOCK_SECTORS);
		} else if (kind <= 5) {
			note(kind & 1 ? VTS_IO_REQUEST_PV : VTS_IO_REQUEST_TRAPPED, VTS_FLAG_WRITE,
			     sector, count);
			for (unsigned i = sector; i < sector + count; i++)
				gone[i] = false;
		} else {
			note(VTS_IO_REQUEST_PV, 0, sector, count); /* a read */
		}
	}
	for (unsigned block = 0; block < SECTORS / BLOCK_SECTORS; block++) {
		bool all = true;

		for (unsigned i = 0; i < BLOCK_SECTORS; i++)
			all &= gone[block * BLOCK_SECTORS + i];
		cr_assert_eq(is_hole(block), all, "block %u", block);
		holes += all;
	}
	cr_assert(holes, "there was something to see");
}

Test(discard, other_devices_and_nonsense)
{
	struct vts_event event = {.kind = VTS_KIND_IO_REQUEST,
				  .how = VTS_IO_REQUEST_DISCARD,
				  .reason = VTS_DEVICE_VIRTIO_BLK,
				  .flags = VTS_FLAG_WRITE,
				  .io_request = {.bytes = SECTORS * SECTOR}};

	discard_note(&discard, &event);
	event.kind = VTS_KIND_EXIT;
	event.reason = VTS_DEVICE_DISK;
	discard_note(&discard, &event);
	cr_assert_null(discard.map);
	note(VTS_IO_REQUEST_DISCARD, VTS_FLAG_WRITE, 8 * SECTORS, 100);
	note(VTS_IO_REQUEST_PV, VTS_FLAG_WRITE, 8 * SECTORS, 100);
	note(VTS_IO_REQUEST_DISCARD, VTS_FLAG_WRITE, SECTORS - 8, 1000);
	for (unsigned block = 0; block < SECTORS / BLOCK_SECTORS; block++)
		cr_assert_eq(is_hole(block), false);
}

Test(discard, holes_in_a_file)
{
	static char data[SECTORS * SECTOR], back[sizeof(data)];
	FILE *file = tmpfile();
	struct stat before, after;

	cr_assert(file);
	memset(data, 0xaa, sizeof(data));
	cr_assert_eq(write(fileno(file), data, sizeof(data)), (ssize_t)sizeof(data));
	fsync(fileno(file));
	fstat(fileno(file), &before);
	note(VTS_IO_REQUEST_DISCARD, VTS_FLAG_WRITE, 8, 800);
	note(VTS_IO_REQUEST_PV, VTS_FLAG_WRITE, 100, 1);
	discard_punch(&discard, fileno(file));
	fsync(fileno(file));
	fstat(fileno(file), &after);
	cr_assert_eq(after.st_size, before.st_size);
	cr_assert_eq(pread(fileno(file), back, sizeof(back), 0), (ssize_t)sizeof(back));
	if (after.st_blocks == before.st_blocks)
		cr_skip_test("this file system makes no holes");
	cr_assert_eq(before.st_blocks - after.st_blocks, 800 - BLOCK_SECTORS);
	memset(data + 8 * SECTOR, 0, 800 * SECTOR);
	memset(data + 96 * SECTOR, 0xaa, DISCARD_BLOCK);
	cr_assert_eq(memcmp(data, back, sizeof(data)), 0);
	fclose(file);
}
