/* SPDX-License-Identifier: GPL-2.0-only */
/* An ATA disk over an array: for its unit test and its fuzzer. */
#ifndef TESTS_UNIT_FAKE_ATA_RIG_H
#define TESTS_UNIT_FAKE_ATA_RIG_H

#include "core-vmm/device/devices.h"
#include "core-vmm/device/disk.h"

#define RIG_SECTORS 1000u

struct ata_rig {
	struct devices devices;
	struct disk disk;
	uint8_t data[RIG_SECTORS * DISK_SECTOR];
	uint64_t bad; /* this sector cannot be read or written */
	bool flush_fails;
	unsigned flushes;
	bool line;
	unsigned edges; /* how often the line went high */
};

extern struct ata_rig rig;

/** A disk whose sectors carry their numbers, as after a reset. */
void rig_start(void);
uint32_t rig_in(uint16_t port, unsigned size);
void rig_out(uint16_t port, unsigned size, uint32_t value);
/** As a string instruction moves it: in bulk where the device allows. */
void rig_in_many(void *to, uint64_t bytes, unsigned size);
void rig_out_many(const void *from, uint64_t bytes, unsigned size);

#endif
