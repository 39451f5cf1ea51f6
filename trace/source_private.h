/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kinds of source share; private to trace/. */
#ifndef TRACE_SOURCE_PRIVATE_H
#define TRACE_SOURCE_PRIVATE_H

#include "error.h"
#include "metadata.h"
#include "ring.h"
#include "source.h"

struct source_ops {
	/** Set source->run to the next records, at least one, valid until the next call. False:
	 * none now; source->ended says whether more can come. */
	bool (*fill)(struct vts_source *source);
	/** Release all, the source itself too. */
	void (*close)(struct vts_source *source);
};

/** The first member of each kind of source. */
struct vts_source {
	const struct source_ops *ops;
	const struct vts_event *run; /* records ready to be handed out */
	size_t run_left;
	bool ended;
	uint64_t lost;
	uint64_t total;
	unsigned problems;
	struct vts_error first_problem;
	struct metadata metadata;
	const char *unit; /* "instr", "cycles" or "ns"; NULL: "instr" */
};

/** Note a problem; the first one's text is kept. */
void source_problem(struct vts_source *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Count @records more as lost, stopping short of overflow. */
void source_add_lost(struct vts_source *source, uint64_t records);
/** Find out the unit of time: by the metadata, or else by a vm_start record at the start. */
void source_find_unit(struct vts_source *source);

#endif
