/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: a guest that writes and reads the ATA disk's registers in any order and width. Input: three bytes an access: what
 * to do, and two of value. Whatever it does, the backend is asked for sectors of the disk only (fake/ata_rig.c), the line and
 * the status fit each other, and after a reset the disk reads as ever.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake/ata_rig.h"
#include "tests/unit/fake/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATUS	0x177
#define CONTROL 0x376

#define MANY 2048u

static uint8_t many[MANY];

/** Bits 0 to 2 the port, 7 and 8 of them the control block's; 3 and 4 the width; 5 out; 6 a string. */
static void access_do(uint8_t what, uint16_t value)
{
	unsigned size = 1u << (what >> 3 & 3) & 7 ? 1u << (what >> 3 & 3) : 1;
	uint16_t port = (uint16_t)(what & 0x80 ? CONTROL : ATA_PORT + (what & 7));
	uint32_t wide = value | (uint32_t)value << 16;

	if (what & 0x40 && what & 0x20)
		rig_out_many(many, value % (MANY + 1), size);
	else if (what & 0x40)
		rig_in_many(many, value % (MANY + 1), size);
	else if (what & 0x20)
		rig_out(port, size, wide);
	else
		rig_in(port, size);
}

static void check(void)
{
	const struct ata *ata = &rig.devices.ata;

	if (rig.line != ata->line || ata->position > ata->filled ||
	    ata->filled > ATA_BUFFER_SECTORS * DISK_SECTOR)
		abort();
	if ((ata->transfer != ATA_IDLE) != !!(ata->status & 0x08))
		abort(); /* DRQ, as long as data moves */
	if (ata->status & 0x80 && ata->status & 0x08)
		abort();
}

static void disk_reads(void)
{
	static uint8_t sector[DISK_SECTOR];

	rig.bad = UINT64_MAX;
	rig_out(CONTROL, 1, 4);
	rig_out(CONTROL, 1, 0);
	rig_out(0x172, 1, 1);
	rig_out(0x173, 1, 9);
	rig_out(0x174, 1, 0);
	rig_out(0x175, 1, 0);
	rig_out(0x176, 1, 0x40);
	rig_out(STATUS, 1, 0x20);
	rig_in_many(sector, sizeof(sector), 2);
	if (rig_in(STATUS, 1) != 0x50 || memcmp(sector, rig.data + 9 * DISK_SECTOR, DISK_SECTOR))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	rig_start();
	if (size)
		rig.bad = data[0];
	rig.disk.read_only = size > 1 && data[1] & 1;
	for (size_t at = 2; at + 3 <= size; at += 3) {
		access_do(data[at], (uint16_t)(data[at + 1] | data[at + 2] << 8));
		check();
	}
	disk_reads();
	return 0;
}
