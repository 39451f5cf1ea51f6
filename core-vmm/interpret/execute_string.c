/* SPDX-License-Identifier: GPL-2.0-only */
/* STOS and MOVS, which with REP are done some iterations at a time. */
#include "core-vmm/interpret/arithmetic.h"
#include "core-vmm/interpret/execute.h"
#include "core-vmm/interpret/operand.h"

/** What a string instruction counts in: RCX, RSI, RDI, or their low halves. */
static void register_step(uint64_t *reg, uint64_t step, unsigned address_bytes)
{
	*reg = address_bytes == 8 ? *reg + step : (uint32_t)(*reg + step);
}

/** The address of a string operand, [segment:]RSI or ES:RDI. */
static uint64_t string_address(const struct interpret *interpret,
			       const struct instruction *instruction, unsigned reg)
{
	const struct instruction operand = {
	    .address_bytes = instruction->address_bytes,
	    .segment = reg == RDI ? SEGMENT_ES : instruction->segment,
	    .base = reg,
	    .index = NO_REGISTER,
	};

	return operand_address(interpret, &operand);
}

/** One iteration of STOS or MOVS. */
static enum interpret_outcome string_step(struct interpret *interpret,
					  const struct instruction *instruction)
{
	unsigned bytes = instruction->bytes, width = instruction->address_bytes;
	uint64_t step = interpret->rflags & FLAG_DF ? -(uint64_t)bytes : bytes;
	uint64_t value = low_bytes(interpret->gpr[RAX], bytes);
	bool moves = instruction->operation == OP_MOVS;
	struct place from, to;
	enum interpret_outcome outcome;

	if (moves) {
		outcome = place_memory(interpret, string_address(interpret, instruction, RSI),
				       bytes, 0, &from);
		if (outcome != INTERPRET_DONE)
			return outcome;
		if (!place_load(interpret, &from, &value))
			return INTERPRET_NO_MEMORY;
	}
	outcome =
	    place_memory(interpret, string_address(interpret, instruction, RDI), bytes, PF_W, &to);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_store(interpret, &to, value))
		return INTERPRET_NO_MEMORY;
	if (moves)
		register_step(&interpret->gpr[RSI], step, width);
	register_step(&interpret->gpr[RDI], step, width);
	return INTERPRET_DONE;
}

enum interpret_outcome execute_string(struct interpret *interpret,
				      const struct instruction *instruction)
{
	unsigned width = instruction->address_bytes;
	/* a single step is one iteration */
	unsigned most = interpret->rflags & FLAG_TF ? 1 : INTERPRET_REP_MAX;
	uint64_t *count = &interpret->gpr[RCX];
	enum interpret_outcome outcome;

	if (!instruction->repeat)
		return string_step(interpret, instruction);
	for (unsigned i = 0; low_bytes(*count, width); i++) {
		if (i == most)
			return INTERPRET_AGAIN;
		outcome = string_step(interpret, instruction);
		if (outcome != INTERPRET_DONE)
			return outcome;
		register_step(count, ~0ull, width);
	}
	return INTERPRET_DONE;
}
