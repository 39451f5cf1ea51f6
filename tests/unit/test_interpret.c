/* SPDX-License-Identifier: GPL-2.0-only */
/* The interpreter against the processor that runs this test, over random operands; and random
 * bytes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core-vmm/interpret/arithmetic.h"
#include "core-vmm/interpret/decode.h"
#include "tests/guest/interpret_kinds.h"
#include "tests/unit/interpret_guest.h"

#define FLAGS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* ---- random instructions ---- */

static uint64_t random_state;

/** xorshift64* (Vigna 2016). */
static uint64_t random_bits(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned limit)
{
	return (random_bits() >> 33) % limit;
}

/** Values at which carries and overflows happen are as likely as others. */
static uint64_t random_value(void)
{
	static const uint64_t edges[] = {0,	     1,		 ~0ull,	       0x7f,
					 0x80,	     0x7fff,	 0x8000,       0x7fffffff,
					 0x80000000, 1ull << 63, ~(1ull << 63)};

	return below(3) ? random_bits() : edges[below(sizeof(edges) / sizeof(edges[0]))];
}

static struct native start; /* registers before */
static uint8_t code[32];
static unsigned length;

static void byte_put(uint8_t byte)
{
	code[length++] = byte;
}

static void number_put(uint64_t number, unsigned bytes)
{
	memcpy(&code[length], &number, bytes);
	length += bytes;
}

/** A place in the data, often where pages meet; with room before and after for bit strings. */
static uint64_t random_place(bool aligned)
{
	uint64_t offset = below(3) ? 4096 - 20 + below(24) : 2000 + below(4000);

	return NATIVE_DATA + (aligned ? offset & ~15ull : offset);
}

static unsigned random_register(unsigned not )
{
	unsigned number;

	do
		number = below(16);
	while (number == RSP || number == not );
	return number;
}

/** ModRM for a memory operand, with the registers it needs; returns REX bits. */
static uint8_t memory_put(unsigned reg, uint64_t place, bool gs, unsigned immediate_bytes)
{
	unsigned mod = below(3), base = random_register(16), index = random_register(base);
	unsigned scale = below(4), size = mod == 1 ? 1 : 4;
	int32_t displacement = mod == 0	  ? 0
			       : mod == 1 ? (int8_t)random_bits()
					  : (int32_t)below(1 << 20);
	uint64_t target = place - (gs ? NATIVE_DATA : 0) - (uint64_t)displacement;
	uint8_t low = (reg & 7) << 3;

	if (!gs && below(6) == 0) { /* RIP-relative */
		byte_put(low | 5);
		number_put(place - (NATIVE_CODE + length + 4 + immediate_bytes), 4);
		return (reg & 8) >> 1;
	}
	if (!gs && below(8) == 0) { /* an index and no base, whatever REX.B says */
		byte_put(low | 4);
		byte_put(scale << 6 | (index & 7) << 3 | 5);
		start.gpr[index] = below(200);
		number_put(place - (start.gpr[index] << scale), 4);
		return (reg & 8) >> 1 | (index & 8) >> 2 | below(2);
	}
	if (mod == 0 && (base & 7) == RBP)
		mod = 1, size = 1, displacement = 0, target = place - (gs ? NATIVE_DATA : 0);
	if (below(2) || (base & 7) == RSP) { /* with an index; RSP as an index is none */
		bool none = below(4) == 0;
		unsigned number = none ? RSP : index;

		byte_put(mod << 6 | low | 4);
		byte_put(scale << 6 | (number & 7) << 3 | (base & 7));
		if (!none) {
			start.gpr[index] = below(200);
			target -= start.gpr[index] << scale;
		}
		start.gpr[base] = target;
		if (mod)
			number_put(displacement, size);
		return (reg & 8) >> 1 | (none ? 0 : (index & 8) >> 2) | base >> 3;
	}
	byte_put(mod << 6 | low | (base & 7));
	start.gpr[base] = target;
	if (mod)
		number_put(displacement, size);
	return (reg & 8) >> 1 | base >> 3;
}

/** Make up an instruction of @kind, and registers that suit it. */
static void instruction_make(const struct kind *kind)
{
	bool memory = kind->how & (MEMORY | LOCKABLE) || below(4), gs = memory && below(8) == 0;
	bool word = !(kind->how & PAIR) && kind->opcode != 0x0fc3 && below(4) == 0,
	     wide = below(3) == 0;
	bool small_address = memory && !gs && below(10) == 0;
	unsigned reg = kind->how & GROUP ? kind->digit : random_register(16);
	unsigned immediate = kind->how & IMM8 ? 1 : !(kind->how & IMMZ) ? 0 : word && !wide ? 2 : 4;
	unsigned rex_at, bytes = kind->how & BYTE ? 1 : wide ? 8 : word ? 2 : 4;
	uint8_t rex;

	length = 0;
	for (unsigned i = 0; i < 16; i++)
		start.gpr[i] = random_value();
	start.rflags = (random_bits() & FLAGS) | 2;
	if (gs)
		byte_put(0x65);
	if (word)
		byte_put(0x66);
	if (small_address)
		byte_put(0x67);
	if (memory && kind->how & LOCKABLE && below(4) == 0)
		byte_put(0xf0);
	rex_at = length;
	byte_put(0);
	if (kind->opcode > 0xff)
		byte_put(kind->opcode >> 8);
	byte_put(kind->opcode & 0xff);
	rex = 0x40 | wide << 3;
	if (kind->how & MODRM && memory) {
		rex |= memory_put(reg, random_place(kind->how & PAIR), gs, immediate);
		if (kind->how & BITS) /* keep the bit string within the data */
			start.gpr[reg] = (uint64_t)(int64_t)((int)below(8000) - 4000) |
					 (bytes < 8 ? random_bits() << (8 * bytes) : 0);
	} else if (kind->how & MODRM) {
		unsigned rm = random_register(16);

		byte_put(0xc0 | (reg & 7) << 3 | (rm & 7));
		rex |= (reg & 8) >> 1 | rm >> 3;
	}
	if (kind->how & SHIFT && below(2))
		start.gpr[RCX] = below(70);
	number_put(random_value(), immediate);
	/* REX only where needed, or at random: with none, byte registers 4 to 7 are AH to BH */
	if (rex == 0x40 && below(2))
		memmove(&code[rex_at], &code[rex_at + 1], --length - rex_at);
	else
		code[rex_at] = rex;
}

/* Some of what instruction_make makes cannot be compared: it uses one register for two things. */
static bool address_registers_clash(const struct kind *kind)
{
	struct instruction out;

	cr_assert(eq(int, decode(code, 15, true, false, &out), DECODE_OK));
	cr_assert(eq(u32, out.length, length));
	if (!out.memory)
		return out.rm == RSP || (!(kind->how & GROUP) && out.reg == RSP && out.bytes > 1);
	if (kind->how & SHIFT && (out.base == RCX || out.index == RCX))
		return true;
	return kind->how & BITS && (out.base == out.reg || out.index == out.reg);
}

static uint64_t undefined_flags(const struct kind *kind)
{
	struct instruction out;
	unsigned count;

	if (!(kind->how & SHIFT))
		return kind->undefined;
	decode(code, 15, true, false, &out);
	count =
	    (out.form == FORM_RM_CL ? start.gpr[RCX] : out.immediate) & (out.bytes == 8 ? 63 : 31);
	if (count == 0)
		return 0;
	return kind->undefined | (count > 1 ? FLAG_OF : 0) |
	       (count >= 8u * out.bytes ? FLAG_CF : 0);
}

static void data_fill(void)
{
	uint64_t *data = (uint64_t *)NATIVE_DATA;

	for (unsigned i = 0; i < NATIVE_BYTES / 8; i++)
		data[i] = random_value();
	guest_memory_write(&fake.vm.memory, FRAME_DATA, data, 4096);
	guest_memory_write(&fake.vm.memory, FRAME_DATA_2, (char *)data + 4096, 4096);
}

static const char *code_text(void)
{
	static char text[64];

	for (unsigned i = 0; i < length; i++)
		sprintf(text + 3 * i, "%02x ", code[i]);
	return text;
}

static void data_compare(void)
{
	static uint8_t guest[NATIVE_BYTES];

	guest_memory_read(&fake.vm.memory, FRAME_DATA, guest, 4096);
	guest_memory_read(&fake.vm.memory, FRAME_DATA_2, guest + 4096, 4096);
	cr_assert(zero(int, memcmp(guest, (void *)NATIVE_DATA, NATIVE_BYTES)), "memory differs: %s",
		  code_text());
}

/** Run code from start both ways, and compare all but @undefined flags. */
static void both_run(uint64_t undefined)
{
	struct native after = start;
	enum interpret_outcome outcome;

	native_run(&after, code, length);
	memcpy(gpr, start.gpr, sizeof(gpr));
	in.rip = NATIVE_CODE;
	in.rflags = start.rflags;
	code_put(code, length);
	do
		outcome = interpret(&in);
	while (outcome == INTERPRET_AGAIN);
	cr_assert(eq(int, outcome, INTERPRET_DONE), "%s", code_text());
	cr_assert(eq(u64, in.rip, NATIVE_CODE + length), "%s", code_text());
	for (unsigned i = 0; i < 16; i++)
		cr_assert(i == RSP || gpr[i] == after.gpr[i],
			  "register %u is %#lx, should be %#lx: %s", i, gpr[i], after.gpr[i],
			  code_text());
	cr_assert(eq(u64, in.rflags & FLAGS & ~undefined, after.rflags & FLAGS & ~undefined), "%s",
		  code_text());
	data_compare();
}

static void setup(void)
{
	native_init();
	random_state = 0x9e3779b97f4a7c15ull;
	guest_start();
}

TestSuite(interpret, .init = setup);

Test(interpret, as_the_processor)
{
	unsigned compared = 0;

	for (unsigned i = 0; i < 150000; i++) {
		const struct kind *kind = &kinds[i % KINDS];

		if (i % 50 == 0)
			data_fill();
		instruction_make(kind);
		if (address_registers_clash(kind))
			continue;
		both_run(undefined_flags(kind));
		compared++;
	}
	cr_assert(gt(u32, compared, 120000));
}

Test(interpret, compare_and_exchange_that_succeeds)
{
	for (unsigned i = 0; i < 2000; i++) {
		static const uint8_t forms[][5] = {
		    {0x0f, 0xb0, 0x0b},	      {0x0f, 0xb1, 0x0b}, {0x66, 0x0f, 0xb1, 0x0b},
		    {0x48, 0x0f, 0xb1, 0x0b}, {0x0f, 0xc7, 0x0f}, {0x48, 0x0f, 0xc7, 0x0f}};
		static const uint8_t lengths[] = {3, 3, 4, 4, 3, 4};
		unsigned form = i % 6;
		uint64_t place = random_place(form == 5);

		data_fill();
		length = lengths[form];
		memcpy(code, forms[form], length);
		for (unsigned r = 0; r < 16; r++)
			start.gpr[r] = random_value();
		start.rflags = (random_bits() & FLAGS) | 2;
		memcpy(&start.gpr[RAX], (void *)place, 8);
		memcpy(&start.gpr[RDX], (void *)(place + (form == 5 ? 8 : 4)), 8);
		start.gpr[form < 4 ? RBX : RDI] = place;
		both_run(0);
		cr_assert(eq(u64, in.rflags & FLAG_ZF, FLAG_ZF), "%s", code_text());
	}
}

Test(interpret, moffs)
{
	static const uint8_t opcodes[] = {0xa0, 0xa1, 0xa2, 0xa3};

	for (unsigned i = 0; i < 400; i++) {
		data_fill();
		length = 0;
		for (unsigned r = 0; r < 16; r++)
			start.gpr[r] = random_value();
		start.rflags = 2;
		if (i & 4)
			byte_put(0x66);
		if (i & 8)
			byte_put(0x48);
		byte_put(opcodes[i % 4]);
		number_put(random_place(false), 8);
		both_run(0);
	}
}

Test(interpret, strings)
{
	static const uint8_t opcodes[] = {0xaa, 0xab, 0xa4, 0xa5, 0xac,
					  0xad, 0xae, 0xaf, 0xa6, 0xa7};

	for (unsigned i = 0; i < 5000; i++) {
		unsigned wide = below(2), word = below(2), repeat = below(2);

		data_fill();
		/* so that comparisons go on for a while */
		if (below(2)) {
			memset((void *)NATIVE_DATA, 0, NATIVE_BYTES);
			guest_memory_write(&fake.vm.memory, FRAME_DATA, (void *)NATIVE_DATA, 4096);
			guest_memory_write(&fake.vm.memory, FRAME_DATA_2, (void *)NATIVE_DATA,
					   4096);
		}
		length = 0;
		for (unsigned r = 0; r < 16; r++)
			start.gpr[r] = random_value();
		start.rflags = (random_bits() & (FLAGS | FLAG_DF)) | 2;
		if (below(2))
			start.gpr[RAX] = 0;
		start.gpr[RDI] = random_place(false);
		start.gpr[RSI] = random_place(false);
		start.gpr[RCX] = below(200);
		if (word)
			byte_put(0x66);
		if (below(2)) {
			byte_put(0x67);
			start.gpr[RDI] |= random_bits() << 32;
			start.gpr[RSI] |= random_bits() << 32;
			start.gpr[RCX] |= random_bits() << 32;
		}
		if (repeat)
			byte_put(below(2) ? 0xf2 : 0xf3);
		if (wide)
			byte_put(0x48);
		byte_put(opcodes[i % 10]);
		both_run(0);
	}
}

/** Whatever the bytes: no read past what is promised (ASan watches), no crash, and length
 * within 15. */
Test(interpret, random_bytes)
{
	uint8_t *bytes = malloc(DECODE_READABLE);
	struct instruction out;

	for (unsigned i = 0; i < 2000000; i++) {
		unsigned prefixes = below(16);

		for (unsigned at = 0; at < DECODE_READABLE; at += 8) {
			uint64_t chunk = random_bits();

			memcpy(bytes + at, &chunk, 8);
		}
		memset(bytes, "\x66\xf0\xf3\x65"[i & 3], i & 4 ? prefixes : 0);
		if (decode(bytes, 1 + below(15), i & 8, i & 16, &out) == DECODE_OK)
			cr_assert(out.length >= 1 && out.length <= 15);
	}
	free(bytes);
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t chunk[2] = {random_bits(), random_bits()};

		for (unsigned r = 0; r < 16; r++)
			gpr[r] = below(2) ? random_bits() : NATIVE_DATA + below(8192);
		in.rip = NATIVE_CODE;
		in.segment[SEGMENT_GS].base = below(2) ? random_bits() : 0;
		code_put((uint8_t *)chunk, 16);
		(void)interpret(&in);
		entry_set(NATIVE_CODE, FRAME_CODE | GUEST_USER);
	}
}
