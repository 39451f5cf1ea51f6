/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables as a target for writes: pages whose PTEs lie side by side, and four frames to lead
 * them to. The frames' addresses differ in bits 12 and 13 only, so that a PTE can be moved by one
 * bit, and have bits 14 and 15 clear, so that writing 16 bits can do it as well.
 */
#ifndef TESTS_GUEST_TARGET_H
#define TESTS_GUEST_TARGET_H

#include <stdint.h>

#include "workloads/lib/paging.h"

#define TARGET_BASE  WINDOW(31)
#define TARGET_FLAGS (PTE_P | PTE_W | PTE_U)
#define TARGET_BITS  (PTE_A | PTE_D) /* which the processor sets, so that they are not compared */

extern uint64_t *target_ptes; /* of the pages from TARGET_BASE on; two tables */
extern uint64_t target_frame[4];

void target_init(void);
/** Point page @index's PTE somewhere, and use the page. */
void target_reset(uint64_t index, uint64_t pte);
/** The frame that page @index leads to after an INVLPG, 0 to 3, or -1 for none. */
int target_behind(uint64_t index);
/** A test: memory holds @pte, and the page is the frame that it says. */
void target_check(uint64_t index, uint64_t pte, const char *name);

/**
 * A test of one instruction that takes PTE 0 from @before to @after. Its operands: RDI the PTE's
 * address; RAX, RCX and RDX as given. It may change these and RBX.
 */
#define TARGET_ROW(name, before, after, instruction, a, c, d)                                      \
	do {                                                                                       \
		uint64_t rax = (a), rcx = (c), rdx = (d), *rdi = target_ptes;                      \
                                                                                                   \
		target_reset(0, (before));                                                         \
		__asm__ volatile(instruction                                                       \
				 : "+a"(rax), "+c"(rcx), "+d"(rdx), "+D"(rdi)                      \
				 :                                                                 \
				 : "rbx", "memory", "cc");                                         \
		target_check(0, (after), name);                                                    \
	} while (0)

#endif
