/* SPDX-License-Identifier: GPL-2.0-only */
/* A digest over 64-bit words: FNV-1a (Fowler, Noll, Vo), a word where it has a byte. */
#ifndef WORKLOADS_LIB_DIGEST_H
#define WORKLOADS_LIB_DIGEST_H

#include <stdint.h>

#define DIGEST_START 0xcbf29ce484222325ul

static inline uint64_t digest_add(uint64_t digest, uint64_t word)
{
	return (digest ^ word) * 0x100000001b3ul;
}

#endif
