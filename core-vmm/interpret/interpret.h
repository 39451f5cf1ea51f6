/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interpreter: does for the guest one instruction that the processor could not be let do, such
 * as a write to a page table under shadow paging. 64-bit mode, and compatibility mode without
 * segment limits. It knows nothing of VMCS: all it needs is in struct interpret, so it runs, and is
 * tested, anywhere.
 */
#ifndef CORE_VMM_INTERPRET_INTERPRET_H
#define CORE_VMM_INTERPRET_INTERPRET_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/memory/guest_memory.h"
#include "core-vmm/vm.h"

struct decode_cache;

/** Segment registers in the order of their encoding. */
enum { SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS, SEGMENT_COUNT };

enum interpret_outcome {
	INTERPRET_DONE,	   /* registers, rflags and rip are as after the instruction */
	INTERPRET_AGAIN,   /* as after some iterations of a REP: rip still leads to it, run it again
			    */
	INTERPRET_FAULT,   /* vector, error_code and cr2 say which; nothing but REP progress has
			      changed */
	INTERPRET_OUTSIDE, /* gpa, which the instruction accesses, is not guest memory; nothing has
			      changed */
	INTERPRET_UNSUPPORTED, /* not an instruction that is known here; nothing has changed */
	INTERPRET_NO_MEMORY,
};

struct interpret {
	/* What the guest is: set by the caller. */
	uint64_t *gpr; /* 16, by encoding; gpr[RSP] must hold RSP, and can be changed */
	uint64_t rip;
	uint64_t rflags;
	uint64_t base[SEGMENT_COUNT]; /* in 64-bit mode only FS and GS count */
	uint8_t cpl;
	bool long_mode; /* CS.L: 64-bit mode; otherwise compatibility mode */
	bool big;	/* CS.D, compatibility mode only: 32-bit operands and addresses */
	/* Where the code at rip is, INTERPRET_CODE_BYTES of it at least; or NULL: it will be
	 * fetched. */
	const uint8_t *code;
	struct decode_cache *cache; /* for that code, in 64-bit mode; or NULL */
	struct guest_memory *memory;
	const struct guest_paging *paging;
	uint64_t reserved; /* walk_reserved() */
	/*
	 * The translation of one write that the caller has already done, or hint_gpa =
	 * INTERPRET_NO_HINT. It spares a walk.
	 */
	uint64_t hint_gla, hint_gpa;
	/* Stores @bytes (1 to 16, within a page) at @gpa, which is guest memory. 0, or -1: no
	 * memory. */
	int (*write)(void *context, uint64_t gpa, const void *from, unsigned bytes);
	void *context;

	/* What came of it. */
	uint64_t cr2;	     /* FAULT with vector 14 */
	uint64_t gpa;	     /* OUTSIDE */
	uint32_t error_code; /* FAULT; of vectors that have one */
	uint8_t vector;	     /* FAULT: 6, 13, 14 */
	uint8_t length;	     /* of the instruction, once it is decoded */
};

#define INTERPRET_NO_HINT    (~0ull)
#define INTERPRET_CODE_BYTES 32

/** Iterations of a REP that are done before the guest runs again. */
#define INTERPRET_REP_MAX 64

/**
 * Interpret the instruction at rip. The caller takes care of what follows an instruction: clearing
 * the blocking by STI and MOV SS, and the trap of EFLAGS.TF.
 */
enum interpret_outcome interpret(struct interpret *interpret);

#endif
