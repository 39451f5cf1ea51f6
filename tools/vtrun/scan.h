/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the hop's blocks in the engine's memory, by their stamps. */
#ifndef TOOLS_VTRUN_SCAN_H
#define TOOLS_VTRUN_SCAN_H

#include <sys/types.h>

#include "tools/vtrun/vtrun.h"
#include "trace/hop.h"

/** Addresses of all blocks in process @engine. 0, or -1 and @error: also when one is missing or
 *  twice there. */
int scan_blocks(pid_t engine, uint64_t nonce, uint64_t blocks[VTS_HOP_BLOCKS],
		struct vts_error *error);

#endif
