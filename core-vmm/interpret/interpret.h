/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interpreter: does for the guest one instruction that the processor could not be let do, such
 * as a write to a page table under shadow paging, or an access to a device's memory. In 64-bit, 32-bit and 16-bit code, of protected
 * and virtual-8086 mode. It reads no VMCS: all it needs is in struct interpret, so it runs, and is
 * tested, anywhere.
 *
 * Known is what writes to memory in the course of ordinary code: MOV, MOVNTI, the two-operand
 * arithmetic, shifts, TEST, INC, DEC, NOT, NEG, XCHG, XADD, CMPXCHG, CMPXCHG8B and 16B, BT and its
 * like, MOVZX and MOVSX, the string instructions but INS and OUTS, PUSH (not of segment registers),
 * POP to memory, PUSHF, CALL near, and stores of XMM registers that move whole registers or their
 * low part. Not known, so that a page table that they write is given up: segment registers (MOV,
 * PUSH), SETcc, rotates, SHLD, SHRD, ENTER, PUSHA, far transfers, MMX, x87, VEX.
 */
#ifndef CORE_VMM_INTERPRET_INTERPRET_H
#define CORE_VMM_INTERPRET_INTERPRET_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/interpret/segment.h"
#include "core-vmm/memory/guest_memory.h"
#include "core-vmm/vm.h"

struct decode_cache;

enum interpret_outcome {
	INTERPRET_DONE,	   /* registers, rflags and rip are as after the instruction */
	INTERPRET_AGAIN,   /* as after some iterations of a REP: rip still leads to it, run it again
			    */
	INTERPRET_FAULT,   /* vector, error_code and cr2 say which; nothing but REP progress has
			      changed */
	INTERPRET_OUTSIDE, /* gpa, which the instruction accesses, is neither guest memory nor a
			      device's; nothing has changed */
	INTERPRET_UNSUPPORTED, /* not an instruction that is known here; nothing has changed */
	INTERPRET_NO_MEMORY,
};

struct interpret {
	/* What the guest is: set by the caller. */
	uint64_t *gpr; /* 16, by encoding; gpr[RSP] must hold RSP, and can be changed */
	uint64_t rip;
	uint64_t rflags;
	struct segment segment[SEGMENT_COUNT];
	uint8_t cpl;
	bool long_mode; /* 64-bit mode */
	bool alignment; /* is checked: CPL 3, EFLAGS.AC and CR0.AM; then no hint */
	bool big;	/* CS.D, outside 64-bit mode: 32-bit operands and addresses */
	/* Where the code at rip is, INTERPRET_CODE_BYTES of it at least; or NULL: it will be
	 * fetched. */
	const uint8_t *code;
	struct decode_cache *cache; /* for that code, in 64-bit mode; or NULL */
	struct guest_memory *memory;
	const struct guest_paging *paging;
	uint64_t reserved; /* walk_reserved() */
	/*
	 * What hint_gla translates to, as the processor or the caller has found out: for a write, and for a read; each may be
	 * INTERPRET_NO_HINT. It spares a walk.
	 */
	uint64_t hint_gla, hint_gpa, hint_read_gpa;
	/* Stores @bytes (1 to 16, within a page) at @gpa, which is guest memory or a device's. 0, or
	 * -1: no memory. */
	int (*write)(void *context, uint64_t gpa, const void *from, unsigned bytes);
	/* Device memory: whether a device answers at @gpa, and what it says to a read, within a
	 * page. NULL: there is none. */
	bool (*device_has)(void *context, uint64_t gpa);
	void (*device_read)(void *context, uint64_t gpa, void *to, unsigned bytes);
	void *context;

	/* What came of it. */
	uint64_t cr2;	     /* FAULT with vector 14 */
	uint64_t gpa;	     /* OUTSIDE */
	uint32_t error_code; /* FAULT; of vectors that have one */
	uint8_t vector;	     /* FAULT: 12, 13, 14, 17 */
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
