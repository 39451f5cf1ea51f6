/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake machine on which unit tests run the core: its physical memory is an array, and its
 * physical address 0 is well away from the process's, so that a mix-up of the two crashes.
 */
#ifndef PLATFORM_ADDRESS_H
#define PLATFORM_ADDRESS_H

#include <stdint.h>

#define FAKE_MEMORY_BYTES (64ul << 20)
/* Physical address of the array's first byte. */
#define FAKE_MEMORY_START 0x40000000ul

extern unsigned char fake_memory[FAKE_MEMORY_BYTES];

static inline uint64_t platform_phys(const void *virt)
{
	return (uint64_t)((const unsigned char *)virt - fake_memory) + FAKE_MEMORY_START;
}

static inline void *platform_virt(uint64_t phys)
{
	return fake_memory + (phys - FAKE_MEMORY_START);
}

#endif
