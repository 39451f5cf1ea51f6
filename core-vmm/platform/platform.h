/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that the core asks of the machine it runs on. The bare platform answers from the machine
 * itself; a Linux module will answer from the kernel; unit tests answer from malloc.
 */
#ifndef CORE_VMM_PLATFORM_PLATFORM_H
#define CORE_VMM_PLATFORM_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

/* platform_phys and platform_virt, inline: each platform's own folder is on the include path. */
#include "platform_address.h"

#define PAGE_SHIFT  12
#define PAGE_SIZE   (1ul << PAGE_SHIFT)
#define PAGE_MASK   (~(PAGE_SIZE - 1))
#define LARGE_SHIFT 21
#define LARGE_SIZE  (1ul << LARGE_SHIFT)
#define GIGA_SHIFT  30
#define GIGA_SIZE   (1ul << GIGA_SHIFT)

/**
 * @count contiguous pages, aligned to @count if that is a power of two, contents undefined.
 * NULL when there are none. Single pages go back with platform_page_free; larger runs stay.
 */
void *platform_pages_alloc(size_t count);
void platform_page_free(void *page);

/** A message for people: a line to the VMM's log. %s %d %u %x %c, l and ll, width and 0; no
 *  floating point. */
void platform_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Tell whoever takes data out of shared memory that there is some (trace/hop.h); may block. */
void platform_wake(uint8_t byte);

/** A broken invariant of the VMM: log it and stop the machine. */
_Noreturn void platform_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline uint64_t platform_tsc(void)
{
	uint64_t low, high; /* the upper halves are cleared */

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return high << 32 | low;
}

/** Clear whole pages. On the emulator REP STOSQ costs one instruction a quadword, and nothing is
 *  cheaper. */
static inline void platform_clear(void *pages, size_t bytes)
{
	size_t count = bytes / 8;

	__asm__ volatile("rep stosq" : "+D"(pages), "+c"(count) : "a"(0) : "memory");
}

#endif
