/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop: from the engine's start to the VM's end, whatever way it comes. */
#ifndef TOOLS_VTRUN_RUN_H
#define TOOLS_VTRUN_RUN_H

#include "tools/vtrun/disk_file.h"
#include "tools/vtrun/engine.h"

struct run {
	const struct engine_ops *ops;
	struct engine *engine;
	struct sink *sink;
	struct console *console;
	const struct options *options;
	const struct disk_file *disk;
	bool interactive;
	int signals;	 /* signalfd */
	char typed[256]; /* and not given to the guest yet */
	size_t typed_bytes;
};

/** Block the signals that end vtrun, and take them through a descriptor. -1 and @error on failure. */
int run_signals(struct vts_error *error);

/**
 * Serve the engine until the VM has ended. Afterwards the engine is stopped and everything is
 * taken, told and written. Returns vtrun's exit status.
 */
int run_vm(struct run *run);

#endif
