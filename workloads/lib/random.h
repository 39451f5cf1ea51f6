/* SPDX-License-Identifier: GPL-2.0-only */
/* Pseudo-random numbers: splitmix64 (Steele, Lea, Flood 2014). The same for the same seed. */
#ifndef WORKLOADS_LIB_RANDOM_H
#define WORKLOADS_LIB_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ul;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
	z = (z ^ z >> 27) * 0x94d049bb133111ebul;
	return z ^ z >> 31;
}

#endif
