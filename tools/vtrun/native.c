// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/native.h"

#include <string.h>

void native_start(struct native *native, struct sink *sink, const struct options *options,
		  const struct config *config, bool warp)
{
	struct vts_event start = {
	    .kind = VTS_KIND_VM_START,
	    .how = VTS_VM_START_NATIVE,
	    .vm_start = {.config = warp ? VTS_CONFIG_WARP : 0,
			 .memory = options->memory,
			 .hz = ENGINE_HZ,
			 .hash = config->hash},
	};

	*native = (struct native){.sink = sink};
	sink_append(sink, &start, 1, 0);
}

/** The guest is not trusted: its records say whose they are and never go back in time, whatever it
 *  wrote. */
static void frame_take(struct native *native)
{
	struct vts_event *event = &native->frame.event;

	if (event->kind != VTS_KIND_MARK && event->kind != VTS_KIND_VM_STOP) {
		native->refused++;
		return;
	}
	event->vm = 0;
	event->vcpu = 0;
	if (event->tsc < native->last_tsc)
		event->tsc = native->last_tsc;
	if (event->exit_tsc > event->tsc)
		event->exit_tsc = event->tsc;
	native->last_tsc = event->tsc;
	native->stopped = event->kind == VTS_KIND_VM_STOP;
	sink_append(native->sink, event, 1, 0);
}

void native_end(struct native *native, enum vts_how cause)
{
	struct vts_event stop = {
	    .tsc = native->last_tsc,
	    .exit_tsc = native->last_tsc,
	    .kind = VTS_KIND_VM_STOP,
	    .how = (uint16_t)cause,
	    .vm_stop = {.records = sink_count(native->sink)},
	};

	native->stopped = true;
	sink_append(native->sink, &stop, 1, 0);
}

void native_take(struct native *native, const void *data, size_t bytes)
{
	const unsigned char *next = data;

	while (bytes-- && !native->stopped) {
		native->frame.bytes[native->filled++] = *next++;
		if (native->filled == sizeof(native->frame.bytes)) {
			native->filled = 0;
			frame_take(native);
		}
	}
}
