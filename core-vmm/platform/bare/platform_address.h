/* SPDX-License-Identifier: GPL-2.0-only */
/* Bare machine: all memory is mapped at its physical address. */
#ifndef PLATFORM_ADDRESS_H
#define PLATFORM_ADDRESS_H

#include <stdint.h>

static inline uint64_t platform_phys(const void *virt)
{
	return (uint64_t)virt;
}

static inline void *platform_virt(uint64_t phys)
{
	return (void *)phys;
}

#endif
