/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/interpret/operand.h"
#include "core-vmm/memory/walk.h"
#include "core-vmm/vmx/vmcs.h"

enum interpret_outcome fault_raise(struct interpret *interpret, unsigned vector,
				   uint32_t error_code)
{
	interpret->vector = vector;
	interpret->error_code = error_code;
	return INTERPRET_FAULT;
}

enum interpret_outcome page_translate(struct interpret *interpret, uint64_t gla, uint32_t access,
				      uint64_t *gpa)
{
	struct walk walk;

	if (access & PF_W && interpret->hint_gpa != INTERPRET_NO_HINT &&
	    !((gla ^ interpret->hint_gla) & PAGE_MASK)) {
		*gpa = (interpret->hint_gpa & PAGE_MASK) | (gla & (PAGE_SIZE - 1));
		return INTERPRET_DONE;
	}
	if (interpret->cpl == 3)
		access |= PF_U;
	else if (interpret->rflags & RFLAGS_AC)
		access |= ACCESS_AC;
	switch (guest_walk(interpret->memory, interpret->paging, interpret->reserved, gla, access,
			   &walk)) {
	case WALK_FAULT:
		interpret->cr2 = gla;
		return fault_raise(interpret, VECTOR_PF, walk.error_code);
	case WALK_OUTSIDE:
		interpret->gpa = walk.gpa;
		return INTERPRET_OUTSIDE;
	default:
		break;
	}
	*gpa = walk.gpa;
	if (guest_memory_has(interpret->memory, walk.gpa, 1) ||
	    (interpret->device_has && !(access & PF_ID) &&
	     interpret->device_has(interpret->context, walk.gpa)))
		return INTERPRET_DONE;
	interpret->gpa = walk.gpa;
	return INTERPRET_OUTSIDE;
}

enum interpret_outcome place_translate(struct interpret *interpret, unsigned segment, uint64_t gla,
				       uint32_t access, struct place *place)
{
	unsigned bytes = place->bytes, room = PAGE_SIZE - (gla & (PAGE_SIZE - 1));
	enum interpret_outcome outcome;

	if (!address_canonical(gla) || !address_canonical(gla + bytes - 1))
		return fault_raise(interpret, segment_vector(segment), 0);
	/* of larger operands it is up to the processor (SDM vol. 3, 6.15, interrupt 17) */
	if (interpret->alignment && bytes <= 8 && gla & (bytes - 1))
		return fault_raise(interpret, VECTOR_AC, 0);
	if (bytes > room)
		place->first = room;
	outcome = page_translate(interpret, gla, access, &place->gpa[0]);
	if (outcome != INTERPRET_DONE || bytes <= room)
		return outcome;
	gla += room;
	if (!interpret->long_mode)
		gla = (uint32_t)gla;
	return page_translate(interpret, gla, access, &place->gpa[1]);
}

/** Read what lies in one page. */
static bool piece_read(struct interpret *interpret, uint64_t gpa, void *to, unsigned bytes)
{
	if (!guest_memory_read(interpret->memory, gpa, to, bytes))
		return true;
	if (!interpret->device_read || guest_memory_has(interpret->memory, gpa, 1))
		return false;
	interpret->device_read(interpret->context, gpa, to, bytes);
	return true;
}

bool place_read(struct interpret *interpret, const struct place *place, void *to)
{
	unsigned rest = place->bytes - place->first;

	return piece_read(interpret, place->gpa[0], to, place->first) &&
	       (!rest || piece_read(interpret, place->gpa[1], (char *)to + place->first, rest));
}

bool place_write(struct interpret *interpret, const struct place *place, const void *from)
{
	unsigned rest = place->bytes - place->first;

	return !interpret->write(interpret->context, place->gpa[0], from, place->first) &&
	       (!rest || !interpret->write(interpret->context, place->gpa[1],
					   (const char *)from + place->first, rest));
}

bool place_load(struct interpret *interpret, const struct place *place, uint64_t *value)
{
	uint64_t hpa;

	if (place->reg) {
		*value = *place->reg >> place->shift & bytes_mask(place->bytes);
		return true;
	}
	*value = 0;
	if (place->bytes == 8 && place->first == 8) {
		hpa = guest_memory_back(interpret->memory, place->gpa[0]);
		if (hpa) {
			__builtin_memcpy(value, platform_virt(hpa), 8);
			return true;
		}
	}
	return place_read(interpret, place, value);
}

bool place_store(struct interpret *interpret, const struct place *place, uint64_t value)
{
	if (!place->reg)
		return place_write(interpret, place, &value);
	register_store(place->reg, place->shift, place->bytes, value);
	return true;
}
