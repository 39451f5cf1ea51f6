// SPDX-License-Identifier: GPL-2.0-only
/*
 * MOV CR3 among spaces=N address spaces (default 2), in turn; with touch=1 a word of each is
 * incremented on arrival. The spaces share everything but one page at the same address. Read back:
 * that page, in each of them.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/workload.h"

#define PRIVATE WINDOW(5)
#define FLAGS	(PTE_P | PTE_W | PTE_U)

struct space {
	uint64_t cr3;
	const struct space *next;
};

static struct space *spaces;
static uint64_t count;
static bool touch;
static const struct space *current;

static inline volatile uint64_t *private_word(void)
{
	return (volatile uint64_t *)PRIVATE;
}

static uint64_t ctxswitch_prepare(uint64_t ops)
{
	uint64_t *root = paging_init(), memory;

	count = args_number("spaces", 2, 1);
	touch = args_number("touch", 0, 0);
	spaces = memory_take(count * sizeof(*spaces), PAGE_SIZE);
	memory = (uint64_t)memory_take(count * PAGE_SIZE, PAGE_SIZE);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t *clone = paging_clone(root);

		paging_map(clone, PRIVATE, memory + i * PAGE_SIZE, FLAGS);
		spaces[i] = (struct space){(uint64_t)clone, &spaces[(i + 1) % count]};
	}
	for (uint64_t i = 0; i < count; i++) {
		cr3_write(spaces[i].cr3);
		image_touch();
		*private_word() = i;
	}
	cr3_write((uint64_t)root);
	current = spaces;
	return ops;
}

static uint32_t ctxswitch_sample(void)
{
	uint32_t time = TIMED_ASM("", "mov %1, %%cr3", "r"(current->cr3));

	current = current->next;
	return time;
}

static void ctxswitch_run(uint64_t ops)
{
	const struct space *space = current;

	if (touch) {
		for (; ops; ops--, space = space->next) {
			cr3_write(space->cr3);
			word_add(PRIVATE, 1);
		}
	} else {
		for (; ops; ops--, space = space->next)
			cr3_write(space->cr3);
	}
	current = space;
}

static uint64_t ctxswitch_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);

	for (uint64_t i = 0; i < count; i++) {
		cr3_write(spaces[i].cr3);
		digest = digest_add(digest, *private_word());
	}
	cr3_write((uint64_t)paging_init());
	return digest;
}

const struct workload ctxswitch_workload = {
    .name = "ctxswitch",
    .keys = "spaces touch",
    .ops = 100000,
    .prepare = ctxswitch_prepare,
    .sample = ctxswitch_sample,
    .run = ctxswitch_run,
    .digest = ctxswitch_digest,
};
