/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executing what decode() found. Everything that can fault does so before anything changes. LOCK
 * needs nothing: the guest's processor is stopped here, and there is one (with more, the stores
 * must become compare-and-swap).
 */
#include "core-vmm/interpret/arithmetic.h"
#include "core-vmm/interpret/execute.h"
#include "core-vmm/interpret/operand.h"

typedef enum interpret_outcome (*execute_function)(struct interpret *, const struct instruction *);

/** What the register of ModRM.reg holds; bits above the operand's are left in it. */
static inline uint64_t reg_value(const struct interpret *interpret,
				 const struct instruction *instruction)
{
	return interpret->gpr[instruction->reg] >> instruction->reg_shift;
}

static struct place reg_place(struct interpret *interpret, const struct instruction *instruction)
{
	return place_register(interpret, instruction->reg, instruction->reg_shift,
			      instruction->bytes);
}

/** The r/m operand. */
static inline enum interpret_outcome rm_place(struct interpret *interpret,
					      const struct instruction *instruction, unsigned bytes,
					      uint32_t access, struct place *place)
{
	if (instruction->memory)
		return place_operand(interpret, instruction, bytes, access, place);
	*place = place_register(interpret, instruction->rm, instruction->rm_shift, bytes);
	return INTERPRET_DONE;
}

/** Both operands, where the second is in memory, or may be. */
static enum interpret_outcome operands_loaded(struct interpret *interpret,
					      const struct instruction *instruction,
					      struct place *first, uint64_t *second)
{
	struct place place;
	enum interpret_outcome outcome;

	*first = instruction->form == FORM_REG_RM
		     ? reg_place(interpret, instruction)
		     : place_register(interpret, RAX, 0, instruction->bytes);
	outcome = rm_place(interpret, instruction, instruction->source_bytes, 0, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	return stored(place_load(interpret, &place, second));
}

/** Both operands of a form with two: where the first is, and the value of the second. */
static inline enum interpret_outcome operands(struct interpret *interpret,
					      const struct instruction *instruction,
					      uint32_t access, struct place *first,
					      uint64_t *second)
{
	unsigned bytes = instruction->bytes;

	switch (instruction->form) {
	case FORM_REG_RM:
	case FORM_ACC_MOFFS:
		return operands_loaded(interpret, instruction, first, second);
	case FORM_ACC_IMM:
		*first = place_register(interpret, RAX, 0, bytes);
		*second = low_bytes(instruction->immediate, bytes);
		return INTERPRET_DONE;
	case FORM_RM_REG:
		*second = low_bytes(reg_value(interpret, instruction), bytes);
		break;
	case FORM_MOFFS_ACC:
		*second = low_bytes(interpret->gpr[RAX], bytes);
		break;
	case FORM_RM_CL:
		*second = interpret->gpr[RCX] & 0xff;
		break;
	case FORM_RM_1:
		*second = 1;
		break;
	default: /* FORM_RM_IMM; FORM_RM has none */
		*second = low_bytes(instruction->immediate, bytes);
	}
	return rm_place(interpret, instruction, bytes, access, first);
}

/** MOV to memory: most of what comes here. What is there now need not be read. */
static enum interpret_outcome execute_store(struct interpret *interpret,
					    const struct instruction *instruction)
{
	unsigned bytes = instruction->bytes;
	uint64_t value = instruction->immediate;
	struct place place;
	enum interpret_outcome outcome;

	if (instruction->form == FORM_RM_REG)
		value = reg_value(interpret, instruction);
	else if (instruction->form == FORM_MOFFS_ACC)
		value = interpret->gpr[RAX];
	outcome = place_operand(interpret, instruction, bytes, PF_W, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	return stored(place_write(interpret, &place, &value));
}

static enum interpret_outcome execute_move(struct interpret *interpret,
					   const struct instruction *instruction)
{
	unsigned shift = 64 - 8 * instruction->source_bytes;
	struct place first;
	uint64_t value;
	enum interpret_outcome outcome;

	if (instruction->memory && instruction->form != FORM_REG_RM &&
	    instruction->form != FORM_ACC_MOFFS)
		return execute_store(interpret, instruction);
	outcome = operands(interpret, instruction, PF_W, &first, &value);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (instruction->operation == OP_MOVSX)
		value = (uint64_t)((int64_t)(value << shift) >> shift);
	return stored(place_store(interpret, &first, value));
}

/** Operations that read both operands, and write the first unless it is CMP or TEST. */
static enum interpret_outcome execute_arithmetic(struct interpret *interpret,
						 const struct instruction *instruction)
{
	bool compare = instruction->operation == OP_CMP || instruction->operation == OP_TEST;
	uint64_t rflags = interpret->rflags, value, second;
	struct place first;
	enum interpret_outcome outcome;

	outcome = operands(interpret, instruction, compare ? 0 : PF_W, &first, &second);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_load(interpret, &first, &value))
		return INTERPRET_NO_MEMORY;
	value = arithmetic(instruction->operation, instruction->bytes, value, second, &rflags);
	if (!compare && !place_store(interpret, &first, value))
		return INTERPRET_NO_MEMORY;
	interpret->rflags = rflags;
	return INTERPRET_DONE;
}

/** BT and its like: with a register for the offset, a memory operand is a bit string of any length.
 */
static enum interpret_outcome execute_bit(struct interpret *interpret,
					  const struct instruction *instruction)
{
	unsigned bytes = instruction->bytes, bits = 8 * bytes;
	uint32_t access = instruction->operation == OP_BT ? 0 : PF_W;
	struct instruction moved = *instruction;
	struct place first;
	uint64_t offset = instruction->immediate, value, bit;
	enum interpret_outcome outcome;

	if (instruction->form == FORM_RM_REG) {
		offset = reg_value(interpret, instruction);
		/* signed, in whole operands */
		offset = (uint64_t)((int64_t)(offset << (64 - bits)) >> (64 - bits));
		moved.displacement += (uint64_t)((int64_t)offset >> __builtin_ctz(bits)) * bytes;
	}
	outcome = rm_place(interpret, &moved, bytes, access, &first);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_load(interpret, &first, &value))
		return INTERPRET_NO_MEMORY;
	bit = 1ull << (offset & (bits - 1));
	offset = value & bit ? FLAG_CF : 0;
	switch (instruction->operation) {
	case OP_BTS:
		value |= bit;
		break;
	case OP_BTR:
		value &= ~bit;
		break;
	case OP_BTC:
		value ^= bit;
		break;
	}
	if (access && !place_store(interpret, &first, value))
		return INTERPRET_NO_MEMORY;
	interpret->rflags = (interpret->rflags & ~FLAG_CF) | offset;
	return INTERPRET_DONE;
}

/** XCHG and XADD: the second operand gets what the first was. */
static enum interpret_outcome execute_exchange(struct interpret *interpret,
					       const struct instruction *instruction)
{
	uint64_t rflags = interpret->rflags, old, value, second;
	struct place first, reg;
	enum interpret_outcome outcome = operands(interpret, instruction, PF_W, &first, &second);

	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_load(interpret, &first, &old))
		return INTERPRET_NO_MEMORY;
	value = second;
	if (instruction->operation == OP_XADD)
		value = arithmetic(OP_ADD, instruction->bytes, old, second, &rflags);
	reg = reg_place(interpret, instruction);
	/* Memory first, as it may fail; if both are the same register, XADD leaves the sum there.
	 */
	if (first.reg)
		place_store(interpret, &reg, old);
	if (!place_store(interpret, &first, value))
		return INTERPRET_NO_MEMORY;
	if (!first.reg)
		place_store(interpret, &reg, old);
	interpret->rflags = rflags;
	return INTERPRET_DONE;
}

static enum interpret_outcome execute_cmpxchg(struct interpret *interpret,
					      const struct instruction *instruction)
{
	uint64_t rflags = interpret->rflags, old, second, expected;
	struct place first, accumulator;
	enum interpret_outcome outcome = operands(interpret, instruction, PF_W, &first, &second);

	if (outcome != INTERPRET_DONE)
		return outcome;
	expected = low_bytes(interpret->gpr[RAX], instruction->bytes);
	if (!place_load(interpret, &first, &old))
		return INTERPRET_NO_MEMORY;
	arithmetic(OP_CMP, instruction->bytes, expected, old, &rflags);
	if (rflags & FLAG_ZF) {
		if (!place_store(interpret, &first, second))
			return INTERPRET_NO_MEMORY;
	} else {
		/* the processor writes the old value back; the accumulator alone is zero-extended
		 */
		if (!first.reg && !place_store(interpret, &first, old))
			return INTERPRET_NO_MEMORY;
		accumulator = place_register(interpret, RAX, 0, instruction->bytes);
		place_store(interpret, &accumulator, old);
	}
	interpret->rflags = rflags;
	return INTERPRET_DONE;
}

/** Whether the memory operand is where its instruction wants it. */
static bool operand_aligned(const struct interpret *interpret,
			    const struct instruction *instruction)
{
	uint64_t offset = operand_offset(interpret, instruction);

	return !(linear_address(interpret, instruction->segment, offset) &
		 (instruction->bytes - 1u));
}

/** CMPXCHG8B and CMPXCHG16B. */
static enum interpret_outcome execute_cmpxchg8b(struct interpret *interpret,
						const struct instruction *instruction)
{
	unsigned bytes = instruction->bytes, half = bytes / 2;
	uint64_t pair[2] = {0}, low, high;
	uint64_t *gpr = interpret->gpr;
	struct place place;
	enum interpret_outcome outcome;

	if (!instruction->memory)
		return INTERPRET_UNSUPPORTED;
	if (bytes == 16 && !operand_aligned(interpret, instruction))
		return fault_raise(interpret, VECTOR_GP, 0);
	outcome = place_operand(interpret, instruction, bytes, PF_W, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	if (!place_read(interpret, &place, pair))
		return INTERPRET_NO_MEMORY;
	low = half == 8 ? pair[0] : (uint32_t)pair[0];
	high = half == 8 ? pair[1] : pair[0] >> 32;
	if (low != low_bytes(gpr[RAX], half) || high != low_bytes(gpr[RDX], half)) {
		if (!place_write(interpret, &place, pair))
			return INTERPRET_NO_MEMORY;
		gpr[RAX] = low;
		gpr[RDX] = high;
		interpret->rflags &= ~FLAG_ZF;
		return INTERPRET_DONE;
	}
	pair[0] = half == 8 ? gpr[RBX] : (uint32_t)gpr[RBX] | gpr[RCX] << 32;
	pair[1] = gpr[RCX];
	if (!place_write(interpret, &place, pair))
		return INTERPRET_NO_MEMORY;
	interpret->rflags |= FLAG_ZF;
	return INTERPRET_DONE;
}

/** #UD and #NM come before a page fault: the processor has found that SSE may be used. */
static enum interpret_outcome execute_vector_store(struct interpret *interpret,
						   const struct instruction *instruction)
{
	struct place place;
	uint8_t value[16];
	enum interpret_outcome outcome;

	if (instruction->aligned && !operand_aligned(interpret, instruction))
		return fault_raise(interpret, VECTOR_GP, 0);
	outcome = place_operand(interpret, instruction, instruction->bytes, PF_W, &place);
	if (outcome != INTERPRET_DONE)
		return outcome;
	vector_read(instruction->reg, value);
	return stored(place_write(interpret, &place, value));
}

static const execute_function execute[OP_GROUP1] = {
    [OP_ADD... OP_CMP] = execute_arithmetic,
    [OP_BT... OP_BTC] = execute_bit,
    [OP_SHL... OP_TEST] = execute_arithmetic,
    [OP_MOV... OP_MOVSX] = execute_move,
    [OP_XCHG] = execute_exchange,
    [OP_XADD] = execute_exchange,
    [OP_CMPXCHG] = execute_cmpxchg,
    [OP_CMPXCHG8B] = execute_cmpxchg8b,
    [OP_INC... OP_NEG] = execute_arithmetic,
    [OP_STOS... OP_CMPS] = execute_string,
    [OP_PUSH... OP_CALL] = execute_stack,
    [OP_VECTOR_STORE] = execute_vector_store,
};

enum interpret_outcome execute_instruction(struct interpret *interpret,
					   const struct instruction *instruction)
{
	return execute[instruction->operation](interpret, instruction);
}
