/* SPDX-License-Identifier: GPL-2.0-only */
/* Operands: where they are, with the guest's privilege, and what is in them. */
#ifndef CORE_VMM_INTERPRET_OPERAND_H
#define CORE_VMM_INTERPRET_OPERAND_H

#include "core-vmm/interpret/decode.h"
#include "core-vmm/interpret/interpret.h"
#include "core-vmm/memory/walk.h"

#define RFLAGS_AC (1ull << 18)

enum { VECTOR_GP = 13, VECTOR_PF = 14 };

/** Where a value of up to 16 bytes is: a register, or one or two pieces of guest memory. */
struct place {
	uint64_t *reg; /* NULL: memory */
	uint8_t shift; /* in the register: 8 for AH, CH, DH and BH */
	uint8_t bytes;
	uint8_t first; /* bytes that lie at gpa[0]; the rest at gpa[1] */
	uint64_t gpa[2];
};

/** The low @bytes (1 to 8) all ones. */
static inline uint64_t bytes_mask(unsigned bytes)
{
	return ~0ull >> (64 - 8 * bytes);
}

static inline uint64_t low_bytes(uint64_t value, unsigned bytes)
{
	return value & bytes_mask(bytes);
}

/** The outcome of an instruction whose last act is to store. */
static inline enum interpret_outcome stored(bool done)
{
	return done ? INTERPRET_DONE : INTERPRET_NO_MEMORY;
}

/** Register @number as an operand of @bytes. @shift: 8 for the byte above the lowest. */
static inline struct place place_register(struct interpret *interpret, unsigned number,
					  unsigned shift, unsigned bytes)
{
	return (struct place){.reg = &interpret->gpr[number], .shift = shift, .bytes = bytes};
}

/** The linear address of the memory operand, canonical or not. */
static inline uint64_t operand_address(const struct interpret *interpret,
				       const struct instruction *instruction)
{
	uint64_t address = instruction->displacement;

	if (instruction->rip_relative)
		address += interpret->rip + instruction->length;
	if (instruction->base != NO_REGISTER)
		address += interpret->gpr[instruction->base];
	if (instruction->index != NO_REGISTER)
		address += interpret->gpr[instruction->index] << instruction->scale;
	if (instruction->address_bytes == 4)
		address = (uint32_t)address;
	if (!interpret->long_mode)
		return (uint32_t)(address + interpret->base[instruction->segment]);
	if (instruction->segment >= SEGMENT_FS)
		address += interpret->base[instruction->segment];
	return address;
}

/** The same as place_memory, where the caller's hint does not help. */
enum interpret_outcome place_translate(struct interpret *interpret, uint64_t gla, unsigned bytes,
				       uint32_t access, struct place *place);

/**
 * Translate @bytes (1 to 16) at @gla for an explicit access (PF_W or 0). DONE; or FAULT, OUTSIDE,
 * with the details in @interpret.
 */
static inline enum interpret_outcome place_memory(struct interpret *interpret, uint64_t gla,
						  unsigned bytes, uint32_t access,
						  struct place *place)
{
	uint64_t offset = gla & (PAGE_SIZE - 1);

	place->reg = NULL;
	place->bytes = bytes;
	place->first = bytes;
	if (access & PF_W && !((gla ^ interpret->hint_gla) & PAGE_MASK) &&
	    interpret->hint_gpa != INTERPRET_NO_HINT && offset + bytes <= PAGE_SIZE) {
		place->gpa[0] = (interpret->hint_gpa & PAGE_MASK) | offset;
		return INTERPRET_DONE;
	}
	return place_translate(interpret, gla, bytes, access, place);
}

/** Read up to 8 bytes, zero-extended. False: no memory. */
bool place_load(struct interpret *interpret, const struct place *place, uint64_t *value);
/** Write. 32-bit registers are zero-extended. False: no memory. */
bool place_store(struct interpret *interpret, const struct place *place, uint64_t value);

/** The same for any number of bytes in memory. */
bool place_read(struct interpret *interpret, const struct place *place, void *to);
bool place_write(struct interpret *interpret, const struct place *place, const void *from);

/** Raise a fault of the guest's: always returns INTERPRET_FAULT. */
enum interpret_outcome fault_raise(struct interpret *interpret, unsigned vector,
				   uint32_t error_code);

#endif
