/* SPDX-License-Identifier: GPL-2.0-only */
/* Operands: where they are, with the guest's privilege, and what is in them. */
#ifndef CORE_VMM_INTERPRET_OPERAND_H
#define CORE_VMM_INTERPRET_OPERAND_H

#include "core-vmm/interpret/decode.h"
#include "core-vmm/interpret/interpret.h"
#include "core-vmm/memory/walk.h"

#define RFLAGS_RF (1u << 16)

/** Where a value of up to 16 bytes is: a register, or one or two pieces of guest memory. */
struct place {
	uint64_t *reg; /* NULL: memory */
	uint8_t shift; /* in the register: 8 for AH, CH, DH and BH */
	uint8_t bytes;
	uint8_t first; /* bytes that lie at gpa[0]; the rest at gpa[1] */
	uint64_t gpa[2];
};

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

/** Let a register's @bytes at bit @shift be @value; those of 32 bits are zero-extended (SDM vol. 1, 3.4.1.1). */
static inline void register_store(uint64_t *reg, unsigned shift, unsigned bytes, uint64_t value)
{
	uint64_t mask = bytes_mask(bytes) << shift;

	if (bytes == 4)
		*reg = (uint32_t)value;
	else
		*reg = (*reg & ~mask) | (value << shift & mask);
}

/** Raise a fault of the guest's: always returns INTERPRET_FAULT. */
enum interpret_outcome fault_raise(struct interpret *interpret, unsigned vector,
				   uint32_t error_code);

/** The memory operand's offset in its segment. */
static inline uint64_t operand_offset(const struct interpret *interpret,
				      const struct instruction *instruction)
{
	uint64_t offset = instruction->displacement;

	if (instruction->rip_relative)
		offset += interpret->rip + instruction->length;
	if (instruction->base != NO_REGISTER)
		offset += interpret->gpr[instruction->base];
	if (instruction->index != NO_REGISTER)
		offset += interpret->gpr[instruction->index] << instruction->scale;
	if (instruction->address_bytes != 8)
		offset = low_bytes(offset, instruction->address_bytes);
	return offset;
}

/** The linear address of @offset in a segment, canonical or not. */
static inline uint64_t linear_address(const struct interpret *interpret, unsigned segment,
				      uint64_t offset)
{
	if (!interpret->long_mode)
		return (uint32_t)(offset + interpret->segment[segment].base);
	if (segment >= SEGMENT_FS)
		offset += interpret->segment[segment].base;
	return offset;
}

/** The same as place_memory, where the caller's hint does not help. */
enum interpret_outcome place_translate(struct interpret *interpret, unsigned segment, uint64_t gla,
				       uint32_t access, struct place *place);

/**
 * Find @bytes (1 to 16) at @offset in @segment for an explicit access (PF_W or 0). DONE; or FAULT,
 * OUTSIDE, with the details in @interpret.
 */
static inline enum interpret_outcome place_memory(struct interpret *interpret, unsigned segment,
						  uint64_t offset, unsigned bytes, uint32_t access,
						  struct place *place)
{
	uint64_t gla = linear_address(interpret, segment, offset);
	uint64_t hint = access & PF_W ? interpret->hint_gpa : interpret->hint_read_gpa;
	uint64_t in_page = gla & (PAGE_SIZE - 1);

	place->reg = NULL;
	place->bytes = bytes;
	place->first = bytes;
	if (!interpret->long_mode &&
	    !segment_allows(&interpret->segment[segment], (uint32_t)offset, bytes, access))
		return fault_raise(interpret, segment_vector(segment), 0);
	if (!((gla ^ interpret->hint_gla) & PAGE_MASK) && hint != INTERPRET_NO_HINT &&
	    in_page + bytes <= PAGE_SIZE) {
		place->gpa[0] = (hint & PAGE_MASK) | in_page;
		return INTERPRET_DONE;
	}
	return place_translate(interpret, segment, gla, access, place);
}

/** The instruction's memory operand. */
static inline enum interpret_outcome place_operand(struct interpret *interpret,
						   const struct instruction *instruction,
						   unsigned bytes, uint32_t access,
						   struct place *place)
{
	return place_memory(interpret, instruction->segment, operand_offset(interpret, instruction),
			    bytes, access, place);
}

/** Translate what lies in one page, for an access that also says PF_ID where it is a fetch. */
enum interpret_outcome page_translate(struct interpret *interpret, uint64_t gla, uint32_t access,
				      uint64_t *gpa);

/** Read up to 8 bytes, zero-extended. False: no memory. */
bool place_load(struct interpret *interpret, const struct place *place, uint64_t *value);
/** Write. 32-bit registers are zero-extended. False: no memory. */
bool place_store(struct interpret *interpret, const struct place *place, uint64_t value);

/** The same for any number of bytes in memory. */
bool place_read(struct interpret *interpret, const struct place *place, void *to);
bool place_write(struct interpret *interpret, const struct place *place, const void *from);

#endif
