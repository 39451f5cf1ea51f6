// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/discard.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

void discard_init(struct discard *discard, uint64_t bytes)
{
	*discard = (struct discard){.blocks = bytes / DISCARD_BLOCK};
}

void discard_free(struct discard *discard)
{
	free(discard->map);
	discard->map = NULL;
}

static bool is_set(const struct discard *discard, uint64_t block)
{
	return discard->map[block / 8] >> block % 8 & 1;
}

/** Those that lie within the range. */
static void blocks_set(struct discard *discard, uint64_t from, uint64_t to)
{
	uint64_t end = to / DISCARD_BLOCK;

	if (!discard->map)
		discard->map = calloc(discard->blocks / 8 + 1, 1);
	for (uint64_t i = (from + DISCARD_BLOCK - 1) / DISCARD_BLOCK; discard->map && i < end; i++)
		discard->map[i / 8] |= (uint8_t)(1u << i % 8);
}

/** Those that the range touches. */
static void blocks_clear(struct discard *discard, uint64_t from, uint64_t to)
{
	for (uint64_t i = from / DISCARD_BLOCK; discard->map && i * DISCARD_BLOCK < to; i++)
		discard->map[i / 8] &= (uint8_t) ~(1u << i % 8);
}

void discard_note(struct discard *discard, const struct vts_event *event)
{
	uint64_t end = discard->blocks * DISCARD_BLOCK;
	uint64_t from = event->io_request.value * 512, to = from + event->io_request.bytes;

	if (event->kind != VTS_KIND_IO_REQUEST || event->reason != VTS_DEVICE_DISK ||
	    !(event->flags & VTS_FLAG_WRITE))
		return;
	if (to > end)
		to = end; /* a part of a block at the disk's end stays as it is */
	if (event->how == VTS_IO_REQUEST_DISCARD)
		blocks_set(discard, from, to);
	else
		blocks_clear(discard, from, to);
}

void discard_punch(const struct discard *discard, int fd)
{
	uint64_t end;

	for (uint64_t i = 0; discard->map && i < discard->blocks; i = end + 1) {
		end = i;
		while (end < discard->blocks && is_set(discard, end))
			end++;
		if (end > i &&
		    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)(i * DISCARD_BLOCK), (off_t)((end - i) * DISCARD_BLOCK)) < 0)
			return;
	}
}
