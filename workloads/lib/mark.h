/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks: where a measured phase begins and ends, and what a process is called. */
#ifndef WORKLOADS_LIB_MARK_H
#define WORKLOADS_LIB_MARK_H

#include <stdint.h>

/** A phase. Made before it begins, so that within it nothing is left to do. */
struct mark {
	uint64_t name[2];   /* 16 characters, NUL-padded */
	uint64_t begin_tsc; /* native */
	uint64_t ops;
	uint64_t value; /* a figure for the end mark: the round trip of one operation; 0 if none */
	uint16_t id;
};

/** Of @name the first 16 characters count; @id tells phases of one name apart. */
struct mark mark_make(const char *name, uint16_t id, uint64_t ops, uint64_t value);
/** The phase begins: what follows is counted to it, up to mark_end. Phases may lie within each other. */
void mark_begin(struct mark *mark);
void mark_end(const struct mark *mark);
/** The process whose page tables are loaded has this name, of 16 characters at most, from now on.
 *  Under a VMM only: natively there are no exits that could belong to it. */
void mark_process(const char *name);
/** A point in time, with a figure. */
void mark_point(const struct mark *mark);

#endif
