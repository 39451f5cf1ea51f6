/* SPDX-License-Identifier: GPL-2.0-only */
/* Executing what decode() found. */
#ifndef CORE_VMM_INTERPRET_EXECUTE_H
#define CORE_VMM_INTERPRET_EXECUTE_H

#include "core-vmm/interpret/decode.h"
#include "core-vmm/interpret/interpret.h"

/** All but moving rip on. */
enum interpret_outcome execute_instruction(struct interpret *interpret,
					   const struct instruction *instruction);

/** STOS, MOVS, LODS, SCAS and CMPS (execute_string.c). */
enum interpret_outcome execute_string(struct interpret *interpret,
				      const struct instruction *instruction);

/** PUSH, PUSHF, POP to memory and CALL near (execute_stack.c). */
enum interpret_outcome execute_stack(struct interpret *interpret,
				     const struct instruction *instruction);

/** The guest's XMM register @number (0 to 15): 16 bytes (vector_read.c). */
void vector_read(unsigned number, void *to);

#endif
