/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What blockread and blockwrite share: requests of kib=N KiB (4, at most 64) to the guest's disk, order=sequential (from its
 * start on, and again) or random, depth=N of them at a time (1, at most 32) where the disk takes so many: a virtio disk, if
 * there is one. The ATA disk takes one after the other. wait=poll, halt or spin: see wait.h; interrupts come by the I/O APIC
 * and by MSI-X, or without x2APIC mode by the 8259s. Of a virtio disk only: notify=port or memory, for all that are asked for
 * at a time or after each (kick=all, each); events=index: the device has an event index, by which it interrupts once for all,
 * or flags: it has none.
 */
#ifndef WORKLOADS_LIB_BLOCK_H
#define WORKLOADS_LIB_BLOCK_H

#include "workloads/lib/ata.h"
#include "workloads/lib/virtio_blk.h"

#define BLOCK_KEYS "kib order depth wait notify kick events"

#define BLOCK_DEPTH VIRTIO_BLK_FLIGHT

/** A request. */
struct block_request {
	uint64_t sector;
	uint8_t *data; /* page-aligned */
};

struct block {
	bool pv;
	struct ata ata;
	struct virtio_blk virtio;
	uint64_t disk_sectors;
	unsigned sectors; /* of a request */
	unsigned depth;
	uint64_t places; /* requests that lie side by side on the disk */
	bool random;
	bool kick_each;
	uint64_t next, state;
	struct block_request request[BLOCK_DEPTH];
};

/** Ends the guest with status 2 and a message where there is no disk, or one too small. */
void block_prepare(struct block *block);
/** Requests begin anew. */
void block_rewind(struct block *block);
/** The sector at which the next one begins. */
uint64_t block_next(struct block *block);
/** Do the first @count of the requests, at most depth of them. A disk that fails ends the guest with status 3. */
void block_read(struct block *block, unsigned count);
void block_write(struct block *block, unsigned count);
void block_flush(struct block *block);
/** Digest of what lies at the disk's start, at most @sectors. */
uint64_t block_digest(struct block *block, uint64_t digest, uint64_t sectors);

#endif
