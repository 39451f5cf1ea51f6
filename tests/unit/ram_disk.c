/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/ram_disk.h"

#include <stdlib.h>
#include <string.h>

struct ram_disk ram_disk;

static uint8_t *sectors_at(struct disk *disk, uint64_t sector, unsigned count)
{
	if (!disk_has(disk, sector, count))
		abort();
	return &ram_disk.bytes[sector * DISK_SECTOR];
}

static int ram_read(struct disk *disk, uint64_t sector, unsigned count, void *to)
{
	const uint8_t *from = sectors_at(disk, sector, count);

	ram_disk.reads++;
	if (!ram_disk.fails)
		memcpy(to, from, count * DISK_SECTOR);
	return ram_disk.fails ? -1 : 0;
}

static int ram_write(struct disk *disk, uint64_t sector, unsigned count, const void *from)
{
	uint8_t *to = sectors_at(disk, sector, count);

	if (disk->read_only)
		abort();
	ram_disk.writes++;
	if (!ram_disk.fails)
		memcpy(to, from, count * DISK_SECTOR);
	return ram_disk.fails ? -1 : 0;
}

static int ram_flush(struct disk *disk)
{
	(void)disk;
	ram_disk.flushes++;
	return ram_disk.fails ? -1 : 0;
}

void ram_disk_start(bool read_only)
{
	memset(&ram_disk, 0, sizeof(ram_disk));
	ram_disk.disk = (struct disk){.sectors = RAM_DISK_SECTORS,
				      .read_only = read_only,
				      .read = ram_read,
				      .write = ram_write,
				      .flush = ram_flush};
}
