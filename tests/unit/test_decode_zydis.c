/* SPDX-License-Identifier: GPL-2.0-only */
/* The decoder against Zydis, over random instructions: what it accepts it must understand as Zydis
 * does. */
#include <Zydis/Zydis.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core-vmm/interpret/decode.h"
#include "core-vmm/interpret/interpret.h"

#define ROUNDS 4000000 /* a mode */

static uint64_t random_state = 0x9e3779b97f4a7c15ull;
static uint8_t code[DECODE_READABLE];

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

static const char *code_text(void)
{
	static char text[3 * INSTRUCTION_MAX + 1];

	for (unsigned i = 0; i < INSTRUCTION_MAX; i++)
		sprintf(text + 3 * i, "%02x ", code[i]);
	return text;
}

/** Prefixes at random, an opcode at random, and whatever follows. */
static void code_make(bool long_mode)
{
	static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
					   0x66, 0x67, 0xf0, 0xf2, 0xf3};
	unsigned length = 0;

	for (unsigned i = 0; i < sizeof(code); i += 8) {
		uint64_t chunk = random_bits();

		memcpy(&code[i], &chunk, 8);
	}
	while (below(3) == 0 && length < 6)
		code[length++] = prefixes[below(sizeof(prefixes))];
	if (long_mode && below(2))
		code[length++] = 0x40 | below(16);
	if (below(3) == 0)
		code[length++] = 0x0f;
}

static ZydisMnemonic mnemonic_of(const struct instruction *out)
{
	static const ZydisMnemonic names[] = {
	    [OP_ADD] = ZYDIS_MNEMONIC_ADD,
	    [OP_OR] = ZYDIS_MNEMONIC_OR,
	    [OP_ADC] = ZYDIS_MNEMONIC_ADC,
	    [OP_SBB] = ZYDIS_MNEMONIC_SBB,
	    [OP_AND] = ZYDIS_MNEMONIC_AND,
	    [OP_SUB] = ZYDIS_MNEMONIC_SUB,
	    [OP_XOR] = ZYDIS_MNEMONIC_XOR,
	    [OP_CMP] = ZYDIS_MNEMONIC_CMP,
	    [OP_BT] = ZYDIS_MNEMONIC_BT,
	    [OP_BTS] = ZYDIS_MNEMONIC_BTS,
	    [OP_BTR] = ZYDIS_MNEMONIC_BTR,
	    [OP_BTC] = ZYDIS_MNEMONIC_BTC,
	    [OP_SHL] = ZYDIS_MNEMONIC_SHL,
	    [OP_SHR] = ZYDIS_MNEMONIC_SHR,
	    [OP_SAR] = ZYDIS_MNEMONIC_SAR,
	    [OP_TEST] = ZYDIS_MNEMONIC_TEST,
	    [OP_MOV] = ZYDIS_MNEMONIC_MOV,
	    [OP_MOVZX] = ZYDIS_MNEMONIC_MOVZX,
	    [OP_MOVSX] = ZYDIS_MNEMONIC_MOVSX,
	    [OP_XCHG] = ZYDIS_MNEMONIC_XCHG,
	    [OP_XADD] = ZYDIS_MNEMONIC_XADD,
	    [OP_CMPXCHG] = ZYDIS_MNEMONIC_CMPXCHG,
	    [OP_CMPXCHG8B] = ZYDIS_MNEMONIC_CMPXCHG8B,
	    [OP_INC] = ZYDIS_MNEMONIC_INC,
	    [OP_DEC] = ZYDIS_MNEMONIC_DEC,
	    [OP_NOT] = ZYDIS_MNEMONIC_NOT,
	    [OP_NEG] = ZYDIS_MNEMONIC_NEG,
	    [OP_POP] = ZYDIS_MNEMONIC_POP,
	    [OP_CALL] = ZYDIS_MNEMONIC_CALL,
	};
#define SIZES(name)                                                                                \
	{                                                                                          \
		[1] = ZYDIS_MNEMONIC_##name##B, [2] = ZYDIS_MNEMONIC_##name##W,                    \
		[4] = ZYDIS_MNEMONIC_##name##D, [8] = ZYDIS_MNEMONIC_##name##Q                     \
	}
	static const ZydisMnemonic strings[][9] = {SIZES(STOS), SIZES(MOVS), SIZES(LODS),
						   SIZES(SCAS), SIZES(CMPS)};
	static const ZydisMnemonic pushf[] = {
	    [2] = ZYDIS_MNEMONIC_PUSHF, [4] = ZYDIS_MNEMONIC_PUSHFD, [8] = ZYDIS_MNEMONIC_PUSHFQ};

	switch (out->operation) {
	case OP_STOS ... OP_CMPS:
		return strings[out->operation - OP_STOS][out->bytes];
	case OP_PUSH:
		return ZYDIS_MNEMONIC_PUSH;
	case OP_PUSHF:
		return pushf[out->bytes];
	case OP_CMPXCHG8B:
		return out->bytes == 16 ? ZYDIS_MNEMONIC_CMPXCHG16B : ZYDIS_MNEMONIC_CMPXCHG8B;
	default:
		return names[out->operation];
	}
}

/** The name that the prefix and the bytes give a vector store. */
static bool vector_store_is(const struct instruction *out, ZydisMnemonic name)
{
	switch (name) {
	case ZYDIS_MNEMONIC_MOVAPS:
	case ZYDIS_MNEMONIC_MOVAPD:
	case ZYDIS_MNEMONIC_MOVNTPS:
	case ZYDIS_MNEMONIC_MOVNTPD:
	case ZYDIS_MNEMONIC_MOVDQA:
	case ZYDIS_MNEMONIC_MOVNTDQ:
		return out->aligned && out->bytes == 16;
	case ZYDIS_MNEMONIC_MOVUPS:
	case ZYDIS_MNEMONIC_MOVUPD:
	case ZYDIS_MNEMONIC_MOVDQU:
		return !out->aligned && out->bytes == 16;
	case ZYDIS_MNEMONIC_MOVSD:
	case ZYDIS_MNEMONIC_MOVQ:
		return !out->aligned && out->bytes == 8;
	case ZYDIS_MNEMONIC_MOVSS:
	case ZYDIS_MNEMONIC_MOVD:
		return !out->aligned && out->bytes == 4;
	default:
		return false;
	}
}

static bool mnemonic_is(const struct instruction *out, ZydisMnemonic name)
{
	if (out->operation == OP_VECTOR_STORE)
		return vector_store_is(out, name);
	if (out->operation == OP_MOV && name == ZYDIS_MNEMONIC_MOVNTI)
		return true;
	return mnemonic_of(out) == name;
}

/** The encoding of a register of any size, as ours; NO_REGISTER for none. */
static unsigned register_of(ZydisRegister reg)
{
	if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH)
		return reg - ZYDIS_REGISTER_AH;
	/* Zydis counts AH to BH, and only then SPL */
	if (reg >= ZYDIS_REGISTER_SPL && reg <= ZYDIS_REGISTER_R15B)
		return reg - ZYDIS_REGISTER_SPL + 4;
	return reg == ZYDIS_REGISTER_NONE ? NO_REGISTER : (unsigned)ZydisRegisterGetId(reg);
}

static unsigned segment_of(ZydisRegister reg)
{
	return (unsigned)(reg - ZYDIS_REGISTER_ES);
}

static unsigned source_bytes(const struct instruction *out)
{
	return out->operation == OP_MOVZX || out->operation == OP_MOVSX ? out->source_bytes
									: out->bytes;
}

static void segment_compare(const struct instruction *out, const ZydisDecodedOperandMem *memory,
			    bool long_mode)
{
	/* in 64-bit mode only FS and GS differ, and whether it is the stack: #SS or #GP. */
	bool stack = memory->segment == ZYDIS_REGISTER_SS;

	/* before CALL, 3e is also a prefix of CET's, and Zydis does not say that it is DS: as all of
	 * CET, it is not there for guests */
	if (out->operation == OP_CALL && out->segment == SEGMENT_DS &&
	    memory->segment == ZYDIS_REGISTER_SS)
		return;
	if (!long_mode || out->segment >= SEGMENT_FS || memory->segment >= ZYDIS_REGISTER_FS)
		cr_assert(eq(u32, out->segment, segment_of(memory->segment)), "%s", code_text());
	else
		cr_assert(eq(int, out->segment == SEGMENT_SS, stack), "%s", code_text());
}

static void memory_compare(const struct instruction *out, const ZydisDecodedOperand *operand,
			   bool long_mode)
{
	const ZydisDecodedOperandMem *memory = &operand->mem;
	/* Zydis 4.0 sees R13D where 67 and REX.B stand before a SIB byte with no base, and no
	 * displacement; test_interpret asks the processor. */
	bool misread = memory->base == ZYDIS_REGISTER_R13D && out->base == NO_REGISTER;
	bool rip = memory->base == ZYDIS_REGISTER_RIP || memory->base == ZYDIS_REGISTER_EIP;
	unsigned shift = memory->scale ? (unsigned)__builtin_ctz(memory->scale) : 0;
	uint64_t mask = bytes_mask(out->address_bytes);

	if (misread)
		return;
	cr_assert(eq(int, out->rip_relative, rip), "%s", code_text());
	cr_assert(eq(u32, out->base, rip ? NO_REGISTER : register_of(memory->base)), "%s",
		  code_text());
	cr_assert(eq(u32, out->index, register_of(memory->index)), "%s", code_text());
	if (out->index != NO_REGISTER)
		cr_assert(eq(u32, out->scale, shift), "%s", code_text());
	cr_assert(eq(u64, out->displacement & mask, (uint64_t)memory->disp.value & mask), "%s",
		  code_text());
	segment_compare(out, memory, long_mode);
	cr_assert(eq(u32, source_bytes(out), operand->size / 8u), "%s", code_text());
}

/** A string operand: its registers are fixed, but for a prefix. */
static void string_compare(const struct instruction *out, const ZydisDecodedOperandMem *memory,
			   bool long_mode)
{
	unsigned base = register_of(memory->base);

	cr_assert(base == RSI || base == RDI, "%s", code_text());
	if (base == RSI)
		segment_compare(out, memory, long_mode);
	else if (!long_mode)
		cr_assert(eq(u32, memory->segment, ZYDIS_REGISTER_ES), "%s", code_text());
}

static void immediate_compare(const struct instruction *out, const ZydisDecodedOperand *operand)
{
	uint64_t mask = bytes_mask(out->bytes > 8 ? 8 : out->bytes);

	if (!operand->imm.is_signed)
		mask &= 0xff;
	cr_assert(eq(u64, out->immediate & mask, operand->imm.value.u & mask), "%s", code_text());
}

/** A general register that the encoding names, and which byte of it. */
static void register_compare(const struct instruction *out, const ZydisDecodedOperand *operand)
{
	ZydisRegister reg = operand->reg.value;
	bool first = operand->encoding != ZYDIS_OPERAND_ENCODING_MODRM_REG;
	bool high = reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
	unsigned number = first ? out->rm : out->reg,
		 shift = first ? out->rm_shift : out->reg_shift;
	unsigned bytes = first ? source_bytes(out) : out->bytes;

	if (operand->encoding != ZYDIS_OPERAND_ENCODING_MODRM_REG &&
	    operand->encoding != ZYDIS_OPERAND_ENCODING_MODRM_RM &&
	    operand->encoding != ZYDIS_OPERAND_ENCODING_OPCODE)
		return;
	cr_assert(eq(u32, number, register_of(reg)), "%s", code_text());
	if (ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_XMM)
		return;
	cr_assert(eq(u32, shift, high ? 8 : 0), "%s", code_text());
	cr_assert(eq(u32, bytes, operand->size / 8u), "%s", code_text());
}

static void operand_compare(const struct instruction *out, const ZydisDecodedOperand *operand,
			    bool long_mode)
{
	switch (operand->type) {
	case ZYDIS_OPERAND_TYPE_MEMORY:
		if (out->form == FORM_STRING) {
			string_compare(out, &operand->mem, long_mode);
			return;
		}
		cr_assert(out->memory != 0, "%s", code_text());
		memory_compare(out, operand, long_mode);
		return;
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		if (out->form != FORM_RM_1)
			immediate_compare(out, operand);
		return;
	case ZYDIS_OPERAND_TYPE_REGISTER:
		register_compare(out, operand);
		return;
	default:
		cr_assert(false, "%s", code_text());
	}
}

static void instruction_compare(const struct instruction *out, const ZydisDecodedInstruction *want,
				const ZydisDecodedOperand *operands, bool long_mode)
{
	unsigned memory = 0;

	cr_assert(eq(u32, out->length, want->length), "%s", code_text());
	cr_assert(mnemonic_is(out, want->mnemonic), "%s: operation %u, should be %s", code_text(),
		  out->operation, ZydisMnemonicGetString(want->mnemonic));
	cr_assert(eq(u32, out->address_bytes, want->address_width / 8u), "%s", code_text());
	if (out->operation >= OP_PUSH && out->operation <= OP_CALL)
		cr_assert(eq(u32, out->bytes, want->operand_width / 8u), "%s", code_text());
	cr_assert(eq(int, out->lock, !!(want->attributes & ZYDIS_ATTRIB_HAS_LOCK)), "%s",
		  code_text());
	for (unsigned i = 0; i < want->operand_count_visible; i++) {
		memory += operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY;
		operand_compare(out, &operands[i], long_mode);
	}
	if (out->memory)
		cr_assert(eq(u32, memory, 1), "%s", code_text());
}

/** @mode 0: 64-bit; 1: compatibility with 32-bit operands; 2: with 16-bit ones. */
static unsigned mode_compare(unsigned mode)
{
	static const ZydisMachineMode machine[] = {ZYDIS_MACHINE_MODE_LONG_64,
						   ZYDIS_MACHINE_MODE_LONG_COMPAT_32,
						   ZYDIS_MACHINE_MODE_LONG_COMPAT_16};
	static const ZydisStackWidth stack[] = {ZYDIS_STACK_WIDTH_64, ZYDIS_STACK_WIDTH_32,
						ZYDIS_STACK_WIDTH_16};
	ZydisDecoder decoder;
	ZydisDecodedInstruction want;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	struct instruction out;
	unsigned accepted = 0, seen[OP_GROUP1] = {0};
	ZyanStatus status;

	ZydisDecoderInit(&decoder, machine[mode], stack[mode]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		code_make(mode == 0);
		if (decode(code, INSTRUCTION_MAX, mode == 0, mode == 1, &out) != DECODE_OK)
			continue;
		accepted++;
		seen[out.operation]++;
		status = ZydisDecoderDecodeFull(&decoder, code, INSTRUCTION_MAX, &want, operands);
		cr_assert(eq(u32, status, ZYAN_STATUS_SUCCESS), "not an instruction: %s",
			  code_text());
		instruction_compare(&out, &want, operands, mode == 0);
	}
	for (unsigned operation = OP_ADD; operation < OP_GROUP1; operation++)
		cr_expect(gt(u32, seen[operation], 100), "operation %u", operation);
	return accepted;
}

Test(decode_zydis, long_mode)
{
	cr_assert(gt(u32, mode_compare(0), ROUNDS / 8));
}
Test(decode_zydis, compatibility_mode)
{
	cr_assert(gt(u32, mode_compare(1), ROUNDS / 8));
}
Test(decode_zydis, compatibility_mode_16)
{
	cr_assert(gt(u32, mode_compare(2), ROUNDS / 8));
}
