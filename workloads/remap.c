// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that is mapped is mapped elsewhere: its PTE is written, flushed with MOV CR3 (the default)
 * or flush=invlpg, and the page touched. Read back: the memory behind, in which every touch added
 * its number; a translation that outlived its flush adds it to another page.
 */
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"
#include "workloads/lib/workload.h"

#define BASE   WINDOW(10)
#define FRAMES 64ul /* in turn */
#define FLAGS  (PTE_P | PTE_W | PTE_U)

static uint64_t *pte, root, frames;
static bool by_address;

static uint64_t remap_prepare(uint64_t ops)
{
	by_address = args_choice("flush", "cr3 invlpg") == 1;
	root = (uint64_t)paging_init();
	frames = (uint64_t)memory_take(FRAMES * PAGE_SIZE, PAGE_SIZE);
	memset((void *)frames, 0, FRAMES * PAGE_SIZE);
	pte = paging_window((uint64_t *)root, BASE, 1);
	return ops;
}

static void remap_reset(void)
{
	memset((void *)frames, 0, FRAMES * PAGE_SIZE);
	pte_write(pte, frames | FLAGS);
	window_touch(BASE, 1);
	word_add(BASE, 0);
}

static uint32_t remap_sample(void)
{
	if (by_address)
		return TIMED_ASM("", "mov %2, (%1)\n\tinvlpg (%3)\n\tadd %2, (%3)", "r"(pte),
				 "r"(frames | FLAGS), "r"(BASE));
	return TIMED_ASM("", "mov %2, (%1)\n\tmov %4, %%cr3\n\tadd %2, (%3)", "r"(pte),
			 "r"(frames | FLAGS), "r"(BASE), "r"(root));
}

static void remap_run(uint64_t ops)
{
	uint64_t first = frames | FLAGS, cr3 = root, frame = PAGE_SIZE, *entry = pte;

	if (by_address) {
		for (; ops; ops--) {
			pte_write(entry, first + frame);
			invlpg(BASE);
			word_add(BASE, ops);
			frame = (frame + PAGE_SIZE) & (FRAMES * PAGE_SIZE - 1);
		}
	} else {
		for (; ops; ops--) {
			pte_write(entry, first + frame);
			cr3_write(cr3);
			word_add(BASE, ops);
			frame = (frame + PAGE_SIZE) & (FRAMES * PAGE_SIZE - 1);
		}
	}
}

static uint64_t remap_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);

	for (uint64_t i = 0; i < FRAMES; i++)
		digest = digest_add(digest, *(volatile uint64_t *)(frames + i * PAGE_SIZE));
	return digest_add(digest, pte_read(pte));
}

const struct workload remap_workload = {
    .name = "remap",
    .keys = "flush",
    .ops = 20000,
    .prepare = remap_prepare,
    .reset = remap_reset,
    .sample = remap_sample,
    .run = remap_run,
    .digest = remap_digest,
};
