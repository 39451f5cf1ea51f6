// SPDX-License-Identifier: GPL-2.0-only
/* Unwinding a guest kernel's stack. */
#include "unwind_private.h"

#include <stdlib.h>
#include <string.h>

/* Of Linux's struct pt_regs (arch/x86/include/asm/ptrace.h), in words; the frame that IRET takes
 * begins at the instruction pointer. */
enum { REGS_BP = 4, REGS_IP = 16, REGS_CS = 17, REGS_SP = 19 };
enum { IRET_IP = 0, IRET_CS = 1, IRET_SP = 3 };

#define MODULES_START 0xffffffffa0000000ull /* Documentation/arch/x86/x86_64/mm.rst of Linux */
#define FRAMES_TRIED  4

/** The state of the walk: registers as they were in the frame at hand. */
struct walk {
	const struct unwind *unwind;
	const struct unwind_stack *stack;
	uint64_t ip, sp, bp;
	bool exact; /* ip is where the code stood; else it is a return address */
};

/** The word at @address; false if it was not recorded. */
static bool word_at(const struct walk *walk, uint64_t address, uint64_t *word)
{
	uint64_t offset = address - walk->stack->rsp;

	if (address < walk->stack->rsp || offset % 8 || offset / 8 >= walk->stack->count)
		return false;
	*word = walk->stack->words[offset / 8];
	return true;
}

/** The stack pointer of the frame outside, less what @row->type says lies there. */
static bool frame_base(const struct walk *walk, const struct orc_row *row, uint64_t *base)
{
	uint64_t offset = (uint64_t)(int64_t)row->sp_offset;

	switch (row->sp_reg) {
	case ORC_SP:
		*base = walk->sp + offset;
		return true;
	case ORC_BP:
		*base = walk->bp + offset;
		return true;
	case ORC_SP_INDIRECT:
		if (!word_at(walk, walk->sp, base))
			return false;
		*base += offset;
		return true;
	case ORC_BP_INDIRECT:
		return word_at(walk, walk->bp + offset, base);
	default: /* of registers that are not recorded */
		return false;
	}
}

/* A step: 0 goes on, else how the frames end (enum unwind_end). */

/** An interrupt or exception came: its registers lie at @at, all of them, or those of IRET only. */
static int step_regs(struct walk *walk, uint64_t at, bool full)
{
	uint64_t ip, cs, sp;

	if (!word_at(walk, at + 8 * (full ? REGS_IP : IRET_IP), &ip) ||
	    !word_at(walk, at + 8 * (full ? REGS_CS : IRET_CS), &cs) ||
	    !word_at(walk, at + 8 * (full ? REGS_SP : IRET_SP), &sp))
		return UNWIND_CUT;
	if (cs & 3)
		return UNWIND_DONE;
	if (full)
		word_at(walk, at + 8 * REGS_BP, &walk->bp);
	walk->ip = ip;
	walk->sp = sp;
	walk->exact = true;
	return 0;
}

static int step_row(struct walk *walk, const struct orc_row *row)
{
	uint64_t base, bp = walk->bp;

	if (row->sp_reg == ORC_UNDEFINED)
		return UNWIND_DONE;
	if (!frame_base(walk, row, &base))
		return UNWIND_BROKEN;
	if (row->bp_reg == ORC_PREV_SP &&
	    !word_at(walk, base + (uint64_t)(int64_t)row->bp_offset, &bp))
		return UNWIND_CUT;
	if (row->bp_reg == ORC_BP &&
	    !word_at(walk, walk->bp + (uint64_t)(int64_t)row->bp_offset, &bp))
		return UNWIND_CUT;
	if (row->type != ORC_CALL)
		return step_regs(walk, base, row->type == ORC_REGS);
	if (!word_at(walk, base - 8, &walk->ip))
		return UNWIND_CUT;
	walk->sp = base;
	walk->bp = bp;
	walk->exact = false;
	return 0;
}

/** By the frame pointer: the caller's, and above it the return address. */
static int step_frame_pointer(struct walk *walk)
{
	uint64_t bp;

	if (!walk->bp)
		return UNWIND_DONE;
	if (walk->bp < walk->sp || !word_at(walk, walk->bp, &bp) ||
	    !word_at(walk, walk->bp + 8, &walk->ip))
		return UNWIND_BROKEN;
	walk->sp = walk->bp + 16;
	walk->bp = bp;
	walk->exact = false;
	return walk->ip ? 0 : UNWIND_DONE;
}

/** Whether a return to @ip can be: after a call that the kernel has, or into a module. */
static bool is_likely(const struct walk *walk, uint64_t ip)
{
	struct orc_row row;

	return unwind_is_return(walk->unwind, ip) ||
	       (ip >= MODULES_START && !unwind_row(walk->unwind, ip - 1, &row));
}

/** Whether the frames further out make sense too: an old return address leads to none that do. */
static bool leads_on(struct walk walk)
{
	struct orc_row row;

	for (unsigned frames = 0; frames < FRAMES_TRIED; frames++) {
		int end;

		if (!unwind_row(walk.unwind, walk.ip - !walk.exact, &row))
			return true;
		end = step_row(&walk, &row);
		if (end)
			return end != UNWIND_BROKEN;
		if (!walk.exact && !is_likely(&walk, walk.ip))
			return false;
	}
	return true;
}

/**
 * Code that the tables do not know, such as a module's: the next word that is a return address of
 * code that they do. Frames in between are left out.
 */
static int step_guess(struct walk *walk)
{
	struct walk next = *walk;

	next.exact = false;
	for (uint64_t at = walk->sp; word_at(walk, at, &next.ip); at += 8) {
		next.sp = at + 8;
		if (!unwind_is_return(walk->unwind, next.ip) || !leads_on(next))
			continue;
		*walk = next;
		return 0;
	}
	return UNWIND_BROKEN;
}

static int step(struct walk *walk)
{
	struct orc_row row;

	if (!walk->unwind)
		return step_frame_pointer(walk);
	if (!unwind_row(walk->unwind, walk->ip - !walk->exact, &row))
		return step_guess(walk);
	return step_row(walk, &row);
}

enum unwind_end unwind_frames(const struct unwind *unwind, const struct unwind_stack *stack,
			      uint64_t frames[UNWIND_FRAMES], size_t *count)
{
	struct walk walk = {unwind, stack, stack->rip, stack->rsp, stack->rbp, true};
	uint64_t sp;
	int end;

	frames[0] = walk.ip;
	for (*count = 1; *count < UNWIND_FRAMES; frames[(*count)++] = walk.ip - !walk.exact) {
		sp = walk.sp;
		end = step(&walk);
		if (end)
			return (enum unwind_end)end;
		if (walk.sp <= sp && !walk.exact) /* it must get nearer to the stack's end */
			return UNWIND_BROKEN;
	}
	return UNWIND_CUT;
}
