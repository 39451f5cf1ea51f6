/* SPDX-License-Identifier: GPL-2.0-only */
/* What executes the VMM. An engine is chosen once; the rest of vtrun knows it by this table only. */
#ifndef TOOLS_VTRUN_ENGINE_H
#define TOOLS_VTRUN_ENGINE_H

#include <poll.h>

#include "tools/vtrun/config.h"
#include "tools/vtrun/console.h"
#include "tools/vtrun/disk_file.h"
#include "tools/vtrun/elf_image.h"
#include "tools/vtrun/guest_file.h"
#include "tools/vtrun/sink.h"

struct engine;

/** What a VM is started from. All of it outlives the engine. */
struct engine_start {
	const struct options *options;
	const struct config *config;
	const struct guest_file *guest;
	const struct elf_image *vmm;
	const struct blob *boot, *input;
	const struct disk_file *disk;
	const char *args;
	bool interactive, warp;
	struct sink *sink;
	struct console *console;
};

enum engine_state {
	ENGINE_RUNNING,
	ENGINE_ENDED,  /* the VM has ended and all of it was taken */
	ENGINE_FAILED, /* the engine ended without a word, or cannot be understood */
	ENGINE_FAULT,  /* the VMM stopped for a fault of its own, which its log describes */
};

#define ENGINE_FDS_MAX 3

struct engine_ops {
	const char *name;
	const char *unit; /* of its time stamps */
	/** Whether it can be used here; its version is stored. 0, or -1 and @error. */
	int (*probe)(char version[64], struct vts_error *error);
	/** Start the VM. NULL and @error on failure. */
	struct engine *(*start)(const struct engine_start *start, struct vts_error *error);
	/** What to poll for; how many were filled in. Wait no longer than 10 ms, so that readers
	 *  see all. */
	size_t (*fds)(const struct engine *engine, struct pollfd fds[ENGINE_FDS_MAX]);
	/** Take what is new, without blocking. @error is filled in when the engine has failed. */
	enum engine_state (*service)(struct engine *engine, struct vts_error *error);
	/** Typed bytes; how many were taken. */
	size_t (*input)(struct engine *engine, const void *data, size_t bytes);
	/** End the VM now, taking what it has written so far. */
	void (*stop)(struct engine *engine);
	/** End it if it runs, and free all. */
	void (*destroy)(struct engine *engine);
};

extern const struct engine_ops bochs_engine;

#endif
