// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random page tables, edits, flushes and accesses under PAE and 32-bit paging, done by 32-bit code: what
 * tests/guest/ptdiff.c does in 64-bit mode. It prints digests of what the machine did, which must be the same natively
 * and in every paging mode. From a seed (vtrun --seed); arguments: seeds=N, steps=N, show=0|1, smap=0|1 (0 for
 * processors that lack it).
 *
 * The arena is a few pages, each of which may be a page table, data, or both; every word that is written makes sense as
 * half an entry and leads back into the arena. An access is made only where its outcome is determined: after each edit,
 * which an access that writes may be as well, comes a flush that reaches the address that is accessed next.
 */
#include <stdbool.h>

#include "tests/guest/modes.h"
#include "workloads/lib/args.h"
#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"

#define ARENA	    0x2800000u /* 4 MiB, of which pages are used */
#define ARENA_END   0x2c00000u
#define ARENA_PAGES 16u
#define MEMORY_END  0x4000000u
#define ROOTS	    3u /* in the last, the guest's own pages are the supervisor's alone */
#define KERNEL_ROOT 2u
#define STEPS_MAX   160u
#define CODE_AT	    64u /* a RET in each page */
#define CODE_RET    0xc3u

#define CR0_ON	0x80000033u /* PG, NE, ET, MP, PE */
#define CR4_PSE 0x10u

static uint64_t pdpt[ROOTS][4] __attribute__((aligned(4096)));
static uint64_t identity_pd[2][512] __attribute__((aligned(4096)));
static uint32_t root_32[ROOTS][1024] __attribute__((aligned(4096)));

/* Which of a table's entries are used, of level 2 and 1. */
static const uint16_t pae_index[4] = {0, 1, 2, 511};
static const uint16_t index_32[2][4] = {{256, 511, 512, 1023}, {0, 511, 512, 1023}};

static struct {
	uint64_t random;
	bool pae, globals, smap;
	bool stale; /* something was edited, and not all is flushed since */
	uint32_t cr0, cr4, efer;
	unsigned root;
	struct mode_op op[STEPS_MAX];
	uint32_t count;
} run;

static unsigned below(unsigned limit)
{
	return (unsigned)((random_next(&run.random) >> 32) * limit >> 32);
}

static unsigned faults[32]; /* by error code */

static bool one_in(unsigned n)
{
	return !below(n);
}

static uint32_t arena_page(void)
{
	return ARENA + below(ARENA_PAGES) * 4096;
}

/* ---- entries --------------------------------------------------------------------------------- */

/** The low half of an entry, or all of one in 32-bit paging, for a table of level 1. */
static uint32_t entry_low(void)
{
	uint32_t entry = arena_page() | (uint32_t)(random_next(&run.random) &
						   0xe78); /* ignored bits, A, D, PWT, PCD */

	entry |= one_in(8) ? 0 : PTE_P;
	entry |= one_in(5) ? 0 : PTE_W;
	entry |= one_in(5) ? 0 : PTE_U;
	entry |= run.globals && one_in(4) ? PTE_G : 0;
	return entry;
}

/** The same for level 2: at times a large page. */
static uint32_t entry_low_2(void)
{
	uint32_t entry = entry_low();

	if (!one_in(3))
		return entry;
	entry = (entry & 0xfff) | PTE_PS | ARENA;
	if (run.pae && one_in(2))
		entry |= 1u << 21;
	return one_in(12) ? entry | 1u << (run.pae ? 13 + below(8) : 21) : entry; /* reserved */
}

/** The high half of one in PAE paging. */
static uint32_t entry_high(void)
{
	if (one_in(16))
		return 1u << (20 + below(11)); /* reserved */
	return one_in(6) ? 1u << 31 : 0;       /* NX */
}

static uint32_t entry_word(uint32_t address, unsigned level)
{
	if (run.pae && address & 4)
		return entry_high();
	return level == 2 ? entry_low_2() : entry_low();
}

/* ---- operations ------------------------------------------------------------------------------ */

static struct mode_op *op_add(uint32_t type, uint32_t address, uint32_t value)
{
	struct mode_op *op = &run.op[run.count++];

	*op = (struct mode_op){.type = type, .address = address, .value = value};
	return op;
}

static uint32_t address_of(const void *object)
{
	return (uint32_t)(uintptr_t)object;
}

static uint32_t root_address(unsigned root)
{
	return run.pae ? address_of(pdpt[root]) : address_of(root_32[root]);
}

/** A word of the arena that some table's used entry lies in. */
static uint32_t word_address(uint32_t page, unsigned *level)
{
	*level = 1 + below(2);
	if (run.pae)
		return page + pae_index[below(4)] * 8 + below(2) * 4;
	return page + index_32[1][below(4)] * 4;
}

static void edit_add(void)
{
	unsigned level, root = below(ROOTS);
	uint32_t address = word_address(arena_page(), &level);
	static const uint32_t forms[] = {MODE_WRITE, MODE_WRITE, MODE_XCHG, MODE_STOS};

	/* 32-bit paging has its tables of level 2 in the roots alone. */
	if (!run.pae)
		level = one_in(2) ? 2 : 1;
	if (!run.pae && level == 2)
		address = address_of(&root_32[root][index_32[0][below(4)]]);
	if (one_in(4))
		op_add(MODE_OR, address,
		       run.pae && address & 4 ? 1u << 31 : 1u << (1 + below(2))); /* NX; W, U */
	else
		op_add(forms[below(4)], address, entry_word(address, level));
	run.stale = true;
}

static uint32_t linear_make(void)
{
	if (run.pae)
		return (1 + below(3)) << 30 | (uint32_t)pae_index[below(4)] << 21 |
		       (uint32_t)pae_index[below(4)] << 12;
	return (uint32_t)index_32[0][below(4)] << 22 | (uint32_t)index_32[1][below(4)] << 12;
}

/** A flush that reaches @linear. */
static void flush_add(uint32_t linear)
{
	switch (below(3)) {
	case 0:
		op_add(MODE_INVLPG, linear, 0);
		return;
	case 1:
		if (!run.globals) {
			op_add(MODE_CR3, root_address(run.root), 0);
			break;
		}
		/* fall through */
	default:
		op_add(MODE_CR4, run.cr4 ^ CR4_PGE, 0);
		op_add(MODE_CR4, run.cr4, 0);
	}
	run.stale = false;
}

static void access_add(void)
{
	static const uint32_t types[] = {MODE_READ,   MODE_READ,    MODE_CALL, MODE_WRITE,
					 MODE_WRITE8, MODE_WRITE16, MODE_XCHG, MODE_STOS};
	uint32_t linear = linear_make(), type = types[below(8)];
	unsigned level;
	uint32_t offset = type == MODE_CALL ? CODE_AT : word_address(0, &level);

	if (run.stale)
		flush_add(linear);
	/* What is written may be an entry: of level 1, which makes sense at level 2 too. */
	if (run.root != KERNEL_ROOT && one_in(2))
		type |= MODE_USER;
	else if (one_in(3))
		type |= MODE_AC;
	op_add(type, linear + offset, entry_word(offset, 1) & ~(uint32_t)PTE_PS);
	run.stale = run.stale || ((type & 0xff) != MODE_READ && (type & 0xff) != MODE_CALL);
}

static void control_add(void)
{
	switch (below(4)) {
	case 0:
		run.cr0 ^= CR0_WP;
		op_add(MODE_CR0, run.cr0, 0);
		return;
	case 1:
		if (run.root == KERNEL_ROOT) {
			run.cr4 ^= run.smap && one_in(2) ? CR4_SMAP : CR4_SMEP;
			op_add(MODE_CR4, run.cr4, 0);
			return;
		}
		/* fall through */
	case 2:
		run.cr4 ^= CR4_PGE;
		op_add(MODE_CR4, run.cr4, 0);
		return;
	default:
		run.cr4 &= ~(uint32_t)(CR4_SMAP | CR4_SMEP);
		op_add(MODE_CR4, run.cr4, 0);
		run.root = below(ROOTS);
		op_add(MODE_CR3, root_address(run.root), 0);
		run.stale = true; /* globals of the root before */
	}
}

/* ---- seeds ----------------------------------------------------------------------------------- */

/** The guest's own memory at its own address: for the user too, but in the kernel's root. */
static void identity_make(void)
{
	for (uint32_t at = 0; at < MEMORY_END; at += 1u << 21)
		for (unsigned user = 0; user < 2; user++)
			identity_pd[user][at >> 21] =
			    at | PTE_P | PTE_W | PTE_PS | PTE_A | PTE_D | (user ? PTE_U : 0);
	for (unsigned root = 0; root < ROOTS; root++) {
		uint32_t user = root == KERNEL_ROOT ? 0 : PTE_U;

		pdpt[root][0] = address_of(identity_pd[user != 0]) | PTE_P;
		for (unsigned i = 1; i < 4; i++)
			pdpt[root][i] = arena_page() | (one_in(8) ? 0 : PTE_P);
		for (uint32_t at = 0; at < MEMORY_END; at += 1u << 22)
			root_32[root][at >> 22] =
			    at | PTE_P | PTE_W | PTE_PS | PTE_A | PTE_D | user;
		for (unsigned i = 0; i < 4; i++)
			root_32[root][index_32[0][i]] = entry_low_2();
	}
}

static volatile uint32_t *word_at(uint32_t address)
{
	return (volatile uint32_t *)(uintptr_t)address;
}

/** The words that are used, in all that large pages lead to; entries in the arena. */
static void arena_make(void)
{
	for (uint32_t page = ARENA; page < ARENA_END; page += 4096) {
		bool used = page < ARENA + ARENA_PAGES * 4096;

		for (unsigned i = 0; i < 4; i++) {
			uint32_t at = page + (run.pae ? pae_index[i] * 8u : index_32[1][i] * 4u);

			*word_at(at) = !used		      ? 0
				       : run.pae && one_in(2) ? entry_low_2()
							      : entry_low();
			if (run.pae)
				*word_at(at + 4) = used ? entry_high() : 0;
		}
	}
}

static void seed_begin(uint64_t seed, bool smap)
{
	run.random = seed * 0x2545f4914f6cdd1dul + 1;
	run.pae = one_in(2);
	run.globals = one_in(2);
	run.smap = smap;
	run.stale = false;
	run.root = 0;
	run.cr0 = CR0_ON | CR0_WP;
	run.cr4 = run.pae ? (uint32_t)CR4_PAE : CR4_PSE;
	run.efer = run.pae && !one_in(4) ? EFER_NXE : 0;
	run.count = 0;
	identity_make();
	arena_make();
}

/** A seed's digest: outcomes, then all of the tables as they are left. */
static uint64_t seed_run(uint64_t steps, bool show)
{
	struct mode mode = {
	    .cr0 = run.cr0, .cr3 = root_address(0), .cr4 = run.cr4, .efer = run.efer, .op = run.op};
	uint64_t digest = DIGEST_START;

	while (run.count + 8 < steps) {
		unsigned what = below(16);

		if (what == 0)
			control_add();
		else if (what < 6)
			edit_add();
		else
			access_add();
	}
	mode.count = run.count;
	mode_run(&mode);
	for (unsigned i = 0; i < run.count; i++) {
		const struct mode_op *op = &run.op[i];

		if (op->vector == 14)
			faults[op->error % 32]++;
		digest = digest_add(digest, op->vector | (uint64_t)op->value << 32);
		digest = digest_add(digest, op->error | (uint64_t)op->cr2 << 32);
		if (show)
			printf("%u: type %x address %x value %x vector %u error %x cr2 %x\n", i,
			       op->type, op->address, op->value, op->vector, op->error, op->cr2);
	}
	for (uint32_t at = ARENA; at < ARENA + ARENA_PAGES * 4096; at += 4)
		digest = digest_add(digest, *word_at(at));
	for (unsigned root = 0; root < ROOTS; root++)
		for (unsigned i = 0; i < 1024; i++)
			digest = digest_add(digest, root_32[root][i]);
	return digest;
}

int main(void)
{
	uint64_t seeds, steps, first = machine.boot->seed;

	if (!args_check("modes_random", "seeds steps show smap"))
		return 2;
	seeds = args_number("seeds", 100, 1);
	steps = args_number("steps", 100, 1);
	if (steps > STEPS_MAX || machine.boot->free_start > ARENA ||
	    machine.boot->memory_bytes < MEMORY_END) {
		printf("modes_random: at most %u steps, in 64 MiB\n", STEPS_MAX);
		return 2;
	}
	mode_init();
	for (uint32_t page = ARENA; page < ARENA_END; page += 4096)
		*word_at(page + CODE_AT) = CODE_RET;
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		seed_begin(seed, args_number("smap", 1, 0));
		printf("seed %lu %s digest %lx\n", seed, run.pae ? "pae" : "32",
		       seed_run(steps, args_number("show", 0, 0)));
	}
	for (unsigned code = 0; code < 32; code++)
		if (faults[code])
			printf("faults with error code %x: %u\n", code, faults[code]);
	return 0;
}
