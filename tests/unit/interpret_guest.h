/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest on the fake machine whose code and data lie where native.h has them, for tests of the
 * interpreter. */
#ifndef TESTS_UNIT_INTERPRET_GUEST_H
#define TESTS_UNIT_INTERPRET_GUEST_H

#include "core-vmm/interpret/interpret.h"
#include "core-vmm/memory/walk.h"
#include "tests/unit/fake/machine.h"
#include "tests/unit/native.h"

#define GUEST_BYTES (8ul << 20)
#define GUEST_USER  (PTE_P | PTE_W | PTE_U)

/* The frames behind code and data, two pages each; those of data lie apart. */
enum { FRAME_CODE = 0x10000, FRAME_CODE_2 = 0x12000, FRAME_DATA = 0x14000, FRAME_DATA_2 = 0x11000 };

/** At CPL 3, in 64-bit mode, at NATIVE_CODE. */
extern struct interpret in;
extern uint64_t gpr[16];
/** The guest's XMM registers. */
extern uint8_t xmm[16][16];
/** How often the interpreter has written. */
extern unsigned writes;

void guest_start(void);

/** Put code at NATIVE_CODE. */
void code_put(const uint8_t *code, unsigned bytes);

/** Change the guest's page-table entry for @gla. */
void entry_set(uint64_t gla, uint64_t entry);

#endif
