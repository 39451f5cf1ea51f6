/* SPDX-License-Identifier: GPL-2.0-only */
/* The arithmetic of the instruction set, with its flags (SDM vol. 1, 3.4.3; vol. 2). */
#ifndef CORE_VMM_INTERPRET_ARITHMETIC_H
#define CORE_VMM_INTERPRET_ARITHMETIC_H

#include <stdint.h>

#define FLAG_CF (1ull << 0)
#define FLAG_PF (1ull << 2)
#define FLAG_AF (1ull << 4)
#define FLAG_ZF (1ull << 6)
#define FLAG_SF (1ull << 7)
#define FLAG_TF (1ull << 8)
#define FLAG_DF (1ull << 10)
#define FLAG_OF (1ull << 11)

/**
 * @operation (enum operation: ADD to CMP, TEST, shifts, INC, DEC, NOT, NEG) of @bytes on @a and @b,
 * which are zero-extended. Returns the result, zero-extended; for CMP and TEST that of SUB and AND.
 * @rflags: read and changed; flags that the manual leaves undefined are as after ADD-like
 * operations 0.
 */
uint64_t arithmetic(unsigned operation, unsigned bytes, uint64_t a, uint64_t b, uint64_t *rflags);

#endif
