/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for guest addresses: from the guest's ELF file (libelf), such as a vmlinux, or from a list
 * of symbols, as /proc/kallsyms or System.map have it. The file may be hostile.
 */
#ifndef TOOLS_LIB_SYMBOLS_H
#define TOOLS_LIB_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "trace/source.h"

struct symbols;

/** Read the code symbols of a file, whose format is found out. NULL and @error on failure, also
 *  when it has none. */
struct symbols *symbols_open(const char *path, struct vts_error *error);
void symbols_close(struct symbols *symbols);
/** The symbol that @address lies in, or NULL; @start is set to the symbol's address. Owned by
 *  @symbols. NULL symbols know no address. */
const char *symbols_find(const struct symbols *symbols, uint64_t address, uint64_t *start);
/** The address of the first, 0 if there are none. */
uint64_t symbols_first(const struct symbols *symbols);
/** "name+0x1f", "name" or "0x1234", cut to @size bytes. Returns @buffer. */
const char *symbols_text(const struct symbols *symbols, uint64_t address, char *buffer,
			 size_t size);

#endif
