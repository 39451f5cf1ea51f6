/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine code, written by hand, for hostile guests. */
#ifndef CORE_VMM_TEST_HOSTILE_EMIT_H
#define CORE_VMM_TEST_HOSTILE_EMIT_H

#include "core-vmm/test/hostile.h"

/* Room for the longest element of a snippet. */
#define ELEMENT_MAX 48u

struct code {
	uint8_t *at, *end;
	uint64_t *random;
};

static inline void put8(struct code *code, uint64_t value)
{
	*code->at++ = (uint8_t)value;
}

static inline void put_bytes(struct code *code, const char *bytes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put8(code, (uint8_t)bytes[i]);
}
#define PUT(bytes) put_bytes(code, bytes, sizeof(bytes) - 1)

static inline void put32(struct code *code, uint64_t value)
{
	for (unsigned i = 0; i < 4; i++)
		put8(code, value >> 8 * i);
}

static inline uint64_t pick(const struct code *code, uint64_t limit)
{
	return random_below(code->random, limit);
}

/** A register by 32 bits: the same bytes in 64-bit, compatibility and 16-bit code (there, half as
 * long). */
static inline void set32(struct code *code, unsigned reg, uint64_t value)
{
	put8(code, 0xb8 | reg);
	put32(code, value);
}

/** By 64 bits; in other code than 64-bit the REX prefix is DEC or INC, and the upper half is code.
 */
static inline void set64(struct code *code, unsigned reg, uint64_t value)
{
	put8(code, 0x48);
	put8(code, 0xb8 | reg);
	put32(code, value);
	put32(code, value >> 32);
}

/** One element at random: hostile_elements.c. */
void hostile_element(struct code *code);
/** One that concerns a device: hostile_devices.c. */
void hostile_device(struct code *code);

#endif
