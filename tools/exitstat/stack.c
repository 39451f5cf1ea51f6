// SPDX-License-Identifier: GPL-2.0-only
/* The guest's call stacks at exits. */
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "intern.h"
#include "stack.h"

#define WORDS_A_RECORD 5
#define FRAME_CUT      UINT64_MAX /* in place of what lies further out than the recorded words */

struct stacks {
	struct intern frames; /* arrays of addresses, the innermost first */
	const struct unwind *unwind;
	uint64_t words[VTS_STACK_WORDS]; /* of the stack at hand */
};

struct stacks *stacks_create(const struct unwind *unwind)
{
	struct stacks *stacks = calloc(1, sizeof(*stacks));

	if (!stacks)
		die_of_memory();
	intern_init(&stacks->frames);
	stacks->unwind = unwind;
	return stacks;
}

void stacks_free(struct stacks *stacks)
{
	if (stacks)
		intern_free(&stacks->frames);
	free(stacks);
}

/** Put the recorded words together. What a damaged trace lacks of them counts as cut off. */
static bool gather(struct stacks *stacks, const struct exit_group *group,
		   struct unwind_stack *stack)
{
	const struct vts_event *head = NULL;
	size_t known = 0;

	for (size_t i = 0; i < group->count; i++) {
		const struct vts_event *detail = &group->details[i];

		if (detail->kind == VTS_KIND_STACK)
			head = detail;
		if (detail->kind != VTS_KIND_STACK_WORDS || detail->reason != known)
			continue;
		for (size_t j = 0; j < WORDS_A_RECORD && known < VTS_STACK_WORDS; j++)
			stacks->words[known++] = detail->stack_words[j];
	}
	if (!head)
		return false;
	*stack = (struct unwind_stack){
	    .rip = group->exit->exit.rip,
	    .rsp = head->stack.rsp,
	    .rbp = head->stack.rbp,
	    .words = stacks->words,
	    .count = known < head->stack.words ? known : head->stack.words,
	};
	return true;
}

uint32_t stacks_number(struct stacks *stacks, const struct exit_group *group,
		       const struct symbols *symbols)
{
	uint64_t frames[UNWIND_FRAMES + 1] = {group->exit->exit.rip};
	enum unwind_end end = UNWIND_DONE;
	struct unwind_stack stack;
	size_t count = 1;

	if (gather(stacks, group, &stack))
		end = unwind_frames(stacks->unwind, &stack, frames, &count);
	for (size_t i = 0; i < count; i++) {
		uint64_t start;

		if (symbols_find(symbols, frames[i], &start))
			frames[i] = start;
	}
	if (end == UNWIND_CUT)
		frames[count++] = FRAME_CUT;
	return intern_add(&stacks->frames, frames, count * sizeof(*frames));
}

bool stacks_frame(const struct stacks *stacks, uint32_t number, size_t index,
		  const struct symbols *symbols, char *text, size_t size)
{
	const uint64_t *frames = intern_bytes(&stacks->frames, number);
	size_t count = stacks->frames.entries[number].length / sizeof(*frames);

	if (index >= count)
		return false;
	if (frames[count - 1 - index] == FRAME_CUT)
		snprintf(text, size, "[cut]");
	else
		symbols_text(symbols, frames[count - 1 - index], text, size);
	return true;
}
