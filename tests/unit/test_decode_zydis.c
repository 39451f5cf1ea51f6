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

#define ROUNDS 1500000

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
	};
	static const ZydisMnemonic stos[] = {[1] = ZYDIS_MNEMONIC_STOSB,
					     [2] = ZYDIS_MNEMONIC_STOSW,
					     [4] = ZYDIS_MNEMONIC_STOSD,
					     [8] = ZYDIS_MNEMONIC_STOSQ};
	static const ZydisMnemonic movs[] = {[1] = ZYDIS_MNEMONIC_MOVSB,
					     [2] = ZYDIS_MNEMONIC_MOVSW,
					     [4] = ZYDIS_MNEMONIC_MOVSD,
					     [8] = ZYDIS_MNEMONIC_MOVSQ};

	switch (out->operation) {
	case OP_STOS:
		return stos[out->bytes];
	case OP_MOVS:
		return movs[out->bytes];
	case OP_CMPXCHG8B:
		return out->bytes == 16 ? ZYDIS_MNEMONIC_CMPXCHG16B : ZYDIS_MNEMONIC_CMPXCHG8B;
	default:
		return names[out->operation];
	}
}

/** The encoding of a register of any size, as ours; NO_REGISTER for none. */
static unsigned register_of(ZydisRegister reg)
{
	return reg == ZYDIS_REGISTER_NONE ? NO_REGISTER : (unsigned)ZydisRegisterGetId(reg);
}

static unsigned segment_of(ZydisRegister reg)
{
	return (unsigned)(reg - ZYDIS_REGISTER_ES);
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

	if (misread)
		return;
	cr_assert(eq(int, out->rip_relative, rip), "%s", code_text());
	cr_assert(eq(u32, out->base, rip ? NO_REGISTER : register_of(memory->base)), "%s",
		  code_text());
	cr_assert(eq(u32, out->index, register_of(memory->index)), "%s", code_text());
	if (out->index != NO_REGISTER)
		cr_assert(eq(u32, out->scale, shift), "%s", code_text());
	cr_assert(eq(i64, (int64_t)out->displacement, memory->disp.value), "%s", code_text());
	/* in 64-bit mode only FS and GS differ */
	if (!long_mode || out->segment >= SEGMENT_FS || memory->segment >= ZYDIS_REGISTER_FS)
		cr_assert(eq(u32, out->segment, segment_of(memory->segment)), "%s", code_text());
	cr_assert(eq(u32,
		     out->operation == OP_MOVZX || out->operation == OP_MOVSX ? out->source_bytes
									      : out->bytes,
		     operand->size / 8u),
		  "%s", code_text());
}

static void instruction_compare(const struct instruction *out, const ZydisDecodedInstruction *want,
				const ZydisDecodedOperand *operands, bool long_mode)
{
	ZydisMnemonic mnemonic = mnemonic_of(out);

	cr_assert(eq(u32, out->length, want->length), "%s", code_text());
	if (mnemonic == ZYDIS_MNEMONIC_MOV && want->mnemonic == ZYDIS_MNEMONIC_MOVNTI)
		mnemonic = want->mnemonic;
	cr_assert(eq(u32, mnemonic, want->mnemonic), "%s: %s, should be %s", code_text(),
		  ZydisMnemonicGetString(mnemonic), ZydisMnemonicGetString(want->mnemonic));
	cr_assert(eq(u32, out->address_bytes, want->address_width / 8u), "%s", code_text());
	for (unsigned i = 0; i < want->operand_count_visible; i++) {
		const ZydisDecodedOperand *operand = &operands[i];

		if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && out->form != FORM_STRING) {
			cr_assert(out->memory != 0, "%s", code_text());
			memory_compare(out, operand, long_mode);
		}
		if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && out->form != FORM_RM_1) {
			uint64_t mask = ~0ull >> (64 - 8 * (out->bytes > 8 ? 8 : out->bytes));

			if (!operand->imm.is_signed)
				mask &= 0xff;
			cr_assert(eq(u64, out->immediate & mask, operand->imm.value.u & mask), "%s",
				  code_text());
		}
	}
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
	unsigned accepted = 0;
	ZyanStatus status;

	ZydisDecoderInit(&decoder, machine[mode], stack[mode]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		code_make(mode == 0);
		if (decode(code, INSTRUCTION_MAX, mode == 0, mode == 1, &out) != DECODE_OK)
			continue;
		accepted++;
		status = ZydisDecoderDecodeFull(&decoder, code, INSTRUCTION_MAX, &want, operands);
		cr_assert(eq(u32, status, ZYAN_STATUS_SUCCESS), "not an instruction: %s",
			  code_text());
		instruction_compare(&out, &want, operands, mode == 0);
	}
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
	mode_compare(2);
}
