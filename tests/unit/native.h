/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs one instruction on the processor itself, to compare the interpreter with. */
#ifndef TESTS_UNIT_NATIVE_H
#define TESTS_UNIT_NATIVE_H

#include <stdint.h>

/* Where code and data are: low, so that 32-bit addresses reach them, and the same for the
 * interpreter. */
#define NATIVE_CODE  0x10000000ul
#define NATIVE_DATA  0x10100000ul
#define NATIVE_BYTES 8192ul /* of data */

/** Registers by encoding; RSP is not used, nor may the instruction. */
struct native {
	uint64_t gpr[16];
	uint64_t rflags; /* CF, PF, AF, ZF, SF, DF, OF */
};

/** Map code and data. Once a process. */
void native_init(void);

/** Execute the @bytes of @code at NATIVE_CODE, with GS based at NATIVE_DATA. It must not fault. */
void native_run(struct native *native, const uint8_t *code, unsigned bytes);

#endif
