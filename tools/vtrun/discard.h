/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest has discarded of its disk and not written since, as the VMM's events say: blocks of 4 KiB, of which the
 * host's file gives the space back when the VM has ended in order. Earlier would be wrong: the VMM's next write may be in the
 * file before its event is here.
 */
#ifndef TOOLS_VTRUN_DISCARD_H
#define TOOLS_VTRUN_DISCARD_H

#include <stdint.h>

#include "trace/event.h"

#define DISCARD_BLOCK 4096u

struct discard {
	uint64_t blocks;
	uint8_t *
	    map; /* a bit each; NULL: nothing was discarded yet, or there is no memory to know it */
};

/** A disk of @bytes. Goes back with discard_free. */
void discard_init(struct discard *discard, uint64_t bytes);
void discard_free(struct discard *discard);
/** Every event, in order. */
void discard_note(struct discard *discard, const struct vts_event *event);
/** Make holes in the file. It is a hint: where the file system cannot, nothing happens. */
void discard_punch(const struct discard *discard, int fd);

#endif
