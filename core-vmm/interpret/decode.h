/* SPDX-License-Identifier: GPL-2.0-only */
/* The decoder: bytes to an instruction, for those that the interpreter knows (SDM vol. 2, chapter
 * 2, appendix A). */
#ifndef CORE_VMM_INTERPRET_DECODE_H
#define CORE_VMM_INTERPRET_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#define INSTRUCTION_MAX 15

enum operation {
	OP_NONE, /* not known */
	/* in the order of their encoding */
	OP_ADD,
	OP_OR,
	OP_ADC,
	OP_SBB,
	OP_AND,
	OP_SUB,
	OP_XOR,
	OP_CMP,
	OP_BT,
	OP_BTS,
	OP_BTR,
	OP_BTC,
	OP_SHL,
	OP_SHR,
	OP_SAR,
	OP_TEST,
	OP_MOV,
	OP_MOVZX,
	OP_MOVSX,
	OP_XCHG,
	OP_XADD,
	OP_CMPXCHG,
	OP_CMPXCHG8B,
	OP_INC,
	OP_DEC,
	OP_NOT,
	OP_NEG,
	OP_STOS,
	OP_MOVS,
	OP_LODS,
	OP_SCAS,
	OP_CMPS,
	OP_PUSH,
	OP_PUSHF,
	OP_POP,
	OP_CALL,
	OP_VECTOR_STORE,
	/* by ModRM.reg */
	OP_GROUP1,
	OP_GROUP2,
	OP_GROUP3,
	OP_GROUP1A,
	OP_GROUP4,
	OP_GROUP5,
	OP_GROUP8,
	OP_GROUP9,
	OP_GROUP11,
};

/** Which operands there are. */
enum form {
	FORM_RM_REG, /* r/m, register */
	FORM_REG_RM,
	FORM_RM_IMM, /* an immediate, sign-extended from 32 bits or 8 */
	FORM_RM,
	FORM_RM_CL,
	FORM_RM_1,
	FORM_ACC_IMM, /* accumulator, immediate */
	FORM_ACC_MOFFS,
	FORM_MOFFS_ACC,
	FORM_STRING,
	FORM_REG, /* in the opcode's low bits; as if it were r/m */
	FORM_IMM,
	FORM_NONE,
};

#define NO_REGISTER 0xff

struct instruction {
	uint8_t length;
	uint8_t operation; /* enum operation */
	uint8_t form;	   /* enum form */
	uint8_t bytes; /* of the operands: 1, 2, 4, 8; CMPXCHG8B: 8 or 16; VECTOR_STORE: 4, 8, 16 */
	uint8_t source_bytes;  /* MOVZX, MOVSX: of r/m; otherwise as bytes */
	uint8_t address_bytes; /* 2, 4 or 8 */
	bool aligned;	       /* the memory operand must be, else #GP */
	bool lock;
	uint8_t repeat; /* 0, 0xf2 or 0xf3 */
	uint8_t reg;	/* ModRM.reg: a register, or what tells the operations of a group */
	uint8_t rm;	/* the register, unless memory */
	uint8_t reg_shift, rm_shift; /* 8 for AH, CH, DH, BH: then the register is RAX, ... RBX */
	bool memory;
	uint8_t segment;	    /* of the memory operand: SEGMENT_* */
	uint8_t base, index, scale; /* registers or NO_REGISTER; scale as a shift */
	bool rip_relative;
	uint64_t displacement; /* sign-extended; FORM_*MOFFS*: the whole address */
	uint64_t immediate;
};

enum decode_outcome {
	DECODE_OK,
	DECODE_MORE,	 /* the instruction goes on past the bytes given */
	DECODE_UNKNOWN,	 /* not known here, or not an instruction */
	DECODE_TOO_LONG, /* more than 15 bytes: #GP */
};

/* What decode() may read: 14 prefixes, REX, two bytes of opcode, ModRM, SIB, a displacement, an
 * immediate. */
#define DECODE_READABLE 32

/**
 * Decode what starts at @code, where DECODE_READABLE bytes can be read and @available (from 15 on:
 * all that count) are the guest's. @long_mode, @big: as in struct interpret.
 */
enum decode_outcome decode(const uint8_t *code, unsigned available, bool long_mode, bool big,
			   struct instruction *out);

/** Instructions of 64-bit code decoded before: what writes to page tables is a few of them. All
 * zero at first. */
#define DECODE_SLOTS 16
struct decode_cache {
	struct {
		uint64_t code[2]; /* the bytes that the instruction was decoded from, and more */
		struct instruction instruction; /* length 0: none */
	} slot[DECODE_SLOTS];
};

/**
 * decode() for 64-bit code at @rip, with DECODE_READABLE bytes of the guest's at @code, through
 * @cache. The instruction, valid until the next call; or NULL, and in @outcome why.
 */
const struct instruction *decode_cached(struct decode_cache *cache, uint64_t rip,
					const uint8_t *code, enum decode_outcome *outcome);

#endif
