/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's memory behind its image. Data grows up from the image, page tables grow down from the
 * end of memory, so that no 2 MiB holds both: under shadow paging a VMM maps what lies beside a
 * page table more finely.
 */
#ifndef WORKLOADS_LIB_MEMORY_H
#define WORKLOADS_LIB_MEMORY_H

#include <stdint.h>

/**
 * @bytes of memory, not touched, aligned to @align (a power of two, at least a page). Ends the
 * guest with status 2 and a message when there is none.
 */
void *memory_take(uint64_t bytes, uint64_t align);

/** @count cleared pages for page tables, side by side. Ends the guest likewise. */
uint64_t *memory_take_tables(uint64_t count);

#endif
