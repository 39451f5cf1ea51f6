/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory: which host page backs which guest-physical page. Memory starts at guest-physical 0
 * and has no holes; pages are given on first use, cleared, and stay. Every access of the VMM to
 * guest memory goes through here, so that a guest's address can never lead to memory that is not
 * the guest's.
 */
#ifndef CORE_VMM_MEMORY_GUEST_MEMORY_H
#define CORE_VMM_MEMORY_GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/platform/platform.h"

#define CHUNK_LARGE 1ull
#define CHUNK_GIGA  2ull
#define CHUNK_FLAGS 3ull

struct guest_memory {
	uint64_t bytes;	  /* a multiple of 2 MiB */
	unsigned shift;	  /* back 1 << shift bytes at a time, as far as they fit: 12, 21 or 30 */
	uint64_t cleared; /* time spent clearing; set to 0 by whoever wants to know */
	/* One entry per 2 MiB: 0 nothing; host address | CHUNK_LARGE: all of it, | CHUNK_GIGA: and
	 * the whole GiB around it likewise; else the address of 512 page addresses. */
	uint64_t *chunk;
};

/** 0, or -1 when out of memory. */
int guest_memory_init(struct guest_memory *memory, uint64_t bytes, unsigned shift);

/** Whether [gpa, gpa + bytes) is guest memory. */
static inline bool guest_memory_has(const struct guest_memory *memory, uint64_t gpa, uint64_t bytes)
{
	return gpa < memory->bytes && bytes <= memory->bytes - gpa;
}

/** Host-physical address behind @gpa, or 0 if nothing backs it yet or it is not guest memory. */
static inline uint64_t guest_memory_find(const struct guest_memory *memory, uint64_t gpa)
{
	uint64_t chunk, page;

	if (gpa >= memory->bytes)
		return 0;
	chunk = memory->chunk[gpa >> LARGE_SHIFT];
	if (chunk & CHUNK_LARGE)
		return (chunk & ~CHUNK_FLAGS) + (gpa & (LARGE_SIZE - 1));
	if (!chunk)
		return 0;
	page = ((uint64_t *)chunk)[gpa >> PAGE_SHIFT & 511];
	return page ? page + (gpa & (PAGE_SIZE - 1)) : 0;
}

/** Whether the whole 2 MiB around @gpa is backed by 2 MiB of contiguous, aligned host memory. */
static inline bool guest_memory_is_large(const struct guest_memory *memory, uint64_t gpa)
{
	return gpa < memory->bytes && memory->chunk[gpa >> LARGE_SHIFT] & CHUNK_LARGE;
}

/** log2 of the contiguous, aligned host memory that backs what lies around @gpa, which is backed:
 *  12, 21 or 30. */
static inline unsigned guest_memory_shift(const struct guest_memory *memory, uint64_t gpa)
{
	uint64_t chunk = memory->chunk[gpa >> LARGE_SHIFT];

	return !(chunk & CHUNK_LARGE) ? PAGE_SHIFT : chunk & CHUNK_GIGA ? GIGA_SHIFT : LARGE_SHIFT;
}

/** As guest_memory_find, but backs the page (or its 2 MiB) first if need be. 0 if it is not guest
 *  memory or no memory is left: guest_memory_has tells which. */
uint64_t guest_memory_back(struct guest_memory *memory, uint64_t gpa);

/** Copy out of or into guest memory, across pages. 0, or -1 if any of it is not guest memory
 *  (nothing is then copied) or no memory is left. */
int guest_memory_read(struct guest_memory *memory, uint64_t gpa, void *to, uint64_t bytes);
int guest_memory_write(struct guest_memory *memory, uint64_t gpa, const void *from, uint64_t bytes);

#endif
