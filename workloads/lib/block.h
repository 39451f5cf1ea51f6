/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What blockread and blockwrite share: requests of kib=N KiB (4, at most 64) to the guest's disk, order=sequential (from its
 * start on, and again) or random.
 */
#ifndef WORKLOADS_LIB_BLOCK_H
#define WORKLOADS_LIB_BLOCK_H

#include "workloads/lib/ata.h"

#define BLOCK_KEYS "kib order"

struct block {
	struct ata disk;
	unsigned sectors; /* of a request */
	uint64_t places;  /* requests that lie side by side on the disk */
	bool random;
	uint64_t next, state;
	uint8_t *data; /* of a request, page-aligned */
};

/** Ends the guest with status 2 and a message where there is no disk, or one too small. */
void block_prepare(struct block *block);
/** Requests begin anew. */
void block_rewind(struct block *block);
/** The sector at which the next one begins. */
uint64_t block_next(struct block *block);
/** Ends the guest with status 3 and a message: the disk has failed. */
_Noreturn void block_fail(const char *what, uint64_t sector);
/** Digest of what lies at the disk's start, at most @sectors. */
uint64_t block_digest(struct block *block, uint64_t digest, uint64_t sectors);

#endif
