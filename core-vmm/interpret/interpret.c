/* SPDX-License-Identifier: GPL-2.0-only */
/* Fetch, decode, execute. */
#include "core-vmm/interpret/interpret.h"

#include "core-vmm/interpret/execute.h"
#include "core-vmm/interpret/operand.h"

/** Fetch @bytes of code at @gla, within a page. */
static enum interpret_outcome code_fetch(struct interpret *interpret, uint64_t gla, unsigned bytes,
					 uint8_t *to)
{
	uint64_t gpa;
	enum interpret_outcome outcome;

	if (!interpret->long_mode)
		gla = (uint32_t)gla;
	else if (!address_canonical(gla))
		return fault_raise(interpret, VECTOR_GP, 0);
	outcome = page_translate(interpret, gla, PF_ID, &gpa);
	if (outcome != INTERPRET_DONE)
		return outcome;
	return stored(!guest_memory_read(interpret->memory, gpa, to, bytes));
}

/** How much of an instruction at rip the segment's limit leaves. */
static unsigned code_most(const struct interpret *interpret)
{
	unsigned bytes = INSTRUCTION_MAX;

	if (!interpret->long_mode)
		while (bytes && !segment_allows(&interpret->segment[SEGMENT_CS],
						(uint32_t)interpret->rip, bytes, PF_ID))
			bytes--;
	return bytes;
}

/** Fetch and decode the instruction at rip; the next page is touched only if it goes on there. */
static enum decode_outcome instruction_fetch(struct interpret *interpret,
					     struct instruction *instruction,
					     enum interpret_outcome *outcome)
{
	uint64_t gla = linear_address(interpret, SEGMENT_CS, interpret->rip);
	unsigned room = PAGE_SIZE - (gla & (PAGE_SIZE - 1)), most = code_most(interpret);
	unsigned bytes = room < most ? room : most;
	uint8_t code[DECODE_READABLE] = {0};
	enum decode_outcome decoded = DECODE_MORE;

	for (unsigned known = 0; known < most && decoded == DECODE_MORE;) {
		*outcome = code_fetch(interpret, gla + known, bytes - known, code + known);
		if (*outcome != INTERPRET_DONE)
			return DECODE_UNKNOWN;
		decoded = decode(code, bytes, interpret->long_mode, interpret->big, instruction);
		known = bytes;
		bytes = most;
	}
	return decoded;
}

/** The instruction at rip, in @space or in the cache; NULL, and the outcome, if there is none. */
static const struct instruction *instruction_get(struct interpret *interpret,
						 struct instruction *space,
						 enum interpret_outcome *outcome)
{
	const struct instruction *instruction = space;
	enum decode_outcome decoded;

	*outcome = INTERPRET_UNSUPPORTED;
	if (!interpret->code)
		decoded = instruction_fetch(interpret, space, outcome);
	else if (interpret->cache && interpret->long_mode)
		instruction =
		    decode_cached(interpret->cache, interpret->rip, interpret->code, &decoded);
	else
		decoded = decode(interpret->code, INSTRUCTION_MAX, interpret->long_mode,
				 interpret->big, space);
	if (decoded == DECODE_OK)
		return instruction;
	/* more: but for the segment's limit */
	if (decoded == DECODE_TOO_LONG || decoded == DECODE_MORE)
		*outcome = fault_raise(interpret, VECTOR_GP, 0);
	else if (*outcome == INTERPRET_DONE)
		*outcome = INTERPRET_UNSUPPORTED;
	return NULL;
}

enum interpret_outcome interpret(struct interpret *interpret)
{
	struct instruction space;
	enum interpret_outcome outcome;
	const struct instruction *instruction = instruction_get(interpret, &space, &outcome);

	if (!instruction)
		return outcome;
	interpret->length = instruction->length;
	outcome = execute_instruction(interpret, instruction);
	if (outcome != INTERPRET_DONE)
		return outcome;
	/* The fault that led here left RF set, for this instruction only (SDM vol. 3, 17.3.1.1). */
	interpret->rflags &= ~(uint64_t)RFLAGS_RF;
	interpret->rip += instruction->length;
	if (!interpret->long_mode)
		interpret->rip = (uint32_t)interpret->rip;
	return INTERPRET_DONE;
}
