/* SPDX-License-Identifier: GPL-2.0-only */
/* Outside 64-bit mode: segment limits and types, 16-bit addresses, the stack; and what needs no
 * segment: vector registers, alignment. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/interpret_guest.h"

/* Rights as the VMCS has them: 32-bit segments at DPL 3. */
enum {
	DATA_READ_ONLY = 0xc0f1,
	DATA = 0xc0f3,
	DATA_DOWN = 0xc0f7,
	DATA_DOWN_16 = 0x80f7,
	DATA_16 = 0x80f3,
	CODE_ONLY = 0xc0f9,
	CODE = 0xc0fb,
	UNUSABLE = 0x1c0f3
};

static void start(void)
{
	guest_start();
	in.long_mode = false;
	in.big = true;
	for (unsigned i = 0; i < SEGMENT_COUNT; i++)
		in.segment[i].base = i == SEGMENT_CS ? NATIVE_CODE : NATIVE_DATA;
	in.rip = 0;
}

TestSuite(interpret_segments, .init = start);

/** Run @code at 0; 0, or the vector that it raised, with error code 0 and nothing changed. */
static unsigned run(const char *code, unsigned bytes)
{
	uint64_t before[16];
	unsigned written = writes;
	enum interpret_outcome outcome;

	code_put((const uint8_t *)code, bytes);
	memcpy(before, gpr, sizeof(gpr));
	in.rip = 0;
	outcome = interpret(&in);
	if (outcome == INTERPRET_DONE)
		return 0;
	cr_assert(eq(int, outcome, INTERPRET_FAULT));
	cr_expect(zero(u32, in.error_code));
	cr_expect(zero(u64, in.rip));
	cr_expect(zero(int, memcmp(before, gpr, sizeof(gpr))));
	cr_expect(eq(u32, writes, written));
	return in.vector;
}
#define RUN(code) run(code, sizeof(code) - 1)

/* Operands of 4 bytes at ECX. */
#define STORE	 "\x89\x01"
#define STORE_SS "\x36\x89\x01"
#define LOAD	 "\x8b\x01"
#define ADD	 "\x01\x01"
#define STORE_CS "\x2e\x89\x01"
#define LOAD_CS	 "\x2e\x8b\x01"

/** DS and SS, where 4 bytes may lie at offsets @first to @last. */
static void expect_range(uint32_t rights, uint32_t limit, uint64_t first, uint64_t last)
{
	for (unsigned i = 0; i < 6; i++) {
		uint64_t end = i < 3 ? first : last, offset = end + i % 3 - 1;
		bool inside = offset >= first && offset <= last;

		if (offset > 0xffffffff)
			continue;
		for (unsigned s = SEGMENT_SS; s <= SEGMENT_DS; s++) /* all of it lies in the data */
			in.segment[s] =
			    (struct segment){(uint32_t)(NATIVE_DATA + 64 - end), limit, rights};
		gpr[RCX] = offset;
		cr_expect(eq(u32, RUN(STORE), inside ? 0 : 13), "offset %#lx", offset);
		cr_expect(eq(u32, RUN(LOAD), inside ? 0 : 13), "offset %#lx", offset);
		cr_expect(eq(u32, RUN(STORE_SS), inside ? 0 : 12), "offset %#lx", offset);
	}
}

Test(interpret_segments, limits)
{
	expect_range(DATA, 0x100, 0, 0xfd);
	expect_range(DATA, 3, 0, 0);
	expect_range(DATA, 0xffff, 0, 0xfffc);
	/* down: the limit is the last offset that is not in it */
	expect_range(DATA_DOWN, 0x100, 0x101, 0xfffffffc);
	expect_range(DATA_DOWN, 0xfffffff0, 0xfffffff1, 0xfffffffc);
	expect_range(DATA_DOWN_16, 0xfff0, 0xfff1, 0xfffc);
}

Test(interpret_segments, a_limit_smaller_than_the_operand)
{
	in.segment[SEGMENT_DS].limit = 2;
	cr_expect(eq(u32, RUN(STORE), 13));
	in.segment[SEGMENT_DS].limit = 3;
	cr_expect(eq(u32, RUN(STORE), 0));
}

Test(interpret_segments, types)
{
	static const struct {
		uint32_t rights;
		bool readable, writable;
	} types[] = {{DATA, true, true},
		     {DATA_READ_ONLY, true, false},
		     {CODE, true, false},
		     {CODE_ONLY, false, false},
		     {UNUSABLE, false, false}};

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		in.segment[SEGMENT_DS].rights = types[i].rights;
		cr_expect(eq(u32, RUN(LOAD), types[i].readable ? 0 : 13), "type %u", i);
		cr_expect(eq(u32, RUN(STORE), types[i].writable ? 0 : 13), "type %u", i);
		cr_expect(eq(u32, RUN(ADD), types[i].writable ? 0 : 13), "type %u", i);
	}
	cr_expect(eq(u32, RUN(LOAD_CS), 0));
	cr_expect(eq(u32, RUN(STORE_CS), 13));
	in.segment[SEGMENT_CS].rights = CODE_ONLY;
	cr_expect(eq(u32, RUN(LOAD_CS), 13));
	/* as virtual-8086 mode has it */
	in.segment[SEGMENT_CS].rights = 0xf3;
	cr_expect(eq(u32, RUN(STORE_CS), 0));
}

Test(interpret_segments, the_hint_does_not_hide_the_segment)
{
	in.hint_gla = NATIVE_DATA + 0x10;
	in.hint_gpa = FRAME_DATA + 0x10;
	gpr[RCX] = 0x10;
	cr_expect(eq(u32, RUN(STORE), 0));
	in.segment[SEGMENT_DS].limit = 0x12;
	cr_expect(eq(u32, RUN(STORE), 13));
}

Test(interpret_segments, an_instruction_ends_within_its_segment)
{
	in.segment[SEGMENT_CS].limit = 1;
	cr_expect(eq(u32, RUN(STORE), 0));
	cr_expect(eq(u64, in.rip, 2));
	in.segment[SEGMENT_CS].limit = 0;
	cr_expect(eq(u32, RUN(STORE), 13));
	in.segment[SEGMENT_CS].rights = 0xc0ff; /* conforming: no expand-down */
	in.segment[SEGMENT_CS].limit = 2;
	cr_expect(eq(u32, RUN(STORE), 0));
	cr_expect(eq(u32, RUN("\x81\x01\1\2\3\4"), 13));
}

Test(interpret_segments, addresses_of_16_bits)
{
	/* mod and rm: the registers that they add, and the segment */
	static const struct {
		uint8_t rm, first, second;
		bool stack;
	} forms[] = {{0, RBX, RSI, false}, {1, RBX, RDI, false}, {2, RBP, RSI, true},
		     {3, RBP, RDI, true},  {4, RSI, 16, false},	 {5, RDI, 16, false},
		     {6, RBP, 16, true},   {7, RBX, 16, false}};
	static const int displacement[] = {0, -16, 0x120};

	in.segment[SEGMENT_SS].base = NATIVE_DATA + 0x200;
	for (unsigned i = 0; i < 24; i++) {
		unsigned form = i % 8, mod = i / 8;
		char code[] = {0x67, (char)0x89, (char)(mod << 6 | form), mod == 1 ? -16 : 0x20, 1};
		int at = 0x100 + (forms[form].stack ? 0x200 : 0) + displacement[mod];

		if (mod == 0 && form == 6)
			continue; /* no register: below */
		memset(gpr, 0x5a, sizeof(gpr));
		gpr[RAX] = 0x1000 + i;
		gpr[forms[form].first] = 0xabcd0100;
		if (forms[form].second < 16) { /* the sum wraps */
			gpr[forms[form].first] = 0xabcdfff0;
			gpr[forms[form].second] = 0x70000110;
		}
		cr_assert(zero(u32, run(code, 3 + mod)), "form %u", i);
		cr_expect(eq(u64, fake_read(FRAME_DATA + (unsigned)at) & 0xffffffff, 0x1000 + i),
			  "form %u", i);
	}
	gpr[RAX] = 77;
	cr_assert(zero(u32, RUN("\x67\x89\x06\x88\x01")));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 0x188) & 0xffffffff, 77));
	/* the operand does not wrap: its segment ends here, or not */
	gpr[RSI] = 0xffff;
	in.segment[SEGMENT_DS].base = NATIVE_DATA - 0xff00;
	in.segment[SEGMENT_DS].limit = 0xffff;
	cr_expect(eq(u32, RUN("\x67\x89\x04"), 13));
	in.segment[SEGMENT_DS].limit = 0x10002;
	cr_expect(eq(u32, RUN("\x67\x89\x04"), 0));
}

Test(interpret_segments, strings_wrap_and_end)
{
	in.big = false;
	in.segment[SEGMENT_ES].base = NATIVE_DATA - 0xff00;
	in.segment[SEGMENT_ES].limit = 0xffff;
	gpr[RAX] = 0x4142;
	gpr[RCX] = 0xff0003;
	gpr[RDI] = 0xee00fffe;
	code_put((const uint8_t *)"\xf3\xab", 2); /* rep stosw */
	entry_set(NATIVE_DATA - 0x10000, 0);
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT)); /* DI is 0 again: another page */
	cr_expect(eq(u32, in.vector, 14));
	cr_expect(eq(u64, gpr[RDI], 0xee000000));
	cr_expect(eq(u64, gpr[RCX], 0xff0002));
	in.segment[SEGMENT_ES].limit = 0xff03;
	gpr[RDI] = 0xff00;
	gpr[RCX] = 5;
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u32, in.vector, 13));
	cr_expect(eq(u64, gpr[RDI], 0xff04));
	cr_expect(eq(u64, gpr[RCX], 3));
	cr_expect(zero(u64, in.rip));
}

Test(interpret_segments, stack)
{
	static const struct {
		const char *code;
		unsigned length, pushed;
		uint64_t value;
	} pushes[] = {
	    {"\x50", 1, 4, 0x89abcdef},
	    {"\x66\x50", 2, 2, 0xcdef},
	    {"\x54", 1, 4, 0xfffff080}, /* ESP as before */
	    {"\x68\x01\x02\x03\x84", 5, 4, 0x84030201},
	    {"\x6a\xfe", 2, 4, 0xfffffffe},
	    {"\x66\x6a\xfe", 3, 2, 0xfffe},
	    {"\xff\x31", 2, 4, 0x11223344},
	    {"\xff\x34\x24", 3, 4, 0x55667788}, /* at ESP as before */
	    {"\x9c", 1, 4, 0x40ad7},
	    {"\xe8\x10\x00\x00\x00", 5, 4, 5},
	    {"\xff\xd3", 2, 4, 2},
	};
	uint64_t rsp;

	for (unsigned big = 0; big < 2; big++)
		for (unsigned i = 0; i < sizeof(pushes) / sizeof(pushes[0]); i++) {
			start();
			in.segment[SEGMENT_SS].rights = big ? DATA : DATA_16;
			gpr[RAX] = 0x89abcdef;
			gpr[RBX] = 0x20;
			gpr[RCX] = 0x100;
			gpr[RSP] = big ? 0xfffff080 : 0x1234fffff080;
			in.segment[SEGMENT_SS].base =
			    (uint32_t)(NATIVE_DATA + 0x80 - (big ? 0xfffff080 : 0xf080));
			in.rflags = 0x50ad7; /* with RF */
			fake_write(FRAME_DATA + 0x100, 0x11223344);
			fake_write(FRAME_DATA + 0x80, 0x55667788);
			fake_write(FRAME_DATA + 0x78, 0);
			/* only the low bits of the stack pointer count, and change */
			if (!big && pushes[i].value == 0x55667788)
				continue;
			cr_assert(zero(u32, run(pushes[i].code, pushes[i].length)), "push %u", i);
			rsp = big ? 0xfffff080 : 0x1234fffff080;
			cr_expect(eq(u64, gpr[RSP], rsp - pushes[i].pushed), "push %u", i);
			cr_expect(eq(u64,
				     fake_read(FRAME_DATA + 0x80 - pushes[i].pushed) &
					 (pushes[i].pushed == 4 ? 0xffffffff : 0xffff),
				     pushes[i].value),
				  "push %u", i);
			cr_expect(eq(u64, in.rip,
				     pushes[i].code[0] == '\xe8'   ? 0x15
				     : pushes[i].code[1] == '\xd3' ? 0x20
								   : pushes[i].length),
				  "push %u", i);
			cr_expect(zero(u64, in.rflags & 1 << 16));
		}
}

Test(interpret_segments, stack_faults)
{
	gpr[RSP] = 2;
	in.segment[SEGMENT_SS].limit = 0xffff;
	cr_expect(eq(u32, RUN("\x50"), 12));
	gpr[RSP] = 4;
	cr_expect(eq(u32, RUN("\x50"), 0));
	gpr[RSP] = 0xfffd;
	cr_expect(eq(u32, RUN("\x8f\x01"), 12)); /* pop (%ecx) */
	gpr[RSP] = 0x100;
	gpr[RBX] = 0x1000;
	in.segment[SEGMENT_CS].limit = 0xfff;
	cr_expect(eq(u32, RUN("\xff\xd3"), 13)); /* call beyond the limit */
	cr_expect(eq(u32, RUN("\xe8\xfb\x0f\x00\x00"), 13));
	cr_expect(eq(u32, RUN("\xe8\xfa\x0f\x00\x00"), 0));
	/* the address of a pop is made of RSP as after it, unless it faults */
	gpr[RSP] = 0x100;
	fake_write(FRAME_DATA + 0x100, 0xfeed);
	cr_expect(eq(u32, RUN("\x8f\x44\x24\x10"), 0));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 0x114) & 0xffffffff, 0xfeed));
	cr_expect(eq(u64, gpr[RSP], 0x104));
	in.segment[SEGMENT_SS].limit = 0x107;
	cr_expect(eq(u32, RUN("\x8f\x44\x24\x10"), 12));
}

Test(interpret_segments, long_mode_knows_no_limit)
{
	in.long_mode = true;
	for (unsigned i = 0; i < SEGMENT_COUNT; i++)
		in.segment[i] = (struct segment){.rights = UNUSABLE};
	in.segment[SEGMENT_GS].base = 0x100;
	code_put((const uint8_t *)"\x65\x89\x01", 3);
	in.rip = NATIVE_CODE;
	gpr[RCX] = NATIVE_DATA;
	gpr[RAX] = 9;
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 0x100) & 0xffffffff, 9));
}

/** In 64-bit mode, with RCX, RSP and RBP as @address. */
static void expect_long(const char *code, unsigned length, uint64_t address, unsigned vector)
{
	guest_start();
	gpr[RCX] = gpr[RSP] = gpr[RBP] = address;
	code_put((const uint8_t *)code, length);
	cr_assert(eq(int, interpret(&in), vector ? INTERPRET_FAULT : INTERPRET_DONE));
	if (vector)
		cr_expect(eq(u32, in.vector, vector));
	cr_expect(zero(u32, in.error_code));
}

Test(interpret_segments, not_canonical_by_stack_and_not)
{
	uint64_t edge = 1ull << 47;

	expect_long("\x89\x01", 2, edge, 13);
	expect_long("\x89\x01", 2, edge - 1, 13); /* before the first page is looked at */
	expect_long("\x89\x45\x00", 3, edge, 12);
	expect_long("\x89\x04\x24", 3, edge - 2, 12);
	expect_long("\x64\x89\x45\x00", 4, edge, 13); /* FS: no stack */
	expect_long("\x36\x89\x01", 3, edge, 13);     /* SS: without effect */
	expect_long("\x50", 1, edge + 8, 12);
	expect_long("\x8f\x01", 2, edge, 12);
}

Test(interpret_segments, vectors)
{
	static const struct {
		const char *code;
		unsigned length, bytes, number;
		bool aligned;
	} stores[] = {
	    {"\x0f\x11\x01", 3, 16, 0, false},	       {"\x66\x0f\x11\x09", 4, 16, 1, false},
	    {"\xf3\x0f\x11\x11", 4, 4, 2, false},      {"\xf2\x44\x0f\x11\x19", 5, 8, 11, false},
	    {"\x44\x0f\x29\x39", 4, 16, 15, true},     {"\x66\x0f\x29\x01", 4, 16, 0, true},
	    {"\x0f\x2b\x01", 3, 16, 0, true},	       {"\x66\x0f\x2b\x01", 4, 16, 0, true},
	    {"\x66\x0f\x7e\x21", 4, 4, 4, false},      {"\x66\x48\x0f\x7e\x21", 5, 8, 4, false},
	    {"\x66\x0f\x7f\x29", 4, 16, 5, true},      {"\xf3\x0f\x7f\x31", 4, 16, 6, false},
	    {"\x66\x44\x0f\xd6\x01", 5, 8, 8, false},  {"\x66\x0f\xe7\x39", 4, 16, 7, true},
	    {"\x66\xf3\x0f\x7f\x31", 5, 16, 6, false},
	};
	uint8_t got[24], want[24];

	for (unsigned i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		expect_long(stores[i].code, stores[i].length, NATIVE_DATA + 0x20, 0);
		memset(want, 0, sizeof(want));
		memcpy(want, xmm[stores[i].number], stores[i].bytes);
		guest_memory_read(&fake.vm.memory, FRAME_DATA + 0x20, got, sizeof(got));
		cr_expect(zero(int, memcmp(got, want, sizeof(got))), "store %u", i);
		expect_long(stores[i].code, stores[i].length, NATIVE_DATA + 4096 - 1,
			    stores[i].aligned ? 13 : 0);
	}
}

Test(interpret_segments, alignment)
{
	in.alignment = true;
	gpr[RCX] = 4;
	cr_expect(eq(u32, RUN(STORE), 0));
	gpr[RCX] = 2;
	cr_expect(eq(u32, RUN(STORE), 17));
	cr_expect(eq(u32, RUN("\x66" STORE), 0));
	gpr[RCX] = 0x1003;
	cr_expect(eq(u32, RUN(LOAD), 17));
	in.segment[SEGMENT_DS].limit = 0x1000; /* comes first */
	cr_expect(eq(u32, RUN(LOAD), 13));
}
