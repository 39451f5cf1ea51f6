/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a Perfetto trace: tracks, and events on them, a packet each, as they come. Field numbers
 * are those of Perfetto's folder protos/perfetto/trace.
 */
#ifndef EXITSTAT_PERFETTO_H
#define EXITSTAT_PERFETTO_H

#include <stdio.h>

#include "proto.h"

struct perfetto_writer {
	FILE *file;
	/* private */
	struct proto proto;
	size_t packet, event; /* begun */
};

/* Tracks, each declared once, before its first event. uuid: any number but 0. */
void perfetto_process(struct perfetto_writer *writer, uint64_t uuid, unsigned pid,
		      const char *name);
void perfetto_thread(struct perfetto_writer *writer, uint64_t uuid, unsigned pid, unsigned tid,
		     const char *name);
/** A track below another, of slices or of a counter. */
void perfetto_track(struct perfetto_writer *writer, uint64_t uuid, uint64_t parent,
		    const char *name, bool counter);

enum perfetto_type { PERFETTO_BEGIN = 1, PERFETTO_END = 2, PERFETTO_INSTANT = 3 };

/** Begin an event: a slice's begin or end, or an instant. @category and @name may be NULL. */
void perfetto_event(struct perfetto_writer *writer, uint64_t tsc, uint64_t track,
		    enum perfetto_type type, const char *category, const char *name);
/** What is to be known of it. NULL notes nothing. */
void perfetto_note(struct perfetto_writer *writer, const char *name, const char *text);
void perfetto_note_count(struct perfetto_writer *writer, const char *name, uint64_t number);
void perfetto_note_address(struct perfetto_writer *writer, const char *name, uint64_t address);
/** The event is complete: write it. */
void perfetto_event_end(struct perfetto_writer *writer);
/** A counter's new value. */
void perfetto_counter(struct perfetto_writer *writer, uint64_t tsc, uint64_t track, uint64_t value);

#endif
