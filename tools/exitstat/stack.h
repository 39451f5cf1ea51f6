/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's call stacks at exits, by number: the functions of their frames. */
#ifndef EXITSTAT_STACK_H
#define EXITSTAT_STACK_H

#include "group.h"
#include "tools/lib/symbols.h"
#include "tools/lib/unwind.h"

struct stacks;

/** Stacks that are unwound by these tables (the caller's); NULL: by frame pointers. All ends the
 *  program when there is no memory. */
struct stacks *stacks_create(const struct unwind *unwind);
void stacks_free(struct stacks *stacks);
/** The number of the stack of an exit; without a recorded stack it is that of its RIP alone. */
uint32_t stacks_number(struct stacks *stacks, const struct exit_group *group,
		       const struct symbols *symbols);
/** Frame @index of a stack, the outermost first, as text. False: it has no so many. */
bool stacks_frame(const struct stacks *stacks, uint32_t number, size_t index,
		  const struct symbols *symbols, char *text, size_t size);

#endif
