/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver for the guest's disk, the master of the second ATA channel (ATA8-ACS), polled or by its line, 15. Data moves by
 * PIO, 16 bits at a time, in blocks of as many sectors as the drive takes at once.
 */
#ifndef WORKLOADS_LIB_ATA_H
#define WORKLOADS_LIB_ATA_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/lib/line.h"
#include "workloads/lib/wait.h"

#define ATA_SECTOR 512ul
#define ATA_COUNT  256u /* sectors of one request, at most */

struct ata {
	uint64_t sectors;
	unsigned block; /* sectors that move at once */
	bool lba48;
	enum wait wait;
};

/** Find it, polled. False: there is none. */
bool ata_open(struct ata *ata);
/** How to wait from now on; what interrupts come by. */
void ata_interrupts(struct ata *ata, enum wait wait, enum line_by by);
/** 1 to ATA_COUNT sectors within the disk. False: the drive reports an error. */
bool ata_read(const struct ata *ata, uint64_t sector, unsigned count, void *to);
bool ata_write(const struct ata *ata, uint64_t sector, unsigned count, const void *from);
/** What was written before is where it stays. */
bool ata_flush(const struct ata *ata);

#endif
