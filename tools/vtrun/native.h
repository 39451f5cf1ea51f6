/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of a guest that runs with no VMM under it: it writes them to port 0xE9 itself
 * (trace/hop.h). */
#ifndef TOOLS_VTRUN_NATIVE_H
#define TOOLS_VTRUN_NATIVE_H

#include "tools/vtrun/config.h"
#include "tools/vtrun/sink.h"

struct native {
	struct sink *sink;
	union {
		struct vts_event event;
		unsigned char bytes[sizeof(struct vts_event)];
	} frame;
	size_t filled;
	uint64_t last_tsc;
	uint64_t refused; /* frames that are no record a native guest may write */
	bool stopped;	  /* the guest has said how it ends; what follows is the engine's own */
};

/** Write vm_start, which there is no VMM to write. */
void native_start(struct native *native, struct sink *sink, const struct options *options,
		  const struct config *config, bool warp);
/** The guest has triple-faulted, or switched the machine off by ACPI (status 0): it cannot say so itself. @cause:
 *  VTS_VM_STOP_*. */
void native_end(struct native *native, enum vts_how cause);
/** Bytes from the guest, in order. */
void native_take(struct native *native, const void *data, size_t bytes);

#endif
