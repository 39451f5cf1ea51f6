/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio disk, polled or by interrupts, with several requests in flight (OASIS virtio 1.2, 5.2). */
#ifndef WORKLOADS_LIB_VIRTIO_BLK_H
#define WORKLOADS_LIB_VIRTIO_BLK_H

#include "workloads/lib/line.h"
#include "workloads/lib/virtio.h"
#include "workloads/lib/wait.h"

#define VIRTIO_BLK_SECTOR 512ul
#define VIRTIO_BLK_FLIGHT 32u /* requests in flight at most */

#define VIRTIO_BLK_F_RO		  (1ul << 5)
#define VIRTIO_BLK_F_FLUSH	  (1ul << 9)
#define VIRTIO_BLK_F_DISCARD	  (1ul << 13)
#define VIRTIO_BLK_F_WRITE_ZEROES (1ul << 14)

enum {
	VIRTIO_BLK_IN = 0,
	VIRTIO_BLK_OUT = 1,
	VIRTIO_BLK_FLUSH = 4,
	VIRTIO_BLK_GET_ID = 8,
	VIRTIO_BLK_DISCARD = 11,
	VIRTIO_BLK_WRITE_ZEROES = 13
};
enum { VIRTIO_BLK_OK, VIRTIO_BLK_IOERR, VIRTIO_BLK_UNSUPP };

struct virtio_blk_slot {
	struct virtio_desc desc[3];
	uint32_t type, unused;
	uint64_t sector;
	uint8_t status;
} __attribute__((aligned(128)));

struct virtio_blk {
	struct virtio virtio;
	uint64_t sectors;
	enum wait wait;
	uint32_t free; /* slots that are not in flight, by bit */
	struct virtio_blk_slot *slot;
};

/** Find and start it, polled, with those of @features that it has. False: there is none, or it refuses. */
bool virtio_blk_open(struct virtio_blk *blk, uint64_t features);

/** How to wait from now on; LINE_BY_PIC: interrupts by the device's line, else by MSI-X. There is one such disk. */
void virtio_blk_interrupts(struct virtio_blk *blk, enum wait wait, enum line_by by);

/**
 * Prepare a request; @data: guest-physical. The slot that it takes, or -1: all are in flight. It begins with virtio_kick.
 */
int virtio_blk_add(struct virtio_blk *blk, uint32_t type, uint64_t sector, const void *data,
		   uint32_t bytes);

/** The slot of a request that is done, which is then free, with @status; -1: none is. */
int virtio_blk_take(struct virtio_blk *blk, uint8_t *status);

/** After virtio_kick: until the device interrupts. Polled: nothing. */
void virtio_blk_wait(struct virtio_blk *blk);
/** As virtio_blk_take, but wait for one. -1: the device is broken. */
int virtio_blk_await(struct virtio_blk *blk, uint8_t *status);

/** One request, and wait for it: its status. */
uint8_t virtio_blk_request(struct virtio_blk *blk, uint32_t type, uint64_t sector, const void *data,
			   uint32_t bytes);

#endif
