/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the items are made of: exits of an item by guest RIP, by page, by port and so on. Bounded: a
 * key that finds its set full takes the place of the smallest there, which then is part of "other".
 */
#ifndef VMTOP_PARTS_H
#define VMTOP_PARTS_H

#include "tools/vmtop/items.h"

/** What an item's exits are broken down by. */
enum dimension {
	BY_REASON,     /* exit reason */
	BY_WHAT,       /* what the reason has: port, CPUID leaf, MSR, ..., else the qualification */
	BY_RESOLUTION, /* how the exit was resolved */
	BY_PAGE,       /* guest-physical page */
	BY_RIP,	       /* guest function, or RIP */
	BY_ADDRESS,    /* a device's port or address; what a flush drops */
	BY_SIZE,       /* of the mapping made */
	DIMENSIONS
};

struct part {
	uint64_t key;
	uint32_t owner; /* serial of the item */
	uint32_t dimension;
	uint64_t count, time; /* since the beginning, or since it found a place */
	uint64_t count_before, time_before, count_last, time_last; /* as of an item */
};

#define PARTS_SETS 2048u
#define PARTS_WAYS 8u

struct parts {
	uint64_t (*tag)[PARTS_WAYS]; /* a hash of owner, dimension and key; 0: free */
	struct part (*part)[PARTS_WAYS];
};

/** 0, or -1 when out of memory. */
int parts_init(struct parts *parts);
void parts_free(struct parts *parts);
int parts_copy(struct parts *into, const struct parts *from);
/** Count @count of @key in the @dimension of item @owner. */
void parts_add(struct parts *parts, uint32_t owner, enum dimension dimension, uint64_t key,
	       uint64_t count, uint64_t time);
/** Close the interval. */
void parts_tick(struct parts *parts);

#endif
