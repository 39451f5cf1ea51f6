/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that use the stack, and whose operand or stack lies in memory. */
#include "core-vmm/interpret/execute.h"
#include "core-vmm/interpret/operand.h"
#include "core-vmm/vmx/vmcs.h"

#define RFLAGS_VM (1u << 17)

/** How much of RSP addresses the stack. */
static unsigned stack_bytes(const struct interpret *interpret)
{
	if (interpret->long_mode)
		return 8;
	return interpret->segment[SEGMENT_SS].rights & RIGHTS_BIG ? 4 : 2;
}

static enum interpret_outcome push(struct interpret *interpret, unsigned bytes, uint64_t value)
{
	unsigned width = stack_bytes(interpret);
	uint64_t top = interpret->gpr[RSP];
	struct place place;
	enum interpret_outcome outcome;

	address_add(&top, -(uint64_t)bytes, width);
	outcome = place_memory(interpret, SEGMENT_SS, low_bytes(top, width), bytes, PF_W, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_store(interpret, &place, value))
		return INTERPRET_NO_MEMORY;
	interpret->gpr[RSP] = top;
	return INTERPRET_DONE;
}

/** POP to memory: an address that contains RSP has it as after the pop. */
static enum interpret_outcome execute_pop(struct interpret *interpret,
					  const struct instruction *instruction)
{
	unsigned bytes = instruction->bytes, width = stack_bytes(interpret);
	uint64_t *rsp = &interpret->gpr[RSP], before = *rsp, value;
	struct place from, to;
	enum interpret_outcome outcome =
	    place_memory(interpret, SEGMENT_SS, low_bytes(before, width), bytes, 0, &from);

	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_load(interpret, &from, &value))
		return INTERPRET_NO_MEMORY;
	address_add(rsp, bytes, width);
	outcome = place_operand(interpret, instruction, bytes, PF_W, &to);
	if (outcome == INTERPRET_DONE)
		outcome = stored(place_store(interpret, &to, value));
	if (outcome != INTERPRET_DONE)
		*rsp = before;
	return outcome;
}

/** The operand of PUSH and CALL: an immediate, a register or memory. */
static enum interpret_outcome operand_load(struct interpret *interpret,
					   const struct instruction *instruction, uint64_t *value)
{
	struct place place;
	enum interpret_outcome outcome;

	if (instruction->form == FORM_IMM) {
		*value = instruction->immediate;
		return INTERPRET_DONE;
	}
	if (!instruction->memory) {
		*value = interpret->gpr[instruction->rm];
		return INTERPRET_DONE;
	}
	outcome = place_operand(interpret, instruction, instruction->bytes, 0, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	return stored(place_load(interpret, &place, value));
}

static bool target_allowed(const struct interpret *interpret, uint64_t target)
{
	if (interpret->long_mode)
		return address_canonical(target);
	return segment_allows(&interpret->segment[SEGMENT_CS], (uint32_t)target, 1, PF_ID);
}

static enum interpret_outcome execute_call(struct interpret *interpret,
					   const struct instruction *instruction)
{
	uint64_t next = interpret->rip + instruction->length, target;
	enum interpret_outcome outcome = operand_load(interpret, instruction, &target);

	if (outcome != INTERPRET_DONE)
		return outcome;
	if (instruction->form == FORM_IMM)
		target += next;
	target = low_bytes(target, instruction->bytes);
	if (!target_allowed(interpret, target))
		return fault_raise(interpret, VECTOR_GP, 0);
	outcome = push(interpret, instruction->bytes, next);
	/* interpret() steps over the instruction */
	if (outcome == INTERPRET_DONE)
		interpret->rip = target - instruction->length;
	return outcome;
}

enum interpret_outcome execute_stack(struct interpret *interpret,
				     const struct instruction *instruction)
{
	uint64_t value;
	enum interpret_outcome outcome;

	switch (instruction->operation) {
	case OP_POP:
		return execute_pop(interpret, instruction);
	case OP_CALL:
		return execute_call(interpret, instruction);
	case OP_PUSHF:
		/* there IOPL and CR4.VME decide */
		if (interpret->rflags & RFLAGS_VM)
			return INTERPRET_UNSUPPORTED;
		return push(interpret, instruction->bytes,
			    interpret->rflags & ~(uint64_t)RFLAGS_RF);
	default:
		outcome = operand_load(interpret, instruction, &value);
		if (outcome != INTERPRET_DONE)
			return outcome;
		return push(interpret, instruction->bytes, value);
	}
}
