/* SPDX-License-Identifier: GPL-2.0-only */
/* A set of interrupt vectors: 256 bits. */
#ifndef CORE_VMM_DEVICE_VECTORS_H
#define CORE_VMM_DEVICE_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

struct vectors {
	uint64_t word[4];
};

static inline bool vectors_has(const struct vectors *set, unsigned vector)
{
	return set->word[vector >> 6] >> (vector & 63) & 1;
}

static inline void vectors_add(struct vectors *set, unsigned vector)
{
	set->word[vector >> 6] |= 1ull << (vector & 63);
}

static inline void vectors_remove(struct vectors *set, unsigned vector)
{
	set->word[vector >> 6] &= ~(1ull << (vector & 63));
}

/** The highest, or -1. */
static inline int vectors_highest(const struct vectors *set)
{
	for (int i = 3; i >= 0; i--)
		if (set->word[i])
			return i * 64 + 63 - __builtin_clzll(set->word[i]);
	return -1;
}

#endif
