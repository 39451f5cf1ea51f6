// SPDX-License-Identifier: GPL-2.0-only
#include "tests/guest/interpret_case.h"

#include "tests/guest/interpret_kinds.h"
#include "tests/guest/test.h"
#include "workloads/lib/random.h"
#include "workloads/lib/string.h"

#define RFLAGS_ANY                                                                                 \
	(EFLAGS_CF | EFLAGS_PF | EFLAGS_AF | EFLAGS_ZF | EFLAGS_SF | EFLAGS_OF | RFLAGS_DF)
#define ABSENT_PORT  0x6e0u
#define UART_SCRATCH (VTG_PORT_UART + 7u)
#define STACK_USED   (PUSH | POP | CALL)

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, NONE = 16 };

/* Besides those of interpret_kinds.h. */
static const struct kind more_kinds[] = {
    {0xa0, 0, BYTE | MOFFS, 0},
    {0xa1, 0, MOFFS, 0},
    {0xa2, 0, BYTE | MOFFS, 0},
    {0xa3, 0, MOFFS, 0},
    {0xa4, 0, BYTE | STRING, 0},
    {0xa5, 0, STRING, 0},
    {0xa6, 0, BYTE | STRING, 0},
    {0xa7, 0, STRING, 0},
    {0xaa, 0, BYTE | STRING, 0},
    {0xab, 0, STRING, 0},
    {0xac, 0, BYTE | STRING, 0},
    {0xad, 0, STRING, 0},
    {0xae, 0, BYTE | STRING, 0},
    {0xaf, 0, STRING, 0},
    {0x6c, 0, BYTE | STRING | PORT, 0},
    {0x6d, 0, STRING | PORT, 0},
    {0x6e, 0, BYTE | STRING | PORT, 0},
    {0x6f, 0, STRING | PORT, 0},
    {0x50, 0, PUSH | OPCODE, 0},
    {0x68, 0, PUSH | IMMZ, 0},
    {0x6a, 0, PUSH | IMM8, 0},
    {0x9c, 0, PUSH, 0},
    {0xff, 6, PUSH | MODRM | GROUP, 0},
    {0x8f, 0, POP | MODRM | GROUP | MEMORY, 0},
    {0xe8, 0, CALL | IMMZ, 0},
    {0xff, 2, CALL | MODRM | GROUP, 0},
    {0x0f11, 0, VECTOR | MODRM | MEMORY, 0},
    {0x0f11, 0x66, VECTOR | MODRM | MEMORY, 0},
    {0x0f11, 0xf2, VECTOR | MODRM | MEMORY, 0},
    {0x0f11, 0xf3, VECTOR | MODRM | MEMORY, 0},
    {0x0f29, 0, VECTOR | MODRM | MEMORY | PAIR, 0},
    {0x0f29, 0x66, VECTOR | MODRM | MEMORY | PAIR, 0},
    {0x0f2b, 0, VECTOR | MODRM | MEMORY | PAIR, 0},
    {0x0f7e, 0x66, VECTOR | MODRM | MEMORY, 0},
    {0x0f7f, 0x66, VECTOR | MODRM | MEMORY | PAIR, 0},
    {0x0f7f, 0xf3, VECTOR | MODRM | MEMORY, 0},
    {0x0fd6, 0x66, VECTOR | MODRM | MEMORY, 0},
    {0x0fe7, 0x66, VECTOR | MODRM | MEMORY | PAIR, 0},
};
#define MORE (sizeof(more_kinds) / sizeof(more_kinds[0]))

/* What is being made. */
static struct interpret_case *made;
static const struct kind *kind;
static uint64_t *random;
static unsigned bits, bytes, address_bytes; /* of the code, the operands, addresses */
static unsigned cpl, override;		    /* NONE or a segment */
static uint8_t rex;
static bool word, small_address, stack_big;
static uint64_t base[STEP_SEGMENTS];
static uint64_t target, second; /* linear addresses of the operand, and of what else is used */
static uint8_t operand[16];	/* ModRM and what belongs to it */
static unsigned operand_length;
static unsigned bit_offset; /* NONE, or the register that is one */
static bool rip_relative;

static unsigned below(unsigned limit)
{
	return (unsigned)((random_next(random) >> 32) * limit >> 32);
}

/** Values at which carries and overflows happen are as likely as others. */
static uint64_t random_value(void)
{
	static const uint64_t edges[] = {0,	     1,		~0ul,	     0x7f,
					 0x80,	     0x7fff,	0x8000,	     0x7fffffff,
					 0x80000000, 1ul << 63, ~(1ul << 63)};

	return below(3) ? random_next(random) : edges[below(sizeof(edges) / sizeof(edges[0]))];
}

/** Often where the two pages meet; with room before and after for strings of bits and bytes. */
static uint64_t random_place(bool aligned)
{
	uint64_t offset = below(3) ? PAGE_SIZE - 20 + below(24) : 1100 + below(5900);

	return CASE_DATA + (aligned && below(4) ? offset & ~15ul : offset);
}

static uint64_t mask(unsigned count)
{
	return ~0ul >> (64 - 8 * count);
}

static void byte_put(uint8_t byte)
{
	made->code[made->length++] = byte;
}

static void number_put(uint64_t number, unsigned count)
{
	memcpy(&made->code[made->length], &number, count);
	made->length += count;
}

static void operand_put(uint64_t number, unsigned count)
{
	memcpy(&operand[operand_length], &number, count);
	operand_length += count;
}

/** Not @not, nor RSP where it is the stack's; nor where IRET leaves the upper half of ESP as it was,
 *  since the stack has 16 bits. */
static unsigned random_register(unsigned not )
{
	unsigned number;

	do
		number = below(bits == 64 ? 16 : 8);
	while (number == not || number == bit_offset ||
	       (number == RSP && (kind->how & STACK_USED || !stack_big)));
	return number;
}

/* ---- sizes, privilege, segments ---- */

static void sizes_choose(void)
{
	bool fixed = kind->how & (VECTOR | PAIR) || kind->opcode == 0x0fc3;
	bool wide = bits == 64 && below(3) == 0;

	word = !fixed && !(kind->how & BYTE) && below(3) == 0 && !(bits == 64 && kind->how & CALL);
	rex = (uint8_t)(wide << 3);
	small_address = below(3) == 0;
	address_bytes =
	    bits == 64 ? (small_address ? 4 : 8) : ((bits == 32) != small_address ? 4 : 2);
	if (kind->how & BYTE)
		bytes = 1;
	else if (bits == 64 && (wide || (kind->how & STACK_USED && !word)))
		bytes = 8;
	else
		bytes = (bits == 16) != word ? 2 : 4;
}

/** A limit for segment @number, in the descriptor's form, with the bits that belong to it. */
static uint32_t limit_choose(unsigned number, bool down, bool near, uint16_t *rights)
{
	uint64_t at = below(2) ? target : second;
	uint32_t offset = (uint32_t)(at - base[number]), limit;

	if (below(4) == 0)
		limit = offset + below(64) - 24;
	else if (down)
		limit = 0;
	else
		limit = near && below(2) ? 0xffff : 0xffffffff;
	/* where the limit is 4 GiB, what crosses it may fault or not */
	if (limit < 1u << 20)
		return limit;
	*rights |= STEP_PAGES;
	return limit >> 12;
}

static uint16_t data_segment(unsigned number, bool near)
{
	static const uint8_t types[] = {3, 3, 3, 3, 3, 7, 1, 11};
	bool stack = number == STEP_SS, big = stack ? stack_big : !near || below(2);
	uint8_t type = types[below(stack ? 6 : 8)];
	uint16_t rights = (uint16_t)(STEP_TYPE(type, cpl) | (big ? STEP_BIG : 0));
	uint32_t limit = limit_choose(number, type == 7, near, &rights);

	if (!stack && bits != 64 && below(24) == 0)
		return 0;
	/* Bochs 2.7 looks at them even in 64-bit mode, where the address has 32 bits */
	if (bits == 64 && kind->how & PORT && number < STEP_FS)
		return step_segment(number, 0, 0xfffff, STEP_TYPE(3, cpl) | STEP_BIG | STEP_PAGES);
	return step_segment(number, base[number], limit, rights);
}

static uint16_t code_segment(void)
{
	uint16_t rights = (uint16_t)(STEP_TYPE(11, cpl) | STEP_PAGES);

	if (bits == 64)
		rights |= STEP_LONG;
	else if (bits == 32)
		rights |= STEP_BIG;
	return step_segment(STEP_CS, base[STEP_CS], 0xfffff, rights);
}

/** Bases from which offsets of 16 bits reach the data, or any. */
static void segments_choose(void)
{
	bool any_near = below(3) == 0, near[STEP_SEGMENTS];

	stack_big = bits == 64 || below(2);
	for (unsigned i = 0; i < STEP_SEGMENTS; i++) {
		near[i] = address_bytes == 2 || any_near || (i == STEP_SS && !stack_big);
		base[i] = near[i]    ? CASE_DATA - below(0xe000)
			  : below(3) ? 0
				     : (uint32_t)random_next(random);
	}
	/* 16 bits must reach the code, and through CS the data */
	if (bits == 64 || (bits == 32 && !word && !near[STEP_CS]))
		base[STEP_CS] = 0;
	else
		base[STEP_CS] = CASE_CODE - below(0xc000);
	made->step.selector[STEP_CS] = code_segment();
	for (unsigned i = 0; i < STEP_SEGMENTS; i++)
		if (i != STEP_CS)
			made->step.selector[i] = data_segment(i, near[i]);
	if (bits == 64)
		base[STEP_ES] = base[STEP_SS] = base[STEP_DS] = 0;
}

/** The offset of @linear in a segment; above what counts, anything. */
static uint64_t offset_in(unsigned segment, uint64_t linear, unsigned count)
{
	uint64_t counts = mask(count);

	return ((linear - base[segment]) & counts) | (random_next(random) & ~counts);
}

/* ---- operands ---- */

static unsigned segment_used(unsigned fallback)
{
	if (override == NONE || (bits == 64 && override < STEP_FS))
		return fallback;
	return override;
}

static void memory16_make(unsigned reg)
{
	static const uint8_t bases[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
	static const uint8_t indexes[] = {RSI, RDI, RSI, RDI, NONE, NONE, NONE, NONE};
	unsigned mod = below(3), rm = below(8), index = indexes[rm], first = bases[rm];
	uint64_t displacement = random_next(random), offset;

	operand_put(mod << 6 | (reg & 7) << 3 | rm, 1);
	if (mod == 0 && rm == 6) {
		operand_put(offset_in(segment_used(STEP_DS), target, 2), 2);
		return;
	}
	offset = offset_in(segment_used(first == RBP ? STEP_SS : STEP_DS), target, 2);
	displacement = mod == 0 ? 0 : mod == 1 ? (uint64_t)(int8_t)displacement : displacement;
	operand_put(displacement, mod);
	offset -= displacement;
	if (index != NONE)
		offset -= made->step.gpr[index];
	made->step.gpr[first] = (offset & 0xffff) | (random_next(random) & 0xffffffffffff0000);
}

/** An index and no base, or nothing but a displacement. */
static void memory_baseless_make(unsigned reg, bool indexed)
{
	uint64_t offset = offset_in(segment_used(STEP_DS), target, address_bytes);
	unsigned index = random_register(RSP), scale = below(4);

	operand_put((reg & 7) << 3 | (indexed ? 4 : 5), 1);
	if (indexed) {
		operand_put(scale << 6 | (index & 7) << 3 | 5, 1);
		made->step.gpr[index] = below(200);
		offset -= made->step.gpr[index] << scale;
		rex |= (uint8_t)((index & 8) >> 2 | (bits == 64 ? below(2) : 0));
	} else {
		rip_relative = bits == 64;
	}
	operand_put(offset, 4);
}

static void memory_based_make(unsigned reg)
{
	unsigned mod = below(3), first = random_register(NONE), index = random_register(first);
	unsigned scale = below(4);
	bool sib = below(2) || (first & 7) == RSP, indexed = sib && index != RSP && below(4);
	uint64_t displacement, offset;

	if (mod == 0 && (first & 7) == RBP)
		mod = 1;
	displacement = mod == 0	  ? 0
		       : mod == 1 ? (uint64_t)(int8_t)random_next(random)
				  : (uint64_t)(int32_t)random_next(random);
	offset = offset_in(segment_used(first == RBP || first == RSP ? STEP_SS : STEP_DS), target,
			   address_bytes) -
		 displacement;
	operand_put(mod << 6 | (reg & 7) << 3 | (sib ? 4 : first & 7), 1);
	if (sib)
		operand_put(scale << 6 | (indexed ? index & 7 : 4) << 3 | (first & 7), 1);
	if (indexed) {
		offset -= made->step.gpr[index] << scale;
		rex |= (uint8_t)((index & 8) >> 2);
	}
	operand_put(displacement, mod == 0 ? 0 : mod == 1 ? 1 : 4);
	made->step.gpr[first] = offset;
	rex |= (uint8_t)(first >> 3);
}

static void memory_make(unsigned reg)
{
	unsigned form = below(8);

	rex |= (uint8_t)((reg & 8) >> 1);
	if (address_bytes == 2)
		memory16_make(reg);
	else if (form < 2)
		memory_baseless_make(reg, form);
	else
		memory_based_make(reg);
	made->pointer = kind->how & CALL ? target : 0;
}

static void modrm_make(void)
{
	unsigned reg = kind->how & GROUP ? kind->digit : random_register(NONE), rm;

	/* a string of bits must begin where the address says, and not reach far */
	if (kind->how & BITS) {
		reg = bit_offset = below(3); /* RAX, RCX, RDX: in no 16-bit address */
		made->step.gpr[reg] = (uint64_t)((int64_t)below(8000) - 4000);
	}
	if (kind->how & (MEMORY | LOCKABLE) || below(4)) {
		memory_make(reg);
		return;
	}
	rm = random_register(NONE);
	operand_put(0xc0 | (reg & 7) << 3 | (rm & 7), 1);
	rex |= (uint8_t)((reg & 8) >> 1 | rm >> 3);
	if (kind->how & CALL)
		made->step.gpr[rm] = made->target;
}

static void string_make(void)
{
	uint64_t *gpr = made->step.gpr;

	gpr[RSI] = offset_in(segment_used(STEP_DS), target, address_bytes);
	gpr[RDI] = offset_in(STEP_ES, second, address_bytes);
	gpr[RCX] = (random_next(random) & ~mask(address_bytes)) | below(40);
	if (below(2))
		gpr[RAX] = 0;
	if (kind->how & PORT)
		gpr[RDX] = (gpr[RDX] & ~0xfffful) |
			   (kind->how & BYTE && below(2) ? UART_SCRATCH : ABSENT_PORT);
}

/* ---- the instruction ---- */

static bool lockable(void)
{
	return kind->how & LOCKABLE && operand_length && operand[0] < 0xc0;
}

static void prefixes_put(void)
{
	static const uint8_t segments[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

	if (override != NONE)
		byte_put(segments[override]);
	if (small_address)
		byte_put(0x67);
	if (lockable() && below(4) == 0)
		byte_put(0xf0);
	if (kind->how & STRING && below(3))
		byte_put(below(2) ? 0xf2 : 0xf3);
	if (word)
		byte_put(0x66);
	if (kind->how & VECTOR && kind->digit)
		byte_put(kind->digit);
	if (bits == 64 && (rex || below(3) == 0))
		byte_put(0x40 | rex);
}

static void opcode_put(void)
{
	unsigned reg = 0;

	if (kind->how & OPCODE) {
		reg = below(bits == 64 ? 16 : 8);
		rex |= (uint8_t)(reg >> 3);
	}
	prefixes_put();
	if (kind->opcode > 0xff)
		byte_put((uint8_t)(kind->opcode >> 8));
	byte_put((uint8_t)(kind->opcode | (reg & 7)));
}

static void immediate_put(void)
{
	unsigned count = kind->how & IMM8 ? 1 : !(kind->how & IMMZ) ? 0 : bytes == 2 ? 2 : 4;
	unsigned at = made->length - 4;
	uint64_t value = random_value(), next = made->place + made->length + count;
	uint32_t distance;

	if (rip_relative) {
		distance =
		    (uint32_t)(target -
			       (segment_used(STEP_DS) >= STEP_FS ? base[segment_used(STEP_DS)]
								 : 0) -
			       next);
		memcpy(&made->code[at], &distance, 4);
	}
	if (kind->how & CALL)
		value = made->target + base[STEP_CS] - next;
	number_put(value, count);
}

/** What the manual leaves undefined: of shifts it depends on the count. */
static uint64_t undefined_flags(void)
{
	unsigned count = 1;

	if (!(kind->how & SHIFT))
		return kind->undefined;
	count = kind->how & IMM8 ? made->code[made->length - 1] : (uint8_t)made->step.gpr[RCX];
	count &= bytes == 8 ? 63 : 31;
	if (count == 0)
		return 0;
	return kind->undefined | (count > 1 ? EFLAGS_OF : 0) | (count >= 8 * bytes ? EFLAGS_CF : 0);
}

static const struct kind *kind_choose(void)
{
	const struct kind *chosen;

	do
		chosen = below(2) ? &kinds[below(KINDS)] : &more_kinds[below(MORE)];
	while (chosen->how & PORT && cpl);
	return chosen;
}

static void registers_make(void)
{
	struct step *step = &made->step;

	for (unsigned i = 0; i < 16; i++) {
		step->gpr[i] = random_value();
		for (unsigned j = 0; j < 16; j++)
			step->xmm[i][j] = (uint8_t)random_next(random);
	}
	step->rflags = (random_next(random) & RFLAGS_ANY) | RFLAGS_FIXED |
		       (below(16) ? 0 : RFLAGS_TF) | (below(4) ? 0 : RFLAGS_AC);
	if (kind->how & SHIFT && below(2))
		step->gpr[RCX] = below(70);
	/* IRET loads all of it; in 64-bit mode it need not be canonical */
	step->gpr[RSP] = (uint32_t)step->gpr[RSP];
}

static void stack_make(void)
{
	uint64_t offset = offset_in(STEP_SS, second, stack_big ? 8 : 2);

	made->step.gpr[RSP] = bits == 64 ? offset : (uint32_t)offset;
}

static void place_choose(void)
{
	uint64_t offset = below(4) ? 256 + below(256) : PAGE_SIZE - below(16);

	made->place = CASE_CODE + offset;
	made->step.rip = made->place - base[STEP_CS];
	made->target = CASE_CODE + 1024 + below(1024) - base[STEP_CS];
}

void interpret_case_make(struct interpret_case *out, unsigned width, uint64_t *state)
{
	made = out;
	random = state;
	bits = width;
	memset(made, 0, sizeof(*made));
	operand_length = 0;
	rip_relative = false;
	bit_offset = NONE;
	cpl = below(2) ? 0 : 3;
	kind = kind_choose();
	override = below(2) ? NONE : below(STEP_SEGMENTS);
	target = random_place(kind->how & PAIR);
	second = random_place(false);
	registers_make();
	sizes_choose();
	segments_choose();
	place_choose();
	if (kind->how & STACK_USED)
		stack_make();
	if (kind->how & STRING)
		string_make();
	if (kind->how & MODRM)
		modrm_make();
	if (kind->how & MOFFS)
		operand_put(offset_in(segment_used(STEP_DS), target, address_bytes), address_bytes);
	opcode_put();
	memcpy(&made->code[made->length], operand, operand_length);
	made->length += operand_length;
	immediate_put();
	made->undefined = undefined_flags();
}
