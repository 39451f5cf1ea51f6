/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk in memory, with calls counted and failures on demand. */
#ifndef TESTS_UNIT_RAM_DISK_H
#define TESTS_UNIT_RAM_DISK_H

#include "core-vmm/device/disk.h"

#define RAM_DISK_SECTORS 4096u

struct ram_disk {
	struct disk disk;
	unsigned reads, writes, flushes;
	bool fails;
	uint8_t bytes[RAM_DISK_SECTORS * DISK_SECTOR];
};

extern struct ram_disk ram_disk;

/** All zeros. */
void ram_disk_start(bool read_only);

#endif
