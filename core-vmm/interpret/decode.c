/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/interpret/decode.h"
#include "core-vmm/interpret/interpret.h"

/* What an opcode is: operation, form, and how it is encoded. */
struct opcode {
	uint8_t operation, form;
	uint16_t encoding;
};

#define MODRM	 (1u << 0)
#define BYTE	 (1u << 1) /* operands of one byte */
#define IMM8	 (1u << 2)
#define IMMZ	 (1u << 3) /* an immediate of operand size, at most 4 bytes */
#define QUAD	 (1u << 4) /* with REX.W 16 bytes, otherwise 8 */
#define SOURCE8	 (1u << 5) /* r/m has one byte */
#define SOURCE16 (1u << 6)
#define MEMORY	 (1u << 7) /* r/m must be memory */
#define PREFIX	 (1u << 8)
#define PLAIN	 (1u << 9)			/* with 66, F2 or F3 it is something else */
#define STACK	 (1u << 10)			/* in 64-bit mode 8 bytes, or with 66 two */
#define NEAR	 (1u << 11)			/* with STACK: in 64-bit mode always 8 */
#define OPCODE3	 (1u << 12)			/* the opcode's low bits are a register */
#define VECTOR	 (1u << 13)			/* the form is a row of vectors */
#define UNUSUAL	 (BYTE | QUAD | STACK | VECTOR) /* operand sizes with rules of their own */

/* The eight arithmetic operations have six opcodes each. */
#define ARITHMETIC(base, op)                                                                       \
	[(base) + 0] = {op, FORM_RM_REG, MODRM | BYTE}, [(base) + 1] = {op, FORM_RM_REG, MODRM},   \
		  [(base) + 2] = {op, FORM_REG_RM, MODRM | BYTE},                                  \
		  [(base) + 3] = {op, FORM_REG_RM, MODRM},                                         \
		  [(base) + 4] = {op, FORM_ACC_IMM, BYTE | IMM8},                                  \
		  [(base) + 5] = {op, FORM_ACC_IMM, IMMZ}

/* Stores of vector registers, by mandatory prefix: none, 66, F3, F2. Bytes (0: another instruction),
 * and whether they must be aligned. */
#define ALIGNED 0x80
enum { VECTOR_UPS, VECTOR_APS, VECTOR_NTPS, VECTOR_D, VECTOR_DQ, VECTOR_Q, VECTOR_NTDQ };
static const uint8_t vectors[][4] = {
    [VECTOR_UPS] = {16, 16, 4, 8},			/* MOVUPS, MOVUPD, MOVSS, MOVSD */
    [VECTOR_APS] = {16 | ALIGNED, 16 | ALIGNED, 0, 0},	/* MOVAPS, MOVAPD */
    [VECTOR_NTPS] = {16 | ALIGNED, 16 | ALIGNED, 0, 0}, /* MOVNTPS, MOVNTPD */
    [VECTOR_D] = {0, 4, 0, 0},				/* MOVD; with REX.W MOVQ */
    [VECTOR_DQ] = {0, 16 | ALIGNED, 16, 0},		/* MOVDQA, MOVDQU */
    [VECTOR_Q] = {0, 8, 0, 0},				/* MOVQ */
    [VECTOR_NTDQ] = {0, 16 | ALIGNED, 0, 0},		/* MOVNTDQ */
};
#define VECTOR_STORE(row)                                                                          \
	{                                                                                          \
		OP_VECTOR_STORE, row, MODRM | MEMORY | VECTOR                                      \
	}

#define PUSH_REGISTER                                                                              \
	{                                                                                          \
		OP_PUSH, FORM_REG, STACK | OPCODE3                                                 \
	}

static const struct opcode one_byte[256] = {
    [0x26] = {.encoding = PREFIX},
    [0x2e] = {.encoding = PREFIX},
    [0x36] = {.encoding = PREFIX},
    [0x3e] = {.encoding = PREFIX},
    [0x64] = {.encoding = PREFIX},
    [0x65] = {.encoding = PREFIX},
    [0x66] = {.encoding = PREFIX},
    [0x67] = {.encoding = PREFIX},
    [0xf0] = {.encoding = PREFIX},
    [0xf2] = {.encoding = PREFIX},
    [0xf3] = {.encoding = PREFIX},
    ARITHMETIC(0x00, OP_ADD),
    ARITHMETIC(0x08, OP_OR),
    ARITHMETIC(0x10, OP_ADC),
    ARITHMETIC(0x18, OP_SBB),
    ARITHMETIC(0x20, OP_AND),
    ARITHMETIC(0x28, OP_SUB),
    ARITHMETIC(0x30, OP_XOR),
    ARITHMETIC(0x38, OP_CMP),
    [0x50] = PUSH_REGISTER,
    [0x51] = PUSH_REGISTER,
    [0x52] = PUSH_REGISTER,
    [0x53] = PUSH_REGISTER,
    [0x54] = PUSH_REGISTER,
    [0x55] = PUSH_REGISTER,
    [0x56] = PUSH_REGISTER,
    [0x57] = PUSH_REGISTER,
    [0x68] = {OP_PUSH, FORM_IMM, STACK | IMMZ},
    [0x6a] = {OP_PUSH, FORM_IMM, STACK | IMM8},
    [0x80] = {OP_GROUP1, FORM_RM_IMM, MODRM | BYTE | IMM8},
    [0x81] = {OP_GROUP1, FORM_RM_IMM, MODRM | IMMZ},
    [0x83] = {OP_GROUP1, FORM_RM_IMM, MODRM | IMM8},
    [0x84] = {OP_TEST, FORM_RM_REG, MODRM | BYTE},
    [0x85] = {OP_TEST, FORM_RM_REG, MODRM},
    [0x86] = {OP_XCHG, FORM_RM_REG, MODRM | BYTE},
    [0x87] = {OP_XCHG, FORM_RM_REG, MODRM},
    [0x88] = {OP_MOV, FORM_RM_REG, MODRM | BYTE},
    [0x89] = {OP_MOV, FORM_RM_REG, MODRM},
    [0x8a] = {OP_MOV, FORM_REG_RM, MODRM | BYTE},
    [0x8b] = {OP_MOV, FORM_REG_RM, MODRM},
    [0x8f] = {OP_GROUP1A, FORM_RM, MODRM | MEMORY | STACK},
    [0x9c] = {OP_PUSHF, FORM_NONE, STACK},
    [0xa0] = {OP_MOV, FORM_ACC_MOFFS, BYTE},
    [0xa1] = {OP_MOV, FORM_ACC_MOFFS, 0},
    [0xa2] = {OP_MOV, FORM_MOFFS_ACC, BYTE},
    [0xa3] = {OP_MOV, FORM_MOFFS_ACC, 0},
    [0xa4] = {OP_MOVS, FORM_STRING, BYTE},
    [0xa5] = {OP_MOVS, FORM_STRING, 0},
    [0xa6] = {OP_CMPS, FORM_STRING, BYTE},
    [0xa7] = {OP_CMPS, FORM_STRING, 0},
    [0xa8] = {OP_TEST, FORM_ACC_IMM, BYTE | IMM8},
    [0xa9] = {OP_TEST, FORM_ACC_IMM, IMMZ},
    [0xaa] = {OP_STOS, FORM_STRING, BYTE},
    [0xab] = {OP_STOS, FORM_STRING, 0},
    [0xac] = {OP_LODS, FORM_STRING, BYTE},
    [0xad] = {OP_LODS, FORM_STRING, 0},
    [0xae] = {OP_SCAS, FORM_STRING, BYTE},
    [0xaf] = {OP_SCAS, FORM_STRING, 0},
    [0xc0] = {OP_GROUP2, FORM_RM_IMM, MODRM | BYTE | IMM8},
    [0xc1] = {OP_GROUP2, FORM_RM_IMM, MODRM | IMM8},
    [0xc6] = {OP_GROUP11, FORM_RM_IMM, MODRM | BYTE | IMM8},
    [0xc7] = {OP_GROUP11, FORM_RM_IMM, MODRM | IMMZ},
    [0xd0] = {OP_GROUP2, FORM_RM_1, MODRM | BYTE},
    [0xd1] = {OP_GROUP2, FORM_RM_1, MODRM},
    [0xd2] = {OP_GROUP2, FORM_RM_CL, MODRM | BYTE},
    [0xd3] = {OP_GROUP2, FORM_RM_CL, MODRM},
    [0xe8] = {OP_CALL, FORM_IMM, STACK | NEAR | IMMZ},
    [0xf6] = {OP_GROUP3, FORM_RM, MODRM | BYTE},
    [0xf7] = {OP_GROUP3, FORM_RM, MODRM},
    [0xfe] = {OP_GROUP4, FORM_RM, MODRM | BYTE},
    [0xff] = {OP_GROUP5, FORM_RM, MODRM},
};

/* After 0x0f. */
static const struct opcode two_byte[256] = {
    [0x11] = VECTOR_STORE(VECTOR_UPS),
    [0x29] = VECTOR_STORE(VECTOR_APS),
    [0x2b] = VECTOR_STORE(VECTOR_NTPS),
    [0x7e] = VECTOR_STORE(VECTOR_D),
    [0x7f] = VECTOR_STORE(VECTOR_DQ),
    [0xa3] = {OP_BT, FORM_RM_REG, MODRM},
    [0xab] = {OP_BTS, FORM_RM_REG, MODRM},
    [0xb0] = {OP_CMPXCHG, FORM_RM_REG, MODRM | BYTE},
    [0xb1] = {OP_CMPXCHG, FORM_RM_REG, MODRM},
    [0xb3] = {OP_BTR, FORM_RM_REG, MODRM},
    [0xb6] = {OP_MOVZX, FORM_REG_RM, MODRM | SOURCE8},
    [0xb7] = {OP_MOVZX, FORM_REG_RM, MODRM | SOURCE16},
    [0xba] = {OP_GROUP8, FORM_RM_IMM, MODRM | IMM8},
    [0xbb] = {OP_BTC, FORM_RM_REG, MODRM},
    [0xbe] = {OP_MOVSX, FORM_REG_RM, MODRM | SOURCE8},
    [0xbf] = {OP_MOVSX, FORM_REG_RM, MODRM | SOURCE16},
    [0xc0] = {OP_XADD, FORM_RM_REG, MODRM | BYTE},
    [0xc1] = {OP_XADD, FORM_RM_REG, MODRM},
    [0xc3] = {OP_MOV, FORM_RM_REG, MODRM | MEMORY | PLAIN}, /* MOVNTI */
    [0xc7] = {OP_GROUP9, FORM_RM, MODRM | QUAD | MEMORY},
    [0xd6] = VECTOR_STORE(VECTOR_Q),
    [0xe7] = VECTOR_STORE(VECTOR_NTDQ),
};

/* By ModRM.reg. */
static const uint8_t groups[][8] = {
    [OP_GROUP1 - OP_GROUP1] = {OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_CMP},
    [OP_GROUP2 - OP_GROUP1] = {[4] = OP_SHL, OP_SHR, OP_SHL, OP_SAR},
    [OP_GROUP3 - OP_GROUP1] = {OP_TEST, OP_TEST, OP_NOT, OP_NEG},
    [OP_GROUP1A - OP_GROUP1] = {OP_POP},
    [OP_GROUP4 - OP_GROUP1] = {OP_INC, OP_DEC},
    [OP_GROUP5 - OP_GROUP1] = {[0] = OP_INC, OP_DEC, OP_CALL, [6] = OP_PUSH},
    [OP_GROUP8 - OP_GROUP1] = {[4] = OP_BT, OP_BTS, OP_BTR, OP_BTC},
    [OP_GROUP9 - OP_GROUP1] = {[1] = OP_CMPXCHG8B},
    [OP_GROUP11 - OP_GROUP1] = {OP_MOV},
};

/* The bytes not yet read: at most DECODE_READABLE, whatever they are. */
struct cursor {
	const uint8_t *at;
};

static inline uint8_t next_byte(struct cursor *cursor)
{
	return *cursor->at++;
}

/** A little-endian number of @bytes (1, 2, 4, 8), sign-extended. */
static uint64_t next_number(struct cursor *cursor, unsigned bytes)
{
	const uint8_t *at = cursor->at;
	int16_t word;
	int32_t half;
	uint64_t whole;

	cursor->at += bytes;
	switch (bytes) {
	case 1:
		return (uint64_t)(int8_t)*at;
	case 2:
		__builtin_memcpy(&word, at, 2);
		return (uint64_t)word;
	case 4:
		__builtin_memcpy(&half, at, 4);
		return (uint64_t)half;
	default:
		__builtin_memcpy(&whole, at, 8);
		return whole;
	}
}

struct prefixes {
	uint8_t rex, repeat, segment;
	bool operand, address, lock;
};

static void prefix_read(uint8_t byte, bool long_mode, struct prefixes *prefixes)
{
	switch (byte) {
	case 0x64:
	case 0x65:
		prefixes->segment = byte - 0x64 + SEGMENT_FS;
		break;
	case 0x66:
		prefixes->operand = true;
		break;
	case 0x67:
		prefixes->address = true;
		break;
	case 0xf0:
		prefixes->lock = true;
		break;
	case 0xf2:
	case 0xf3:
		prefixes->repeat = byte;
		break;
	default: /* ES, CS, SS, DS: without effect in 64-bit mode */
		if (!long_mode)
			prefixes->segment = byte >> 3 & 3;
	}
}

/** Read all prefixes; returns the byte after them. */
static uint8_t prefixes_read(struct cursor *cursor, bool long_mode, struct prefixes *prefixes)
{
	uint8_t byte = next_byte(cursor);

	for (unsigned i = 1; one_byte[byte].encoding & PREFIX && i < INSTRUCTION_MAX; i++) {
		prefix_read(byte, long_mode, prefixes);
		byte = next_byte(cursor);
	}
	/* A prefix after REX would make it void; nobody writes that, and it is not known here. */
	if (long_mode && (byte & 0xf0) == 0x40) {
		prefixes->rex = byte;
		byte = next_byte(cursor);
	}
	return byte;
}

static void sib_read(struct cursor *cursor, struct instruction *out, unsigned mod, uint8_t rex)
{
	uint8_t sib = next_byte(cursor);

	out->scale = sib >> 6;
	out->index = (sib >> 3 & 7) | (rex & 2) << 2;
	if (out->index == RSP)
		out->index = NO_REGISTER;
	out->base = (sib & 7) | (rex & 1) << 3;
	if ((sib & 7) == RBP && mod == 0) {
		out->base = NO_REGISTER;
		out->displacement = next_number(cursor, 4);
	}
}

/** A memory operand with a 16-bit address (SDM vol. 2, table 2-1). */
static void memory16_read(struct cursor *cursor, struct instruction *out, unsigned mod, unsigned rm)
{
	static const uint8_t base[] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
	static const uint8_t index[] = {RSI, RDI, RSI, RDI};

	if (rm < 4)
		out->index = index[rm];
	if (rm == 6 && mod == 0)
		out->displacement = next_number(cursor, 2);
	else
		out->base = base[rm];
	if (mod)
		out->displacement = next_number(cursor, mod);
}

/** ModRM, SIB and displacement. */
static void modrm_read(struct cursor *cursor, struct instruction *out, uint8_t rex, bool long_mode)
{
	uint8_t modrm = next_byte(cursor);
	unsigned mod = modrm >> 6, rm = modrm & 7;

	out->reg = (modrm >> 3 & 7) | (rex & 4) << 1;
	if (mod == 3) {
		out->rm = rm | (rex & 1) << 3;
		return;
	}
	out->memory = true;
	if (out->address_bytes == 2) {
		memory16_read(cursor, out, mod, rm);
		return;
	}
	if (rm == RSP) {
		sib_read(cursor, out, mod, rex);
	} else if (rm == RBP && mod == 0) {
		out->rip_relative = long_mode;
		out->displacement = next_number(cursor, 4);
	} else {
		out->base = rm | (rex & 1) << 3;
	}
	if (mod == 1)
		out->displacement = next_number(cursor, 1);
	else if (mod == 2)
		out->displacement = next_number(cursor, 4);
}

/** DS, or SS where the base is RSP or RBP, unless a prefix says otherwise. */
static uint8_t segment_of(const struct instruction *out, const struct prefixes *prefixes)
{
	if (prefixes->segment != NO_REGISTER)
		return prefixes->segment;
	if (out->memory && (out->base == RSP || out->base == RBP))
		return SEGMENT_SS;
	return SEGMENT_DS;
}

/** Which of the instructions that share an opcode a vector store is. */
static unsigned vector_resolve(const struct prefixes *prefixes, struct instruction *out)
{
	unsigned prefix = prefixes->repeat ? 0xf5 - prefixes->repeat : prefixes->operand;
	uint8_t row = out->form, bytes = vectors[row][prefix];

	out->form = FORM_RM_REG;
	out->aligned = bytes & ALIGNED;
	if (!bytes)
		out->operation = OP_NONE;
	return row == VECTOR_D && prefixes->rex & 8 ? 8 : bytes & ~ALIGNED;
}

static unsigned unusual_bytes(unsigned encoding, const struct prefixes *prefixes, bool small,
			      bool long_mode, struct instruction *out)
{
	if (encoding & BYTE)
		return 1;
	if (encoding & VECTOR)
		return vector_resolve(prefixes, out);
	if (encoding & QUAD)
		return prefixes->rex & 8 ? 16 : 8;
	if (!long_mode)
		return prefixes->operand != small ? 2 : 4;
	if (!prefixes->operand || prefixes->rex & 8)
		return 8;
	/* CALL: what 66 means there differs between makers */
	if (encoding & NEAR)
		out->operation = OP_NONE;
	return 2;
}

static unsigned operand_bytes(unsigned encoding, const struct prefixes *prefixes, bool small)
{
	if (prefixes->rex & 8)
		return 8;
	return !(encoding & PLAIN) && prefixes->operand != small ? 2 : 4;
}

static unsigned source_bytes(unsigned encoding, unsigned bytes)
{
	if (encoding & SOURCE8)
		return 1;
	return encoding & SOURCE16 ? 2 : bytes;
}

/** Without REX, byte registers 4 to 7 are AH, CH, DH, BH. */
static void high_byte_resolve(uint8_t *number, uint8_t *shift, unsigned bytes, uint8_t rex)
{
	if (bytes != 1 || rex || *number < 4)
		return;
	*number -= 4;
	*shift = 8;
}

/** Operation by ModRM.reg, and what follows from it. */
static void group_resolve(struct instruction *out, unsigned *encoding)
{
	bool test = out->operation == OP_GROUP3 && (out->reg & 7) < 2;

	if (out->operation == OP_GROUP5 && out->reg & 6)
		*encoding |= (out->reg & 7) == 2 ? STACK | NEAR : STACK;
	out->operation = groups[out->operation - OP_GROUP1][out->reg & 7];
	if (test) {
		out->form = FORM_RM_IMM;
		*encoding |= *encoding & BYTE ? IMM8 : IMMZ;
	}
}

/** Operations whose r/m a LOCK prefix may stand before, if it is memory. */
static bool lockable(const struct instruction *out)
{
	switch (out->operation) {
	case OP_ADD ... OP_XOR:
	case OP_BTS ... OP_BTC:
	case OP_XCHG ... OP_CMPXCHG8B:
	case OP_INC ... OP_NEG:
		return out->memory && out->form != FORM_REG_RM;
	default:
		return false;
	}
}

/** The operation and how it is encoded, by its opcode. */
static unsigned opcode_read(struct cursor *cursor, bool long_mode, struct prefixes *prefixes,
			    struct instruction *out)
{
	uint8_t byte = prefixes_read(cursor, long_mode, prefixes);
	const struct opcode *opcode = &one_byte[byte];

	if (byte == 0x0f)
		opcode = &two_byte[next_byte(cursor)];
	out->operation = opcode->operation;
	out->form = opcode->form;
	out->lock = prefixes->lock;
	out->repeat = prefixes->repeat;
	return opcode->encoding;
}

enum decode_outcome decode(const uint8_t *code, unsigned available, bool long_mode, bool big,
			   struct instruction *out)
{
	struct cursor cursor = {code};
	struct prefixes prefixes = {.segment = NO_REGISTER};
	unsigned encoding, length;

	*out = (struct instruction){.base = NO_REGISTER, .index = NO_REGISTER};
	encoding = opcode_read(&cursor, long_mode, &prefixes, out);
	out->address_bytes = long_mode && !prefixes.address ? 8 : 4;
	if (!long_mode && prefixes.address == big)
		out->address_bytes = 2;
	if (encoding & MODRM)
		modrm_read(&cursor, out, prefixes.rex, long_mode);
	else if (encoding & OPCODE3)
		out->rm = (cursor.at[-1] & 7) | (prefixes.rex & 1) << 3;
	if (out->operation >= OP_GROUP1)
		group_resolve(out, &encoding);
	if ((encoding & MEMORY && !out->memory) ||
	    (encoding & PLAIN && (prefixes.operand || prefixes.repeat)))
		out->operation = OP_NONE;
	out->bytes = encoding & UNUSUAL
			 ? unusual_bytes(encoding, &prefixes, !long_mode && !big, long_mode, out)
			 : operand_bytes(encoding, &prefixes, !long_mode && !big);
	out->source_bytes = source_bytes(encoding, out->bytes);
	high_byte_resolve(&out->reg, &out->reg_shift, out->bytes, prefixes.rex);
	high_byte_resolve(&out->rm, &out->rm_shift, out->source_bytes, prefixes.rex);
	if (out->form == FORM_ACC_MOFFS || out->form == FORM_MOFFS_ACC) {
		out->memory = true;
		out->displacement = next_number(&cursor, out->address_bytes);
	}
	out->segment = segment_of(out, &prefixes);
	if (encoding & IMM8)
		out->immediate = next_number(&cursor, 1);
	else if (encoding & IMMZ)
		out->immediate = next_number(&cursor, out->bytes < 4 ? out->bytes : 4);
	length = cursor.at - code;
	out->length = length;
	if (length > available && available < INSTRUCTION_MAX)
		return DECODE_MORE;
	if (length > INSTRUCTION_MAX)
		return DECODE_TOO_LONG;
	if (out->operation == OP_NONE || (out->lock && !lockable(out)))
		return DECODE_UNKNOWN;
	return DECODE_OK;
}

const struct instruction *decode_cached(struct decode_cache *cache, uint64_t rip,
					const uint8_t *code, enum decode_outcome *outcome)
{
	unsigned index = (rip ^ rip >> 4) % DECODE_SLOTS;
	struct instruction *instruction = &cache->slot[index].instruction;
	uint64_t *known = cache->slot[index].code, now[2];

	__builtin_memcpy(now, code, sizeof(now));
	*outcome = DECODE_OK;
	if (now[0] == known[0] && now[1] == known[1] && instruction->length)
		return instruction;
	known[0] = now[0];
	known[1] = now[1];
	*outcome = decode(code, INSTRUCTION_MAX, true, false, instruction);
	if (*outcome == DECODE_OK)
		return instruction;
	instruction->length = 0;
	return NULL;
}
