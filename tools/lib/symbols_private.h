/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the readers of symbol files and what keeps the symbols; private to tools/lib/symbols*. */
#ifndef TOOLS_LIB_SYMBOLS_PRIVATE_H
#define TOOLS_LIB_SYMBOLS_PRIVATE_H

#include <stdbool.h>
#include <stdio.h>

#include "symbols.h"

/** Of two symbols at one address the lower rank is shown. */
enum symbol_rank { SYMBOL_FUNCTION, SYMBOL_LABEL, SYMBOL_WEAK, SYMBOL_BORDER };

struct symbol {
	uint64_t start, end; /* end: one past it */
	enum symbol_rank rank;
	char *name; /* NULL: a border: no code, but the end of what comes before */
};

/** Keep one; @end is a limit: a symbol lasts at most to the next. False: out of memory. */
bool symbols_keep(struct symbols *symbols, const char *name, uint64_t start, uint64_t end,
		  enum symbol_rank rank);
/** Symbols with a name so far. */
size_t symbols_named(const struct symbols *symbols);
/** Say in @error what is wrong with the file; false, for the caller to return. */
bool symbols_fail(struct vts_error *error, const char *path, const char *why);

/** Read all code symbols of a file that begins as an ELF file does; false and @error on failure. */
bool symbols_read_elf(struct symbols *symbols, int fd, const char *path, struct vts_error *error);
/** The same of a list of symbols; @file stays the caller's. */
bool symbols_read_text(struct symbols *symbols, FILE *file, const char *path,
		       struct vts_error *error);

#endif
