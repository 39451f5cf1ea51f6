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

#define STEPS	   160
#define MAXPHYADDR 40

/* The guest's kernel: two roots, and an identity map of all memory by 2 MiB pages below root entry
 * 0. */
enum { ROOT_A = 0x5000, ROOT_B = 0x6000, KERNEL_PDPT = 0x7000, KERNEL_PD = 0x8000 };

/* Frames for tables of level 3, 2 and 1, near each other and near data. */
static const uint64_t frame[8] = {0x1000,   0x400000, 0x2000,	0x200000,
				  0x201000, 0x9000,   0x401000, 0xa000};
static const unsigned frame_level[8] = {3, 3, 2, 2, 1, 1, 1, 1};

/* The addresses that are used: root entry 1, then indices 0..1, 0..1, 0..2. */
#define PAGES 12
static uint64_t page_gla(unsigned page)
{
	return 1ull << 39 | (uint64_t)(page / 6) << 30 | (uint64_t)(page / 3 % 2) << 21 |
	       (uint64_t)(page % 3) << 12;
}

static struct run {
	uint64_t random;
	bool globals; /* this guest uses global pages */
	bool stale;   /* tables have changed in ways that need a flush */
	unsigned seed, step;
	char wrong[200];
} run;

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

/** An entry for a table of @level, mostly sensible. */
static uint64_t random_entry(unsigned level)
{
	uint64_t entry = some(85, PTE_P) | some(75, PTE_W) | some(75, PTE_U) | some(15, PTE_NX) |
			 some(40, PTE_A) | some(40, PTE_D) | some(10, 1ull << 9) |
			 some(5, 1ull << 53) | some(5, 3ull << 3) |
			 some(2, 1ull << (MAXPHYADDR + below(12)));

	if (run.globals)
		entry |= some(30, PTE_G);
	if (level > 1 && chance(25)) {
		entry |= PTE_PS | (uint64_t)below(MODEL_BYTES >> LARGE_SHIFT)
				      << (level == 2 ? LARGE_SHIFT : 30);
		return entry | some(5, 1ull << (12 + below(3)));
	}
	if (level > 1 && chance(85)) {
		unsigned at;

		do
			at = below(8);
		while (frame_level[at] != level - 1);
		return entry | frame[at];
	}
	return entry | (chance(96) ? random_page() : MODEL_BYTES << below(3));
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

static void cr3_load(uint64_t cr3)
{
	bool hit;

	fake.vcpu.paging.cr3 = cr3;
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
	uint64_t gains = PTE_W | PTE_U | PTE_A | PTE_D, ignored = 1ull << 9 | 1ull << 53;

	if (!(old & PTE_P))
		return true;
	return !((old ^ now) & ~(gains | PTE_NX | ignored)) && !(old & ~now & gains) &&
	       !(now & ~old & PTE_NX);
}

/** Write an entry, as a kernel does: through its map of all memory. */
static bool entry_edit(void)
{
	unsigned at = below(8), index = below(3), level = frame_level[at];
	uint64_t gpa = frame[at] + index * 8, old, now;

	if (chance(10)) {
		gpa = (chance(50) ? ROOT_A : ROOT_B) + 8;
		level = 4;
	}
	memcpy(&old, &model_twin[gpa], 8);
	if (chance(40)) {
		static const uint64_t flips[] = {PTE_P, PTE_W,	PTE_U,	   PTE_A,
						 PTE_D, PTE_NX, 1ull << 9, 1ull << 53};

		now = old ^ flips[below(sizeof(flips) / sizeof(flips[0]))];
	} else if (level == 4) {
		now =
		    frame[below(2)] | PTE_P | some(80, PTE_W) | some(80, PTE_U) | some(10, PTE_NX);
	} else {
		now = random_entry(level);
	}
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
	return both_access(page_gla(page) + below(4) * 8, access, random_entry(1 + below(3)));
}

static void mode_change(void)
{
	static const uint64_t cr4_bits[] = {CR4_SMEP, CR4_SMAP};
	struct guest_paging *paging = &fake.vcpu.paging;
	enum vts_flush_cause cause = VTS_CAUSE_GUEST_CR4;

	switch (below(4)) {
	case 0:
		paging->cr0 ^= CR0_WP;
		cause = VTS_CAUSE_GUEST_CR0;
		break;
	case 1:
		paging->efer ^= EFER_NXE;
		cause = VTS_CAUSE_GUEST_EFER;
		break;
	default:
		paging->cr4 ^= cr4_bits[below(2)];
	}
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

static void both_write(uint64_t gpa, uint64_t value)
{
	fake_write(gpa, value);
	memcpy(&model_twin[gpa], &value, 8);
}

static void guest_make(void)
{
	const uint64_t kernel = PTE_P | PTE_W;

	both_write(ROOT_A, KERNEL_PDPT | kernel);
	both_write(ROOT_B, KERNEL_PDPT | kernel);
	both_write(KERNEL_PDPT, KERNEL_PD | kernel);
	for (uint64_t i = 0; i < MODEL_BYTES >> LARGE_SHIFT; i++)
		both_write(KERNEL_PD + i * 8, i << LARGE_SHIFT | kernel | PTE_PS);
	for (unsigned root = ROOT_A; root <= ROOT_B; root += PAGE_SIZE)
		both_write(root + 8, frame[root == ROOT_B] | PTE_P | PTE_W | PTE_U);
	for (unsigned at = 0; at < 8; at++)
		for (unsigned index = 0; index < 3; index++)
			both_write(frame[at] + index * 8, random_entry(frame_level[at]));
}

/** One guest's life. False: run.wrong says what went wrong. */
static bool run_seed(unsigned seed, enum vts_flush_cause ignored)
{
	run = (struct run){.random = (seed + 1) * 0x9e3779b97f4a7c15ull, .seed = seed};
	run.globals = chance(40);
	fake_start(MODEL_BYTES, chance(50));
	/* A small pool is used up again and again. */
	cr_assert(shadow_create(&fake.vcpu, MAXPHYADDR, chance(40) ? 14 + below(10) : 256) != NULL);
	model_start();
	fake.tlb.ignored = ignored;
	fake.vcpu.paging = (struct guest_paging){.cr0 = CR0_WP, .cr3 = ROOT_A, .efer = EFER_NXE};
	guest_make();
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_VM_START);
	for (run.step = 0; run.step < STEPS; run.step++)
		if (!step() || (run.step % 16 == 15 && !state_same()))
			return false;
	return state_same();
}

/** Every outcome but the rarest, and every reason to zap, or these guests prove little. */
Test(shadow_random, everything_happens)
{
	struct shadow_counters sum = {0};

	for (unsigned seed = 0; seed < 300; seed++) {
		cr_assert(run_seed(seed, 0), "%s", run.wrong);
		for (unsigned i = 0; i < 16; i++)
			sum.faults[i] += shadow_counters(&fake.vcpu)->faults[i];
		for (unsigned i = 0; i < 8; i++)
			sum.zaps[i] += shadow_counters(&fake.vcpu)->zaps[i];
		sum.root_hits += shadow_counters(&fake.vcpu)->root_hits;
	}
	for (unsigned how = VTS_SHADOW_FAULT_TRUE_FAULT; how <= VTS_SHADOW_FAULT_EMULATED; how++)
		if (how != VTS_SHADOW_FAULT_MMIO && how != VTS_SHADOW_FAULT_NO_MEMORY &&
		    how != VTS_SHADOW_FAULT_SPURIOUS)
			cr_expect(sum.faults[how] > 0, "no fault was resolved as %u", how);
	for (unsigned cause = VTS_SHADOW_ZAP_PT_WRITE; cause <= VTS_SHADOW_ZAP_SPLIT; cause++)
		cr_expect(sum.zaps[cause] > 0, "no zap of cause %u", cause);
	cr_expect(sum.root_hits > 0);
}

static void run_seeds(unsigned first, unsigned count)
{
	for (unsigned seed = first; seed < first + count; seed++)
		cr_assert(run_seed(seed, 0), "%s", run.wrong);
}

/* In parts, as tests run side by side. */
Test(shadow_random, guests_0)
{
	run_seeds(0, 1000);
}
Test(shadow_random, guests_1)
{
	run_seeds(1000, 1000);
}
Test(shadow_random, guests_2)
{
	run_seeds(2000, 1000);
}

/** Forgetting the flushes of one cause must show: so each is needed, and this test would see one
 * that is missing. */
static void expect_needed(enum vts_flush_cause cause)
{
	for (unsigned seed = 0; seed < 3000; seed++)
		if (!run_seed(seed, cause))
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
