/* SPDX-License-Identifier: GPL-2.0-only */
/* Byte strings by number: each different one is kept once, and numbered in order of appearance. */
#ifndef EXITSTAT_INTERN_H
#define EXITSTAT_INTERN_H

#include <stddef.h>
#include <stdint.h>

#define INTERN_NONE UINT32_MAX

struct intern_entry {
	void *bytes;
	size_t length;
};

struct intern {
	struct intern_entry *entries;
	uint32_t count, room;
	uint32_t *slots; /* number + 1 by hash; 0: free */
	size_t size;	 /* of slots: a power of two */
	uint64_t seed;
};

/** All ends the program when there is no memory. */
void intern_init(struct intern *intern);
void intern_free(struct intern *intern);
/** The number of these bytes; INTERN_NONE if they are not there. */
uint32_t intern_find(const struct intern *intern, const void *bytes, size_t length);
/** The same; they are added if they are not there. */
uint32_t intern_add(struct intern *intern, const void *bytes, size_t length);
/** Of a number: the bytes, with a NUL behind them. */
const void *intern_bytes(const struct intern *intern, uint32_t number);

#endif
