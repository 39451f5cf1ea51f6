/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/interpret/arithmetic.h"
#include "core-vmm/interpret/decode.h"

#define FLAGS_ALL (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/** The flags that only the result decides. */
static uint64_t result_flags(uint64_t result, uint64_t sign)
{
	return (result ? 0 : FLAG_ZF) | (result & sign ? FLAG_SF : 0) |
	       (__builtin_parity(result & 0xff) ? 0 : FLAG_PF);
}

static void flags_set(uint64_t *rflags, uint64_t mask, uint64_t flags)
{
	*rflags = (*rflags & ~mask) | flags;
}

static uint64_t add(uint64_t a, uint64_t b, uint64_t carry, unsigned bytes, uint64_t *flags)
{
	uint64_t mask = ~0ull >> (64 - 8 * bytes), sign = (mask >> 1) + 1;
	uint64_t result = (a + b + carry) & mask;

	/* The carry out of each bit (Warren, Hacker's Delight, 2-16). */
	uint64_t carries = (a & b) | ((a | b) & ~result);

	*flags = result_flags(result, sign) | (carries & sign ? FLAG_CF : 0) |
		 ((a ^ b ^ result) & FLAG_AF) | ((a ^ result) & (b ^ result) & sign ? FLAG_OF : 0);
	return result;
}

static uint64_t subtract(uint64_t a, uint64_t b, uint64_t borrow, unsigned bytes, uint64_t *flags)
{
	uint64_t mask = ~0ull >> (64 - 8 * bytes), sign = (mask >> 1) + 1;
	uint64_t result = (a - b - borrow) & mask;
	uint64_t borrows = (~a & b) | (~(a ^ b) & result);

	*flags = result_flags(result, sign) | (borrows & sign ? FLAG_CF : 0) |
		 ((a ^ b ^ result) & FLAG_AF) | ((a ^ b) & (a ^ result) & sign ? FLAG_OF : 0);
	return result;
}

/** @b is the count. A count of 0 changes no flag; OF is defined for 1 only, and here follows the
 * last bit shifted. */
static uint64_t shift(unsigned operation, uint64_t a, uint64_t b, unsigned bytes, uint64_t *rflags)
{
	uint64_t mask = ~0ull >> (64 - 8 * bytes), sign = (mask >> 1) + 1;
	unsigned count = b & (bytes == 8 ? 63 : 31);
	uint64_t result, last, flags;

	if (!count)
		return a;
	/* count - 1 is less than 64: the last bit shifted out is one step away. */
	if (operation == OP_SHL) {
		result = a << (count - 1);
		last = result & sign;
		result = result << 1 & mask;
	} else {
		if (operation == OP_SAR)
			a = (uint64_t)((int64_t)(a << (64 - 8 * bytes)) >> (64 - 8 * bytes));
		result =
		    operation == OP_SAR ? (uint64_t)((int64_t)a >> (count - 1)) : a >> (count - 1);
		last = result & 1;
		result =
		    (operation == OP_SAR ? (uint64_t)((int64_t)result >> 1) : result >> 1) & mask;
	}
	flags = result_flags(result, sign) | (last ? FLAG_CF : 0);
	if (operation == OP_SHL && !(result & sign) != !last)
		flags |= FLAG_OF;
	if (operation == OP_SHR && a & sign)
		flags |= FLAG_OF;
	flags_set(rflags, FLAGS_ALL, flags);
	return result;
}

uint64_t arithmetic(unsigned operation, unsigned bytes, uint64_t a, uint64_t b, uint64_t *rflags)
{
	uint64_t mask = ~0ull >> (64 - 8 * bytes), sign = (mask >> 1) + 1;
	uint64_t carry = *rflags & FLAG_CF, flags, changed = FLAGS_ALL, result;

	switch (operation) {
	case OP_ADD:
		result = add(a, b, 0, bytes, &flags);
		break;
	case OP_ADC:
		result = add(a, b, carry, bytes, &flags);
		break;
	case OP_SUB:
	case OP_CMP:
		result = subtract(a, b, 0, bytes, &flags);
		break;
	case OP_SBB:
		result = subtract(a, b, carry, bytes, &flags);
		break;
	case OP_NEG:
		result = subtract(0, a, 0, bytes, &flags);
		break;
	case OP_INC:
		result = add(a, 1, 0, bytes, &flags);
		changed &= ~FLAG_CF;
		break;
	case OP_DEC:
		result = subtract(a, 1, 0, bytes, &flags);
		changed &= ~FLAG_CF;
		break;
	case OP_NOT:
		return ~a & mask;
	case OP_SHL:
	case OP_SHR:
	case OP_SAR:
		return shift(operation, a, b, bytes, rflags);
	default:
		if (operation == OP_OR)
			result = a | b;
		else if (operation == OP_XOR)
			result = a ^ b;
		else
			result = a & b; /* AND, TEST */
		flags = result_flags(result, sign);
	}
	flags_set(rflags, changed, flags & changed);
	return result;
}
