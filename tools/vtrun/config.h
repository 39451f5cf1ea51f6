/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of a run: everything that its events depend on, and nothing else: no time, no
 * path, no process. It becomes the trace's env block; its hash names the run.
 */
#ifndef TOOLS_VTRUN_CONFIG_H
#define TOOLS_VTRUN_CONFIG_H

#include "tools/vtrun/disk_file.h"
#include "tools/vtrun/guest_file.h"
#include "tools/vtrun/options.h"

#define ENGINE_HZ 50000000ull /* of Bochs's TSC: its `ips`, executed instructions in a second */

#define CONFIG_KEYS_MAX 32

struct config {
	struct vts_env env[CONFIG_KEYS_MAX]; /* values are the configuration's own */
	size_t count;
	uint64_t hash;	  /* FNV-1a, 64 bits */
	uint8_t uuid[16]; /* FNV-1a, 128 bits */
};

/** What vtrun found out that the options do not say. */
struct config_facts {
	const char *engine, *engine_version, *unit;
	const char *compiler; /* of the VMM; "": it does not say */
	const struct guest_file *guest;
	const struct blob *vmm, *boot, *input;
	const struct disk_file *disk;
	bool repeatable;  /* no input comes at the host's own times */
	bool warp;	  /* idle time is skipped */
	const char *args; /* the guest's, joined */
};

/** 0, or -1 and @error (out of memory). */
int config_make(struct config *config, const struct options *options,
		const struct config_facts *facts, struct vts_error *error);
void config_free(struct config *config);

/** FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv): a digest against mistakes, not against malice. */
uint64_t fnv1a(const void *data, size_t bytes);

#endif
