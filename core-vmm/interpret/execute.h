/* SPDX-License-Identifier: GPL-2.0-only */
/* Executing what decode() found. */
#ifndef CORE_VMM_INTERPRET_EXECUTE_H
#define CORE_VMM_INTERPRET_EXECUTE_H

#include "core-vmm/interpret/decode.h"
#include "core-vmm/interpret/interpret.h"

/** All but moving rip on. */
enum interpret_outcome execute_instruction(struct interpret *interpret,
					   const struct instruction *instruction);

/** STOS and MOVS (execute_string.c). */
enum interpret_outcome execute_string(struct interpret *interpret,
				      const struct instruction *instruction);

#endif
