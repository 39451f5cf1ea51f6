/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of interrupt vectors: 256 bits. */
#ifndef CORE_VMM_DEVICE_VECTORS_H
#define CORE_VMM_DEVICE_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

struct vectors {
	uint64_t word[4];
	uint32_t
	    used; /* which words are not 0, a bit each: the highest vector is asked for often */
};

static inline bool vectors_has(const struct vectors *set, unsigned vector)
{
	return set->word[vector >> 6] >> (vector & 63) & 1;
}

static inline void vectors_add(struct vectors *set, unsigned vector)
{
	set->word[vector >> 6] |= 1ull << (vector & 63);
	set->used |= 1u << (vector >> 6);
}

static inline void vectors_remove(struct vectors *set, unsigned vector)
{
	set->word[vector >> 6] &= ~(1ull << (vector & 63));
	if (!set->word[vector >> 6])
		set->used &= ~(1u << (vector >> 6));
}

/** The highest, or -1. */
static inline int vectors_highest(const struct vectors *set)
{
	int i = 31 ^ __builtin_clz(set->used | 1);

	return set->used ? i << 6 | (63 ^ __builtin_clzll(set->word[i])) : -1;
}

#endif
