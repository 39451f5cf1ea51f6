/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions of which tests of the interpreter make up examples. */
#ifndef TESTS_GUEST_INTERPRET_KINDS_H
#define TESTS_GUEST_INTERPRET_KINDS_H

#include <stdint.h>

#define EFLAGS_CF (1ul << 0)
#define EFLAGS_PF (1ul << 2)
#define EFLAGS_AF (1ul << 4)
#define EFLAGS_ZF (1ul << 6)
#define EFLAGS_SF (1ul << 7)
#define EFLAGS_OF (1ul << 11)

enum {
	MODRM = 1,
	GROUP = 2,
	IMM8 = 4,
	IMMZ = 8,
	LOCKABLE = 16,
	BITS = 32,
	BYTE = 64,
	SHIFT = 128,
	PAIR = 256,
	MEMORY = 512,
	STRING = 1024,
	PORT = 2048,
	PUSH = 4096,
	POP = 8192,
	CALL = 16384,
	OPCODE = 32768,
	MOFFS = 65536,
	VECTOR = 131072
};

/** A kind of instruction; digit: ModRM.reg of a group, or the prefix of a vector store. */
struct kind {
	uint16_t opcode; /* 0x0fxx: two bytes */
	uint8_t digit;
	uint32_t how;
	uint64_t undefined; /* flags */
};

#define ARITHMETIC(base, undefined)                                                                \
	{(base) + 0, 0, MODRM | BYTE | LOCKABLE, undefined},                                       \
	    {(base) + 1, 0, MODRM | LOCKABLE, undefined},                                          \
	    {(base) + 2, 0, MODRM | BYTE, undefined}, {(base) + 3, 0, MODRM, undefined},           \
	    {(base) + 4, 0, BYTE | IMM8, undefined}, {(base) + 5, 0, IMMZ, undefined},             \
	    {0x80, (base) / 8, MODRM | GROUP | BYTE | IMM8 | LOCKABLE, undefined},                 \
	    {0x81, (base) / 8, MODRM | GROUP | IMMZ | LOCKABLE, undefined},                        \
	{                                                                                          \
		0x83, (base) / 8, MODRM | GROUP | IMM8 | LOCKABLE, undefined                       \
	}
#define SHIFTS(digit)                                                                              \
	{0xc0, digit, MODRM | GROUP | BYTE | IMM8 | SHIFT, EFLAGS_AF},                             \
	    {0xc1, digit, MODRM | GROUP | IMM8 | SHIFT, EFLAGS_AF},                                \
	    {0xd0, digit, MODRM | GROUP | BYTE, EFLAGS_AF},                                        \
	    {0xd1, digit, MODRM | GROUP, EFLAGS_AF},                                               \
	    {0xd2, digit, MODRM | GROUP | BYTE | SHIFT, EFLAGS_AF},                                \
	{                                                                                          \
		0xd3, digit, MODRM | GROUP | SHIFT, EFLAGS_AF                                      \
	}
#define BIT_FLAGS (EFLAGS_OF | EFLAGS_SF | EFLAGS_AF | EFLAGS_PF)

static const struct kind kinds[] = {
    ARITHMETIC(0x00, 0),
    ARITHMETIC(0x08, EFLAGS_AF),
    ARITHMETIC(0x10, 0),
    ARITHMETIC(0x18, 0),
    ARITHMETIC(0x20, EFLAGS_AF),
    ARITHMETIC(0x28, 0),
    ARITHMETIC(0x30, EFLAGS_AF),
    SHIFTS(4),
    SHIFTS(5),
    SHIFTS(6),
    SHIFTS(7),
    /* CMP: no LOCK */
    {0x38, 0, MODRM | BYTE, 0},
    {0x39, 0, MODRM, 0},
    {0x3a, 0, MODRM | BYTE, 0},
    {0x3b, 0, MODRM, 0},
    {0x3c, 0, BYTE | IMM8, 0},
    {0x3d, 0, IMMZ, 0},
    {0x80, 7, MODRM | GROUP | BYTE | IMM8, 0},
    {0x81, 7, MODRM | GROUP | IMMZ, 0},
    {0x83, 7, MODRM | GROUP | IMM8, 0},
    /* TEST */
    {0x84, 0, MODRM | BYTE, EFLAGS_AF},
    {0x85, 0, MODRM, EFLAGS_AF},
    {0xa8, 0, BYTE | IMM8, EFLAGS_AF},
    {0xa9, 0, IMMZ, EFLAGS_AF},
    {0xf6, 0, MODRM | GROUP | BYTE | IMM8, EFLAGS_AF},
    {0xf7, 0, MODRM | GROUP | IMMZ, EFLAGS_AF},
    /* XCHG, MOV, MOVZX, MOVSX, MOVNTI */
    {0x86, 0, MODRM | BYTE | LOCKABLE, 0},
    {0x87, 0, MODRM | LOCKABLE, 0},
    {0x88, 0, MODRM | BYTE, 0},
    {0x89, 0, MODRM, 0},
    {0x8a, 0, MODRM | BYTE, 0},
    {0x8b, 0, MODRM, 0},
    {0xc6, 0, MODRM | GROUP | BYTE | IMM8, 0},
    {0xc7, 0, MODRM | GROUP | IMMZ, 0},
    {0x0fb6, 0, MODRM, 0},
    {0x0fb7, 0, MODRM, 0},
    {0x0fbe, 0, MODRM, 0},
    {0x0fbf, 0, MODRM, 0},
    {0x0fc3, 0, MODRM | MEMORY, 0},
    /* NOT, NEG, INC, DEC */
    {0xf6, 2, MODRM | GROUP | BYTE | LOCKABLE, 0},
    {0xf7, 2, MODRM | GROUP | LOCKABLE, 0},
    {0xf6, 3, MODRM | GROUP | BYTE | LOCKABLE, 0},
    {0xf7, 3, MODRM | GROUP | LOCKABLE, 0},
    {0xfe, 0, MODRM | GROUP | BYTE | LOCKABLE, 0},
    {0xff, 0, MODRM | GROUP | LOCKABLE, 0},
    {0xfe, 1, MODRM | GROUP | BYTE | LOCKABLE, 0},
    {0xff, 1, MODRM | GROUP | LOCKABLE, 0},
    /* BT, BTS, BTR, BTC */
    {0x0fa3, 0, MODRM | BITS, BIT_FLAGS},
    {0x0fab, 0, MODRM | BITS | LOCKABLE, BIT_FLAGS},
    {0x0fb3, 0, MODRM | BITS | LOCKABLE, BIT_FLAGS},
    {0x0fbb, 0, MODRM | BITS | LOCKABLE, BIT_FLAGS},
    {0x0fba, 4, MODRM | GROUP | IMM8, BIT_FLAGS},
    {0x0fba, 5, MODRM | GROUP | IMM8 | LOCKABLE, BIT_FLAGS},
    {0x0fba, 6, MODRM | GROUP | IMM8 | LOCKABLE, BIT_FLAGS},
    {0x0fba, 7, MODRM | GROUP | IMM8 | LOCKABLE, BIT_FLAGS},
    /* XADD, CMPXCHG, CMPXCHG8B and 16B */
    {0x0fc0, 0, MODRM | BYTE | LOCKABLE, 0},
    {0x0fc1, 0, MODRM | LOCKABLE, 0},
    {0x0fb0, 0, MODRM | BYTE | LOCKABLE, 0},
    {0x0fb1, 0, MODRM | LOCKABLE, 0},
    {0x0fc7, 1, MODRM | GROUP | LOCKABLE | PAIR | MEMORY, 0},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

#endif
