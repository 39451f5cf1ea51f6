/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_VMM_LOADER_ELF64_H
#define CORE_VMM_LOADER_ELF64_H

#include <stddef.h>
#include <stdint.h>

#include "core-vmm/memory/guest_memory.h"

/**
 * Copy the PT_LOAD segments of an ET_EXEC x86-64 file to their physical addresses, all of which
 * must lie in [@lowest, memory size). @entry gets e_entry, @end the end of the highest segment. The
 * file is hostile. NULL, or what is wrong.
 */
const char *elf64_load(struct guest_memory *memory, const void *file, size_t bytes, uint64_t lowest,
		       uint64_t *entry, uint64_t *end);

#endif
