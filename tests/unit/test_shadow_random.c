/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow paging against the architecture: a random guest edits its tables, flushes as an operating
 * system must, changes modes, and accesses memory in every way. Each access must do to the shadow's
 * processor what it does to the twin: the same fault, the same address, the same data, the same
 * accessed and dirty bits.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fake/machine.h"
#include "tests/unit/shadow_model.h"

#define STEPS 160

/* The guest's kernel: two roots, and an identity map of all memory by 2 MiB pages below the first
 * entry of each; in 32-bit paging, where large pages come and go, by two tables. */
enum { ROOT_A = 0x5000, ROOT_B = 0x6000, KERNEL_PDPT = 0x7000, KERNEL_PD = 0x8000 };

/* Frames for tables, near each other and near data; and of which level, by format. */
static const uint64_t frame[8] = {0x1000,   0x400000, 0x2000,	0x200000,
				  0x201000, 0x9000,   0x401000, 0xa000};
static const unsigned frame_levels[3][8] = {
    [WALK_LONG] = {3, 3, 2, 2, 1, 1, 1, 1},
    [WALK_PAE] = {2, 2, 2, 2, 1, 1, 1, 1},
    [WALK_32] = {1, 1, 1, 1, 1, 1, 1, 1},
};
/* The level of the roots' entries that are edited. A root of PAE's is no table: its entries are loaded. */
static const unsigned root_levels[3] = {4, 3, 2};

static struct run {
	uint64_t random;
	enum walk_format format;
	unsigned root_entries; /* of each root, from the second on */
	bool globals;	       /* this guest uses global pages */
	bool switches;	       /* and turns paging off at times */
	bool stale;	       /* tables have changed in ways that need a flush */
	unsigned seed, step;
	char wrong[200];
} run;

/* The addresses that are used: below the roots' second entry on, and then few entries of each table. In 32-bit paging
 * those on both sides of where the shadow's tables end. */
#define PAGES 12
static const unsigned indexes_32[2][4] = {{0, 511, 512, 1023}, {256, 257, 511, 512}};

static uint64_t page_gla(unsigned page)
{
	unsigned low = page % 3, middle = page / 3 % 2, high = page / 6;

	if (run.format == WALK_LONG)
		return 1ull << 39 | (uint64_t)high << 30 | (uint64_t)middle << 21 |
		       (uint64_t)low << 12;
	if (run.format == WALK_PAE)
		return (1ull + high) << 30 | (uint64_t)middle << 21 | (uint64_t)low << 12;
	return (uint64_t)indexes_32[1][page / 3] << 22 | (uint64_t)indexes_32[0][low] << 12;
}

/** Which of a table's entries is the @number-th (0 to 2) that is used. */
static unsigned entry_index(unsigned level, unsigned number)
{
	return run.format == WALK_32 ? indexes_32[level - 1][number] : number;
}

/* ---- random choices ---- */

/** xorshift64* (Vigna 2016). */
static uint64_t random_bits(void)
{
	run.random ^= run.random >> 12;
	run.random ^= run.random << 25;
	run.random ^= run.random >> 27;
	return run.random * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned limit)
{
	return (random_bits() >> 33) % limit;
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

static uint64_t some(unsigned percent, uint64_t bits)
{
	return chance(percent) ? bits : 0;
}

static uint64_t random_page(void)
{
	switch (below(4)) {
	case 0:
		return frame[below(8)];
	case 1:
		return 0x9000 + below(4) * PAGE_SIZE;
	default:
		return 0x9000 + (uint64_t)below(MODEL_BYTES / PAGE_SIZE - 9) * PAGE_SIZE;
	}
}

/** Another entry's frame, for an entry of @level. */
static uint64_t random_table(unsigned level)
{
	unsigned at;

	do
		at = below(8);
	while (frame_levels[run.format][at] != level - 1);
	return frame[at];
}

/** An entry of 32-bit paging. */
static uint64_t random_entry_32(unsigned level)
{
	uint64_t entry = some(85, PTE_P) | some(75, PTE_W) | some(75, PTE_U) | some(40, PTE_A) |
			 some(40, PTE_D) | some(10, 1ull << 9) | some(5, 3ull << 3);

	if (run.globals)
		entry |= some(30, PTE_G);
	if (level == 2 && chance(30))
		return entry | PTE_PS | (uint64_t)below(MODEL_BYTES >> 22) << 22 |
		       some(5, 1ull << (12 + below(10)));
	if (level == 2 && chance(85))
		return entry | random_table(2);
	return entry | (chance(96) ? random_page() : MODEL_BYTES << below(3));
}

/** An entry for a table of @level, mostly sensible. */
static uint64_t random_entry(unsigned level)
{
	uint64_t entry;

	if (run.format == WALK_32)
		return random_entry_32(level);
	entry = some(85, PTE_P) | some(75, PTE_W) | some(75, PTE_U) | some(15, PTE_NX) |
		some(40, PTE_A) | some(40, PTE_D) | some(10, 1ull << 9) | some(5, 1ull << 53) |
		some(5, 3ull << 3) | some(2, 1ull << (MODEL_MAXPHYADDR + below(12)));

	if (run.globals)
		entry |= some(30, PTE_G);
	if (level > 1 && chance(25)) {
		entry |= PTE_PS | (uint64_t)below(MODEL_BYTES >> LARGE_SHIFT)
				      << (level == 2 ? LARGE_SHIFT : 30);
		return entry | some(5, 1ull << (12 + below(3)));
	}
	if (level > 1 && chance(85))
		return entry | random_table(level);
	return entry | (chance(96) ? random_page() : MODEL_BYTES << below(3));
}

/** An entry of a root. */
static uint64_t random_root_entry(void)
{
	uint64_t entry = frame[below(2)] | some(90, PTE_P);

	if (run.format == WALK_PAE)
		return entry;
	if (run.format == WALK_32)
		return random_entry(2);
	return entry | some(80, PTE_W) | some(80, PTE_U) | some(10, PTE_NX);
}

/* ---- the guest's tables ---- */

static void both_write(uint64_t gpa, uint64_t value)
{
	fake_write(gpa, value);
	memcpy(&model_twin[gpa], &value, 8);
}

/** The map of all memory, below the roots' first entry. Again after paging was off: then it may have been written to. */
static void guest_kernel_make(void)
{
	const uint64_t kernel = PTE_P | PTE_W;
	uint64_t first = run.format == WALK_LONG ? KERNEL_PDPT | kernel : KERNEL_PD | PTE_P;

	if (run.format == WALK_32) {
		/* KERNEL_PDPT and KERNEL_PD are one table after the other: two entries a word */
		for (uint64_t i = 0; i < MODEL_BYTES >> PAGE_SHIFT; i += 2)
			both_write(KERNEL_PDPT + i * 4, (i << PAGE_SHIFT | kernel) |
							    ((i + 1) << PAGE_SHIFT | kernel) << 32);
		first = (KERNEL_PDPT | kernel) | (KERNEL_PD | kernel) << 32;
	} else {
		both_write(KERNEL_PDPT, KERNEL_PD | kernel);
		for (uint64_t i = 0; i < MODEL_BYTES >> LARGE_SHIFT; i++)
			both_write(KERNEL_PD + i * 8, i << LARGE_SHIFT | kernel | PTE_PS);
	}
	both_write(ROOT_A, first);
	both_write(ROOT_B, first);
	if (run.format != WALK_PAE)
		return;
	for (unsigned index = 1; index < 4; index++) {
		both_write(ROOT_A + index * 8, index < 3 ? random_root_entry() : 0);
		both_write(ROOT_B + index * 8, index < 3 ? random_root_entry() : 0);
	}
}

/** Write one entry of the format's width. */
static void entry_make(uint64_t gpa, uint64_t entry)
{
	uint64_t word;

	if (model_width() == 4) {
		memcpy(&word, &model_twin[gpa & ~7ull], 8);
		entry = gpa & 4 ? (uint32_t)word | entry << 32 : (word & ~0xffffffffull) | entry;
	}
	both_write(gpa & ~7ull, entry);
}

static void guest_make(void)
{
	guest_kernel_make();
	for (unsigned root = ROOT_A; root <= ROOT_B; root += PAGE_SIZE) {
		if (run.format == WALK_LONG)
			both_write(root + 8, frame[root == ROOT_B] | PTE_P | PTE_W | PTE_U);
		for (unsigned number = 0; run.format == WALK_32 && number < 4; number++)
			entry_make(root + indexes_32[1][number] * 4, random_entry(2));
	}
	for (unsigned at = 0; at < 8; at++) {
		unsigned level = frame_levels[run.format][at];

		for (unsigned number = 0; number < 3; number++)
			entry_make(frame[at] + entry_index(level, number) * model_width(),
				   random_entry(level));
	}
}

/* ---- the guest ---- */

static bool fail(const char *what, uint64_t gla, uint32_t access)
{
	snprintf(run.wrong, sizeof(run.wrong), "seed %u, step %u: gla %#lx, access %#x: %s",
		 run.seed, run.step, gla, access, what);
	return false;
}

/** The same access on both; false if they differ. */
static bool both_access(uint64_t gla, uint32_t access, uint64_t value)
{
	struct model_result want = model_twin_access(gla, access, value), got;
	const char *wrong = NULL;
	char text[120];

	got = model_shadow_access(gla, access, value, &wrong);
	if (wrong)
		return fail(wrong, gla, access);
	if (!memcmp(&want, &got, sizeof(want)))
		return true;
	snprintf(text, sizeof(text),
		 "wants kind %d code %#x gpa %#lx value %#lx, got %d %#x %#lx %#lx", want.kind,
		 want.error_code, want.gpa, want.value, got.kind, got.error_code, got.gpa,
		 got.value);
	return fail(text, gla, access);
}

static void flush_full(void)
{
	shadow_flush(&fake.vcpu, VTS_CAUSE_GUEST_INVPCID);
}

/** PAE's registers, from the guest's memory, where the flags that are reserved are never set. */
static void pdptes_load(void)
{
	if (walk_format(&fake.vcpu.paging) == WALK_PAE)
		memcpy(fake.vcpu.paging.pdpte, &model_twin[fake.vcpu.paging.cr3],
		       sizeof(fake.vcpu.paging.pdpte));
}

static void cr3_load(uint64_t cr3)
{
	bool hit;

	fake.vcpu.paging.cr3 = cr3;
	pdptes_load();
	shadow_cr3_load(&fake.vcpu, &hit);
	/* The guest's global pages differ from root to root: then it must flush those too. */
	if (run.globals)
		flush_full();
}

/**
 * INVLPG for each page; it drops all paging-structure caches as well. The TLB may hold pages that were not even
 * accessed since the last flush (SDM vol. 3, 4.10.2.3).
 */
static void flush_pages(void)
{
	unsigned first = below(PAGES);

	for (unsigned i = 0; i < PAGES; i++)
		shadow_invlpg(&fake.vcpu, page_gla((first + i) % PAGES));
}

/** Flush whatever the edits of tables require. */
static void flush_owed(void)
{
	if (!run.stale)
		return;
	run.stale = false;
	switch (below(3)) {
	case 0:
		cr3_load(fake.vcpu.paging.cr3);
		break;
	case 1:
		flush_full();
		break;
	default:
		flush_pages();
	}
}

/** Whether an entry may go from @old to @now with no flush: nothing that held is taken away (SDM
 * vol. 3, 4.10.4.3). */
static bool change_is_lazy(uint64_t old, uint64_t now)
{
	uint64_t gains = PTE_W | PTE_U | PTE_A | PTE_D;
	uint64_t ignored = 1ull << 9 | (run.format == WALK_LONG ? 1ull << 53 : 0);

	if (!(old & PTE_P))
		return true;
	return !((old ^ now) & ~(gains | PTE_NX | ignored)) && !(old & ~now & gains) &&
	       !(now & ~old & PTE_NX);
}

/** Write an entry, as a kernel does: through its map of all memory. */
static bool entry_edit(void)
{
	static const uint64_t flips[] = {PTE_P, PTE_W,	   PTE_U,  PTE_A,
					 PTE_D, 1ull << 9, PTE_NX, 1ull << 53};
	unsigned at = below(8), level = frame_levels[run.format][at], width = model_width();
	uint64_t gpa = frame[at] + entry_index(level, below(3)) * width, old = 0, now;
	bool root = chance(run.format == WALK_32 ? 50 : 10);

	if (root) {
		level = root_levels[run.format];
		at = run.format == WALK_32 ? indexes_32[1][below(4)] : 1 + below(run.root_entries);
		gpa = (chance(50) ? ROOT_A : ROOT_B) + at * width;
	}
	memcpy(&old, &model_twin[gpa], width);
	if (!(root && run.format == WALK_PAE) && chance(40))
		now = old ^ flips[below(run.format == WALK_32 ? 6 : 8)];
	else
		now = root ? random_root_entry() : random_entry(level);
	if (!change_is_lazy(old, now))
		run.stale = true;
	return both_access(gpa, PF_W | ACCESS_AC, now);
}

static bool page_access(void)
{
	static const uint32_t kinds[] = {0, PF_W, PF_ID, PF_U, PF_U | PF_W, PF_U | PF_ID};
	uint32_t access = kinds[below(6)];
	unsigned page = below(PAGES);

	if (!(access & PF_U))
		access |= some(40, ACCESS_AC);
	/* Whatever is written to may be a table: so what is written is an entry, and may need a
	 * flush. */
	run.stale = run.stale || access & PF_W;
	return both_access(page_gla(page) + below(4) * 8, access,
			   random_entry(1 + below(run.format == WALK_32 ? 2 : 3)));
}

/** With paging off, and then on again: a few accesses by physical address. */
static bool off_and_on(void)
{
	static const uint32_t kinds[] = {0, PF_W, PF_ID};
	struct guest_paging *paging = &fake.vcpu.paging, before = *paging;
	bool same = true;

	paging->cr0 &= ~CR0_PG;
	paging->efer &= ~EFER_LMA;
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR0);
	for (unsigned i = 0; i < 8 && same; i++) {
		uint64_t gpa = chance(50) ? frame[below(8)] : (uint64_t)below(MODEL_BYTES / 8) * 8;

		same = both_access(gpa + below(3) * 8, kinds[below(3)], random_entry(1));
	}
	if (chance(20))
		same =
		    same && both_access(MODEL_BYTES << below(9), 0, 0) && !shadow_check(&fake.vcpu);
	paging->cr0 = before.cr0;
	paging->efer = before.efer;
	guest_kernel_make();
	pdptes_load();
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR0);
	run.stale = false;
	return same;
}

static void mode_change(void)
{
	static const uint64_t cr4_bits[] = {CR4_SMEP, CR4_SMAP, CR4_PSE};
	struct guest_paging *paging = &fake.vcpu.paging;
	enum vts_flush_cause cause = VTS_CAUSE_GUEST_CR4;

	switch (below(5)) {
	case 0:
		paging->cr0 ^= CR0_WP;
		cause = VTS_CAUSE_GUEST_CR0;
		break;
	case 1:
		paging->efer ^= EFER_NXE;
		cause = VTS_CAUSE_GUEST_EFER;
		break;
	default:
		paging->cr4 ^= cr4_bits[below(3)];
	}
	pdptes_load();
	shadow_mode_load(&fake.vcpu, cause);
	run.stale = false;
}

static bool step(void)
{
	unsigned what = below(100);

	if (what < 45) {
		flush_owed();
		return page_access();
	}
	if (what < 80)
		return entry_edit();
	if (what < 88)
		cr3_load(chance(30) ? ROOT_B : ROOT_A);
	else if (what < 92)
		shadow_invlpg(&fake.vcpu, page_gla(below(PAGES)));
	else if (what < 95)
		shadow_unprotect(&fake.vcpu, frame[below(8)], run.step);
	else if (run.switches && chance(40))
		return off_and_on();
	else
		mode_change();
	return true;
}

/** Both memories are the same, what was never touched being 0. */
static bool memory_same(void)
{
	for (uint64_t gpa = 0; gpa < MODEL_BYTES; gpa += PAGE_SIZE) {
		static const uint8_t untouched[PAGE_SIZE];
		uint64_t hpa = guest_memory_find(&fake.vm.memory, gpa);

		if (memcmp(hpa ? platform_virt(hpa) : untouched, &model_twin[gpa], PAGE_SIZE))
			return fail("memory differs", gpa, 0);
	}
	return true;
}

static bool state_same(void)
{
	const char *wrong = shadow_check(&fake.vcpu);

	return wrong ? fail(wrong, 0, 0) : memory_same();
}

/* ---- the runs ---- */

/** One guest's life. False: run.wrong says what went wrong. */
static bool run_seed(unsigned seed, enum walk_format format, enum vts_flush_cause ignored)
{
	static const struct guest_paging paging[] = {
	    [WALK_LONG] = {.cr0 = CR0_PG | CR0_WP, .cr4 = CR4_PAE, .efer = EFER_LMA | EFER_NXE},
	    [WALK_PAE] = {.cr0 = CR0_PG | CR0_WP, .cr4 = CR4_PAE, .efer = EFER_NXE},
	    [WALK_32] = {.cr0 = CR0_PG | CR0_WP, .cr4 = CR4_PSE},
	};

	run = (struct run){
	    .random = (seed + 1) * 0x9e3779b97f4a7c15ull, .format = format, .seed = seed};
	run.globals = chance(40);
	run.switches = chance(30);
	run.root_entries = format == WALK_PAE ? 2 : 1;
	fake_start(MODEL_BYTES, chance(50));
	/* A small pool is used up again and again. */
	cr_assert(shadow_create(&fake.vcpu, MODEL_MAXPHYADDR, chance(40) ? 15 + below(10) : 256) !=
		  NULL);
	fake.vcpu.paging = paging[format];
	fake.vcpu.paging.cr3 = ROOT_A;
	model_start();
	fake.tlb.ignored = ignored;
	guest_make();
	pdptes_load();
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_VM_START);
	for (run.step = 0; run.step < STEPS; run.step++)
		if (!step() || (run.step % 16 == 15 && !state_same()))
			return false;
	return state_same();
}

/** Every outcome but the rarest, and every reason to zap, or these guests prove little. */
static void expect_everything(enum walk_format format)
{
	struct shadow_counters sum = {0};

	for (unsigned seed = 0; seed < 300; seed++) {
		cr_assert(run_seed(seed, format, 0), "%s", run.wrong);
		for (unsigned i = 0; i < 8; i++)
			sum.zaps[i] += shadow_counters(&fake.vcpu)->zaps[i];
		sum.root_hits += shadow_counters(&fake.vcpu)->root_hits;
	}
	for (unsigned how = VTS_SHADOW_FAULT_TRUE_FAULT; how <= VTS_SHADOW_FAULT_EMULATED; how++)
		if (how != VTS_SHADOW_FAULT_MMIO && how != VTS_SHADOW_FAULT_NO_MEMORY &&
		    how != VTS_SHADOW_FAULT_SPURIOUS)
			cr_expect(model_faults[how] > 0, "no fault was resolved as %u", how);
	for (unsigned cause = VTS_SHADOW_ZAP_PT_WRITE; cause <= VTS_SHADOW_ZAP_SPLIT; cause++)
		cr_expect(sum.zaps[cause] > 0, "no zap of cause %u", cause);
	cr_expect(sum.root_hits > 0);
}

Test(shadow_random, everything_happens_long)
{
	expect_everything(WALK_LONG);
}
Test(shadow_random, everything_happens_pae)
{
	expect_everything(WALK_PAE);
}
Test(shadow_random, everything_happens_32)
{
	expect_everything(WALK_32);
}

static void run_seeds(enum walk_format format, unsigned first, unsigned count)
{
	for (unsigned seed = first; seed < first + count; seed++)
		cr_assert(run_seed(seed, format, 0), "%s", run.wrong);
}

/* In parts, as tests run side by side. */
Test(shadow_random, guests_long_0)
{
	run_seeds(WALK_LONG, 0, 1000);
}
Test(shadow_random, guests_long_1)
{
	run_seeds(WALK_LONG, 1000, 1000);
}
Test(shadow_random, guests_pae)
{
	run_seeds(WALK_PAE, 0, 800);
}
Test(shadow_random, guests_32)
{
	run_seeds(WALK_32, 0, 800);
}

/** Forgetting the flushes of one cause must show: so each is needed, and this test would see one
 * that is missing. */
static void expect_needed(enum vts_flush_cause cause)
{
	for (unsigned seed = 0; seed < 3000; seed++)
		if (!run_seed(seed, WALK_LONG + seed % 3, cause))
			return;
	cr_assert_fail("no flush of cause %u was needed", cause);
}

Test(shadow_random, flush_needed_when_a_frame_becomes_a_table)
{
	expect_needed(VTS_CAUSE_SHADOW_PROTECT);
}
Test(shadow_random, flush_needed_when_a_shadow_page_is_used_again)
{
	expect_needed(VTS_CAUSE_SHADOW_ZAP);
}
Test(shadow_random, flush_needed_for_invlpg)
{
	expect_needed(VTS_CAUSE_GUEST_INVLPG);
}
Test(shadow_random, flush_needed_for_cr3)
{
	expect_needed(VTS_CAUSE_GUEST_CR3);
}
Test(shadow_random, flush_needed_for_cr0)
{
	expect_needed(VTS_CAUSE_GUEST_CR0);
}
Test(shadow_random, flush_needed_for_invpcid)
{
	expect_needed(VTS_CAUSE_GUEST_INVPCID);
}
