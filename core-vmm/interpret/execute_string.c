/* SPDX-License-Identifier: GPL-2.0-only */
/* String instructions, which with REP are done some iterations at a time. */
#include "core-vmm/interpret/arithmetic.h"
#include "core-vmm/interpret/execute.h"
#include "core-vmm/interpret/operand.h"

/** A string operand: [segment:]RSI or ES:RDI. */
static enum interpret_outcome string_place(struct interpret *interpret,
					   const struct instruction *instruction, unsigned reg,
					   uint32_t access, struct place *place)
{
	return place_memory(interpret, reg == RDI ? SEGMENT_ES : instruction->segment,
			    low_bytes(interpret->gpr[reg], instruction->address_bytes),
			    instruction->bytes, access, place);
}

/** What is read first: [RSI], or of STOS and SCAS the accumulator. */
static enum interpret_outcome source_load(struct interpret *interpret,
					  const struct instruction *instruction, uint64_t *value)
{
	struct place place;
	enum interpret_outcome outcome;

	if (instruction->operation == OP_STOS || instruction->operation == OP_SCAS) {
		*value = low_bytes(interpret->gpr[RAX], instruction->bytes);
		return INTERPRET_DONE;
	}
	outcome = string_place(interpret, instruction, RSI, 0, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	return stored(place_load(interpret, &place, value));
}

/** Store @value where the instruction wants it, or compare it with what is there. */
static enum interpret_outcome destination_use(struct interpret *interpret,
					      const struct instruction *instruction, uint64_t value)
{
	bool compares = instruction->operation == OP_SCAS || instruction->operation == OP_CMPS;
	struct place place;
	uint64_t other;
	enum interpret_outcome outcome;

	if (instruction->operation == OP_LODS) {
		place = place_register(interpret, RAX, 0, instruction->bytes);
		return stored(place_store(interpret, &place, value));
	}
	outcome = string_place(interpret, instruction, RDI, compares ? 0 : PF_W, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!compares)
		return stored(place_store(interpret, &place, value));
	if (!place_load(interpret, &place, &other))
		return INTERPRET_NO_MEMORY;
	arithmetic(OP_CMP, instruction->bytes, value, other, &interpret->rflags);
	return INTERPRET_DONE;
}

/** One iteration. */
static enum interpret_outcome string_step(struct interpret *interpret,
					  const struct instruction *instruction)
{
	unsigned bytes = instruction->bytes, width = instruction->address_bytes;
	uint64_t step = interpret->rflags & FLAG_DF ? -(uint64_t)bytes : bytes, value;
	enum interpret_outcome outcome = source_load(interpret, instruction, &value);

	if (outcome != INTERPRET_DONE)
		return outcome;
	outcome = destination_use(interpret, instruction, value);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (instruction->operation != OP_STOS && instruction->operation != OP_SCAS)
		address_add(&interpret->gpr[RSI], step, width);
	if (instruction->operation != OP_LODS)
		address_add(&interpret->gpr[RDI], step, width);
	return INTERPRET_DONE;
}

/** Whether a repeated comparison is over: with REPE when it differs, with REPNE when it does not. */
static bool comparison_ends(const struct interpret *interpret,
			    const struct instruction *instruction)
{
	if (instruction->operation != OP_SCAS && instruction->operation != OP_CMPS)
		return false;
	return !(interpret->rflags & FLAG_ZF) == (instruction->repeat == 0xf3);
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
		address_add(count, ~0ull, width);
		if (comparison_ends(interpret, instruction))
			break;
	}
	return INTERPRET_DONE;
}
