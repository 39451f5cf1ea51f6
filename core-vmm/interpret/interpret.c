/* SPDX-License-Identifier: GPL-2.0-only */
/* Fetch, decode, execute. */
#include "core-vmm/interpret/interpret.h"

#include "core-vmm/interpret/execute.h"
#include "core-vmm/interpret/operand.h"

/** Fetch @bytes of code at @rip, within a page. */
static enum interpret_outcome code_fetch(struct interpret *interpret, uint64_t rip, unsigned bytes,
					 uint8_t *to)
{
	uint64_t gla = interpret->long_mode ? rip : (uint32_t)(rip + interpret->base[SEGMENT_CS]);
	struct place place;
	enum interpret_outcome outcome = place_memory(interpret, gla, 1, PF_ID, &place);

	if (outcome != INTERPRET_DONE)
		return outcome;
	return stored(!guest_memory_read(interpret->memory, place.gpa[0], to, bytes));
}

/** Fetch and decode the instruction at rip; the next page is touched only if it goes on there. */
static enum decode_outcome instruction_fetch(struct interpret *interpret,
					     struct instruction *instruction,
					     enum interpret_outcome *outcome)
{
	uint64_t linear = interpret->rip + (interpret->long_mode ? 0 : interpret->base[SEGMENT_CS]);
	unsigned room = PAGE_SIZE - (linear & (PAGE_SIZE - 1));
	unsigned bytes = room < INSTRUCTION_MAX ? room : INSTRUCTION_MAX;
	uint8_t code[DECODE_READABLE] = {0};
	enum decode_outcome decoded;

	*outcome = code_fetch(interpret, interpret->rip, bytes, code);
	if (*outcome != INTERPRET_DONE)
		return DECODE_UNKNOWN;
	decoded = decode(code, bytes, interpret->long_mode, interpret->big, instruction);
	if (decoded != DECODE_MORE)
		return decoded;
	*outcome =
	    code_fetch(interpret, interpret->rip + bytes, INSTRUCTION_MAX - bytes, code + bytes);
	if (*outcome != INTERPRET_DONE)
		return DECODE_UNKNOWN;
	return decode(code, INSTRUCTION_MAX, interpret->long_mode, interpret->big, instruction);
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
	if (decoded == DECODE_TOO_LONG)
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
	interpret->rip += instruction->length;
	if (!interpret->long_mode)
		interpret->rip = (uint32_t)interpret->rip;
	return INTERPRET_DONE;
}
