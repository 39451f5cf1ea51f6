/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The call stack of a guest's kernel, from words of its stack: by the kernel's own unwind tables
 * (ORC: Documentation/arch/x86/orc-unwinder.rst of Linux), else by frame pointers where the kernel
 * keeps them. Tables and stacks may be hostile.
 */
#ifndef TOOLS_LIB_UNWIND_H
#define TOOLS_LIB_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include "trace/source.h"

#define UNWIND_FRAMES 64 /* of one stack; what lies further out is cut off */

struct unwind;

/**
 * Read the tables out of a kernel's ELF file (vmlinux; it may be stripped). @text: where the
 * kernel's first code lies, which may have moved it; if that is 0, or cannot be this kernel's, it
 * runs where it was linked. NULL and @error on failure, also when it has no tables.
 */
struct unwind *unwind_open(const char *path, uint64_t text, struct vts_error *error);
void unwind_close(struct unwind *unwind);

/** A stack: the registers, and @count words from @rsp up. */
struct unwind_stack {
	uint64_t rip, rsp, rbp;
	const uint64_t *words;
	size_t count;
};

/** How the frames ended. */
enum unwind_end {
	UNWIND_DONE = 1, /* at the outermost, or where user space entered the kernel */
	UNWIND_CUT, /* what comes next was not recorded: it lies further out, or on another stack */
	UNWIND_BROKEN /* no frame information, or none that makes sense */
};

/**
 * The frames, innermost first, as addresses within the functions: @stack->rip, then of each return
 * address the byte before it. @unwind NULL: by frame pointers. Sets @count, at least 1, at most
 * UNWIND_FRAMES.
 */
enum unwind_end unwind_frames(const struct unwind *unwind, const struct unwind_stack *stack,
			      uint64_t frames[UNWIND_FRAMES], size_t *count);

#endif
