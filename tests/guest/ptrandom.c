// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on page tables and pages, against a model: map, unmap, protect, flush, switch
 * address spaces, read and write. What each access does, every accessed and dirty bit and all
 * memory must be as the model says. steps=N (default 20000); vtrun --seed.
 */
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"

#define BASE   WINDOW(40)
#define SPACES 3u
#define PAGES  48u /* spread over three tables, which two of the spaces share */
#define FRAMES 32u

struct model_page {
	uint64_t frame; /* index */
	bool present, writable, accessed, dirty;
};

struct space {
	uint64_t *root;
	uint64_t *pte[PAGES];
	struct model_page *page;
};

static uint64_t frames, words[FRAMES], state;
static struct model_page pages[2][PAGES];
static struct space spaces[SPACES];
static unsigned current;
static uint64_t wrong_outcome, wrong_value, wrong_bits;

static uint64_t address_of(unsigned index)
{
	return BASE + (index / 16) * LARGE_SIZE + (index % 16) * 31 * PAGE_SIZE;
}

static void build(void)
{
	uint64_t *root = paging_init();

	frames = (uint64_t)memory_take(FRAMES * PAGE_SIZE, PAGE_SIZE);
	for (unsigned s = 0; s < SPACES; s++) {
		/* The third is a second root over the second one's tables. */
		spaces[s].root = paging_clone(s == 2 ? spaces[1].root : root);
		spaces[s].page = pages[s ? 1 : 0];
		for (unsigned i = 0; i < PAGES; i++)
			spaces[s].pte[i] = paging_entry(spaces[s].root, address_of(i), 1);
	}
	cr3_write((uint64_t)spaces[0].root);
}

static uint64_t pick(uint64_t below)
{
	return (random_next(&state) >> 32) * below >> 32;
}

/*
 * A new PTE, and the flush that it needs: in another space than the current one the switch will do
 * it.
 */
static void step_map(void)
{
	unsigned s = (unsigned)pick(SPACES), i = (unsigned)pick(PAGES);
	struct model_page *page = &spaces[s].page[i];
	uint64_t kind = pick(4);

	page->frame = pick(FRAMES);
	page->present = kind != 0;
	page->writable = kind > 1;
	page->accessed = page->dirty = false;
	pte_write(spaces[s].pte[i], page->present ? (frames + page->frame * PAGE_SIZE) | PTE_P |
							PTE_U | (page->writable ? PTE_W : 0)
						  : page->frame << 12);
	if (spaces[s].page != spaces[current].page)
		return;
	if (pick(4))
		invlpg(address_of(i));
	else
		cr3_write((uint64_t)spaces[current].root);
}

static void step_switch(void)
{
	current = (unsigned)pick(SPACES);
	cr3_write((uint64_t)spaces[current].root);
}

static void step_read(void)
{
	unsigned i = (unsigned)pick(PAGES);
	struct model_page *page = &spaces[current].page[i];
	uint64_t got = try_read(address_of(i) + 8);

	if (!page->present) {
		wrong_outcome += trap_seen.vector != VECTOR_PF || trap_seen.error ||
				 trap_seen.cr2 != address_of(i) + 8;
		return;
	}
	page->accessed = true;
	wrong_outcome += trap_seen.vector != TRAP_NONE;
	wrong_value += got != words[page->frame];
}

static void step_write(void)
{
	unsigned i = (unsigned)pick(PAGES);
	struct model_page *page = &spaces[current].page[i];
	uint64_t value = random_next(&state);

	try_write(address_of(i) + 8, value);
	if (page->present && page->writable) {
		page->accessed = page->dirty = true;
		words[page->frame] = value;
		wrong_outcome += trap_seen.vector != TRAP_NONE;
		return;
	}
	wrong_outcome += trap_seen.vector != VECTOR_PF ||
			 trap_seen.error != (page->present ? PF_P | PF_W : PF_W) ||
			 trap_seen.cr2 != address_of(i) + 8;
	/*
	 * Whether a write that faults on rights sets accessed is up to the processor (SDM vol. 3,
	 * 4.8).
	 */
	if (page->present)
		page->accessed = pte_read(spaces[current].pte[i]) & PTE_A;
}

static void step_check(void)
{
	unsigned s = (unsigned)pick(SPACES), i = (unsigned)pick(PAGES);
	const struct model_page *page = &spaces[s].page[i];
	uint64_t pte = pte_read(spaces[s].pte[i]);

	if (page->present)
		wrong_bits += !(pte & PTE_A) == page->accessed || !(pte & PTE_D) == page->dirty;
}

static void step(void)
{
	switch (pick(16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		step_map();
		break;
	case 4:
		step_switch();
		break;
	case 5:
		step_check();
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		step_read();
		break;
	default:
		step_write();
	}
}

int main(void)
{
	uint64_t steps, wrong = 0;

	if (!args_check("ptrandom", "steps"))
		return 2;
	steps = args_number("steps", 20000, 1);
	state = machine.boot->seed;
	build();
	for (uint64_t i = 0; i < steps; i++)
		step();
	test_equal(wrong_outcome, 0, "every access did what the model says");
	test_equal(wrong_value, 0, "every read gave what the model says");
	test_equal(wrong_bits, 0, "every accessed and dirty bit was as the model says");
	cr3_write((uint64_t)paging_init());
	for (uint64_t i = 0; i < FRAMES; i++)
		wrong += *(volatile uint64_t *)(frames + i * PAGE_SIZE + 8) != words[i];
	test_equal(wrong, 0, "memory is as the model says");
	return test_done();
}
