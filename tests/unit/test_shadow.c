/* SPDX-License-Identifier: GPL-2.0-only */
/* Shadow paging, step by step: each outcome, each zap, each flush, and what is counted and
 * recorded. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core-vmm/memory/shadow_page.h"
#include "tests/unit/fake/machine.h"

#define BYTES	   (16ul << 20)
#define MAXPHYADDR 40

/* Two roots; root entry 0 maps all memory by 2 MiB pages, for the supervisor; entry 1 leads to PT. */
enum { ROOT = 0x1000, ROOT_2 = 0x2000, PDPT_0 = 0x3000, PD_0 = 0x4000 };
enum { PDPT = 0x5000, PD = 0x6000, PT = 0x7000, PD_2 = 0x8000 };
enum { DATA = 0x400000, CHUNK = 0x600000 };
#define WINDOW	(1ull << 39)
#define KERNEL	(PTE_P | PTE_W)
#define USER	(PTE_P | PTE_W | PTE_U)
#define PAGE(n) (WINDOW + (uint64_t)(n)*PAGE_SIZE)

static struct shadow *shadow;
static struct shadow_fault out;

static void tables_make(void)
{
	for (unsigned root = ROOT; root <= ROOT_2; root += PAGE_SIZE) {
		fake_write(root, PDPT_0 | KERNEL);
		fake_write(root + 8, PDPT | USER);
	}
	fake_write(PDPT_0, PD_0 | KERNEL);
	for (uint64_t i = 0; i < BYTES >> LARGE_SHIFT; i++)
		fake_write(PD_0 + i * 8, i << LARGE_SHIFT | KERNEL | PTE_PS);
	fake_write(PDPT, PD | USER);
	fake_write(PD, PT | USER);
	for (uint64_t i = 0; i < 256; i++)
		fake_write(PT + i * 8, (DATA + i * PAGE_SIZE) | USER);
}

static void start_with(bool large, unsigned pages)
{
	fake_start(BYTES, large);
	shadow = shadow_create(&fake.vcpu, MAXPHYADDR, pages);
	cr_assert(ne(ptr, shadow, NULL));
	fake.vcpu.paging = (struct guest_paging){
	    .cr0 = CR0_WP, .cr3 = ROOT, .cr4 = CR4_PAE, .efer = EFER_LMA | EFER_NXE};
	tables_make();
	cr_assert(ne(u64, shadow_mode_load(&fake.vcpu, VTS_CAUSE_VM_START), 0));
}

static void setup(void)
{
	start_with(true, 128);
}

static void check(void)
{
	const char *wrong = shadow_check(&fake.vcpu);

	cr_assert(eq(ptr, (void *)wrong, NULL), "%s", wrong);
}

static enum vts_how fault(uint64_t gla, uint32_t access)
{
	enum vts_how how = shadow_fault(&fake.vcpu, gla, access, &out);

	check();
	return how;
}

static void table_write(uint64_t gpa, uint64_t value)
{
	cr_assert(zero(int, shadow_write(&fake.vcpu, gpa, &value, 8)));
	check();
}

static unsigned flushes(enum vts_flush_cause cause)
{
	return fake.tlb.by_cause[cause];
}

/** The last record. */
static const struct vts_event *last_record(void)
{
	return fake.vcpu.ring.next - 1;
}

static void expect_zap(enum vts_how cause, uint64_t gpa, uint64_t entries, uint64_t level)
{
	const struct vts_event *event = last_record();

	cr_assert(eq(u32, event->kind, VTS_KIND_SHADOW_ZAP));
	cr_expect(eq(u32, event->how, cause));
	cr_expect(eq(u64, event->shadow_zap.gpa, gpa));
	cr_expect(eq(u64, event->shadow_zap.entries, entries));
	cr_expect(eq(u64, event->shadow_zap.level, level));
}

TestSuite(shadow, .init = setup);

/* ---- faults ---- */

Test(shadow, a_true_fault_is_the_guests)
{
	cr_expect(eq(int, fault(PAGE(300), PF_W | PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
	cr_expect(eq(u32, out.error_code, PF_W | PF_U));
	cr_expect(eq(u64, out.size, 0));
	cr_expect(eq(int, fault(DATA, PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
	cr_expect(eq(u32, out.error_code, PF_P | PF_U));
}

Test(shadow, a_read_fills_and_the_first_write_is_seen)
{
	cr_expect(eq(int, fault(PAGE(1) + 5, PF_U), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(u64, out.gpa, DATA + PAGE_SIZE + 5));
	cr_expect(eq(u64, out.size, PAGE_SIZE));
	cr_expect(eq(u64, fake_read(PT + 8) & (PTE_A | PTE_D), PTE_A));
	cr_expect(eq(int, fault(PAGE(1), PF_P | PF_U | PF_W), VTS_SHADOW_FAULT_DIRTY));
	cr_expect(eq(u64, fake_read(PT + 8) & (PTE_A | PTE_D), PTE_A | PTE_D));
	cr_expect(eq(int, fault(PAGE(2), PF_U | PF_W), VTS_SHADOW_FAULT_FILL));
}

Test(shadow, a_fault_that_nothing_explains_is_spurious_and_needs_no_flush)
{
	fault(PAGE(1), PF_U);
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_SPURIOUS));
	cr_expect(eq(u32, flushes(VTS_CAUSE_TRUE_FAULT), 0));
}

Test(shadow, large_pages_stay_large)
{
	cr_expect(eq(int, fault(CHUNK + 0x12345, 0), VTS_SHADOW_FAULT_FILL_LARGE));
	cr_expect(eq(u64, out.gpa, CHUNK + 0x12345));
	cr_expect(eq(u64, out.size, LARGE_SIZE));
	cr_expect(eq(int, fault(CHUNK, PF_P | PF_W), VTS_SHADOW_FAULT_DIRTY));
	/* but not where page tables are */
	cr_expect(eq(int, fault(0x9000, 0), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(u64, out.size, PAGE_SIZE));
}

Test(shadow, large_pages_in_small_memory)
{
	start_with(false, 128);
	cr_expect(eq(int, fault(CHUNK, 0), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(u64, out.size, PAGE_SIZE));
	cr_expect(eq(u64, fake_read(PD_0 + (CHUNK >> LARGE_SHIFT) * 8) & PTE_D, 0));
	cr_expect(eq(int, fault(CHUNK, PF_P | PF_W), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(u64, fake_read(PD_0 + (CHUNK >> LARGE_SHIFT) * 8) & PTE_D, PTE_D));
}

Test(shadow, outside_guest_memory)
{
	table_write(PT, (BYTES + 0x3000) | USER);
	cr_expect(eq(int, fault(PAGE(0) + 8, 0), VTS_SHADOW_FAULT_OUTSIDE));
	cr_expect(eq(u64, out.gpa, BYTES + 0x3008));
	table_write(PD, (BYTES + 0x5000) | USER);
	cr_expect(eq(int, fault(PAGE(0), 0), VTS_SHADOW_FAULT_OUTSIDE));
	cr_expect(eq(u64, out.gpa, BYTES + 0x5000));
}

Test(shadow, a_root_outside_guest_memory)
{
	bool hit;

	fault(PAGE(1), PF_U);
	fake.vcpu.paging.cr3 = BYTES + 0x7000;
	cr_expect(ne(u64, shadow_cr3_load(&fake.vcpu, &hit), 0));
	check();
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_OUTSIDE));
	cr_expect(eq(u64, out.gpa, BYTES + 0x7000));
	fake.vcpu.paging.cr3 = ROOT;
	shadow_cr3_load(&fake.vcpu, &hit);
	cr_expect(hit);
	check();
}

/* ---- writes to page tables ---- */

Test(shadow, a_write_to_a_table_is_the_interpreters)
{
	fault(PAGE(1), PF_U);
	cr_expect(eq(int, fault(PD, PF_W), VTS_SHADOW_FAULT_PT_WRITE), "not yet mapped");
	cr_expect(eq(u64, out.gpa, PD));
	fault(PD, 0);
	cr_expect(eq(int, fault(PD, PF_P | PF_W), VTS_SHADOW_FAULT_PT_WRITE), "mapped");
	cr_expect(eq(u64, out.gpa, PD));
	table_write(PD, 0);
	expect_zap(VTS_SHADOW_ZAP_PT_WRITE, PD, 1, 2);
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
}

/* ---- tables out of step ---- */

static void cr3_again(void)
{
	bool hit;

	shadow_cr3_load(&fake.vcpu, &hit);
	check();
}

Test(shadow, the_lowest_table_may_be_written_until_the_guest_flushes)
{
	fault(PAGE(1), PF_U);
	fault(PAGE(2), PF_U);
	fault(PT, 0);
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_UNSYNC));
	cr_expect(eq(u64, out.gpa, PT + 8));
	/* the guest writes, and nothing sees it */
	fake_write(PT + 8, (DATA + 0x5000) | USER);
	fake_write(PT + 16, 0);
	check();
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_FILL), "a fault sees it");
	cr_expect(eq(u64, out.gpa, DATA + 0x5000));
	fake_write(PT + 8, (DATA + 0x6000) | USER);
	shadow_invlpg(&fake.vcpu, PAGE(1));
	check();
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_FILL), "INVLPG sees it");
	cr_expect(eq(u64, out.gpa, DATA + 0x6000));
	cr3_again();
	cr_expect(eq(int, fault(PAGE(2), PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
}

Test(shadow, a_table_that_did_not_change_is_traced_again)
{
	fault(PAGE(1), PF_U);
	fault(PT, 0);
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_UNSYNC));
	fake.tlb.by_cause[VTS_CAUSE_GUEST_CR3] = 0;
	cr3_again();
	expect_zap(VTS_SHADOW_ZAP_WRITE_PROTECT, PT, 1, 1);
	cr_expect(eq(u32, flushes(VTS_CAUSE_GUEST_CR3), 1));
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_UNSYNC));
}

Test(shadow, a_table_that_changes_and_is_not_used_is_none_any_more)
{
	fault(PAGE(1), PF_U);
	fault(PT, 0);
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_UNSYNC));
	for (uint64_t i = 0; i < 8; i++) {
		fake_write(PT + 0x800, i + 1);
		cr3_again();
	}
	cr_expect(gt(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_UNPROTECT], 0));
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_SPURIOUS));
}

Test(shadow, a_table_that_nothing_led_to_is_in_step_when_something_does_again)
{
	uint64_t pde = fake_read(PD);

	fault(PAGE(1), PF_U);
	fault(PT, 0);
	fault(PT + 8, PF_P | PF_W);
	table_write(PD, 0);
	fake_write(PT + 8, 0);
	shadow_invlpg(&fake.vcpu, PAGE(1));
	table_write(PD, pde);
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
	fault(PAGE(2), PF_U);
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
}

Test(shadow, a_table_of_two_levels_is_never_out_of_step)
{
	fault(PAGE(1), PF_U);
	fault(PT, 0);
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_UNSYNC));
	/* now it is a page directory, too */
	table_write(PDPT + 8, PT | USER);
	fake_write(DATA + 0x2000, DATA | USER);
	cr_expect(eq(int, fault(PAGE((1 << 18) + (2 << 9)), PF_U), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(int, fault(PT + 8, PF_P | PF_W), VTS_SHADOW_FAULT_PT_WRITE));
}

Test(shadow, only_changes_that_matter_zap)
{
	uint64_t entry;

	fault(PAGE(1), PF_U | PF_W);
	entry = fake_read(PT + 8);
	table_write(PT + 8, entry | 0xe00 | 1ull << 58);
	table_write(PT + 8, entry);
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_PT_WRITE], 0));
	table_write(PT + 8, entry & ~PTE_D);
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_PT_WRITE], 1));
	fault(PAGE(1), PF_U | PF_W);
	table_write(PT + 8, entry & ~PTE_A);
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_PT_WRITE], 2));
	/* where there was nothing, nothing is zapped */
	table_write(PT + 100 * 8, DATA | USER);
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_PT_WRITE], 2));
	cr_expect(eq(u32, fake.tlb.total,
		     flushes(VTS_CAUSE_VM_START) + flushes(VTS_CAUSE_SHADOW_PROTECT)));
}

Test(shadow, a_write_across_entries_zaps_each)
{
	uint32_t zero[4] = {0};

	for (unsigned i = 1; i < 5; i++)
		fault(PAGE(i), PF_U);
	cr_assert(zero(int, shadow_write(&fake.vcpu, PT + 12, zero, 16)));
	/* the first keeps its low half, and the high one was 0 before */
	expect_zap(VTS_SHADOW_ZAP_PT_WRITE, PT + 12, 2, 1);
	check();
	cr_expect(eq(int, fault(PAGE(2), PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
	cr_expect(eq(u64, fake_read(PT + 8) >> 32, 0));
	cr_expect(eq(u64, fake_read(PT + 32) & 0xffff, USER | PTE_A | 0x4000));
}

/* A device's data: over the end of one table, all of the next, and the start of what is none. */
Test(shadow, a_block_over_tables_zaps_what_it_changes)
{
	static const uint8_t zeros[PAGE_SIZE + 24];
	uint64_t last = fake_read(PD_2 + 8);

	for (unsigned i = 1; i < 5; i++)
		fault(PAGE(i), PF_U);
	cr_assert(zero(int, shadow_write_block(&fake.vcpu, PT - 12, zeros, sizeof(zeros))));
	check();
	for (unsigned i = 1; i < 5; i++)
		cr_expect(eq(int, fault(PAGE(i), PF_U), VTS_SHADOW_FAULT_TRUE_FAULT));
	cr_expect(eq(u64, fake_read(PT + PAGE_SIZE - 8), 0));
	cr_expect(eq(u64, fake_read(PD_2) | fake_read(PD_2 + 8), last & ~0xffffffffull));
	cr_expect(eq(int, shadow_write_block(&fake.vcpu, BYTES - 8, zeros, 16), -1));
	cr_expect(eq(int, shadow_write_block(&fake.vcpu, BYTES, zeros, 1), -1));
}

Test(shadow, a_frame_that_becomes_a_table_is_written_to_no_more)
{
	/* writable by a large page and by a small one */
	fault(CHUNK + 0x1000, PF_W);
	table_write(PT + 8, (CHUNK + 0x1000) | USER);
	fault(PAGE(1), PF_U | PF_W);
	fake.tlb.by_cause[VTS_CAUSE_SHADOW_PROTECT] = 0;
	table_write(PD + 8, (CHUNK + 0x1000) | USER);
	cr_expect(eq(u32, flushes(VTS_CAUSE_SHADOW_PROTECT), 0));
	fake_write(CHUNK + 0x1000, DATA | USER);
	fault(PAGE(512), PF_U);
	cr_expect(eq(u32, flushes(VTS_CAUSE_SHADOW_PROTECT), 1));
	expect_zap(VTS_SHADOW_ZAP_SPLIT, CHUNK, 1, 2);
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_WRITE_PROTECT], 1));
	cr_expect(eq(int, fault(PAGE(1), PF_P | PF_U | PF_W), VTS_SHADOW_FAULT_UNSYNC));
	cr_expect(eq(int, fault(CHUNK + 0x1000, PF_W), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(int, fault(CHUNK + 0x2000, PF_W), VTS_SHADOW_FAULT_FILL));
}

Test(shadow, a_stale_writable_translation_is_dropped_before_its_frame_is_a_table)
{
	table_write(PT + 8, CHUNK | USER);
	fault(PAGE(1), PF_U | PF_W);
	table_write(PT + 8, 0); /* and no INVLPG: the TLB may still hold it */
	fake_write(CHUNK, DATA | USER);
	table_write(PD + 8, CHUNK | USER);
	fake.tlb.by_cause[VTS_CAUSE_SHADOW_PROTECT] = 0;
	fault(PAGE(512), PF_U);
	cr_expect(eq(u32, flushes(VTS_CAUSE_SHADOW_PROTECT), 1));
}

Test(shadow, a_table_that_nothing_leads_to_is_given_up)
{
	fault(PAGE(1), PF_U | PF_W);
	fault(PD, 0);
	table_write(PDPT, 0);
	cr_expect(eq(int, fault(PD + 8, PF_P | PF_W), VTS_SHADOW_FAULT_UNPROTECT));
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_UNPROTECT], 1));
	cr_expect(eq(int, fault(PD + 8, PF_P | PF_W), VTS_SHADOW_FAULT_SPURIOUS));
}

Test(shadow, a_table_that_is_written_over_and_over_is_given_up)
{
	unsigned writes = 0;

	for (unsigned i = 0; i < 10; i++) {
		fake_write(PD + i * 8, PT | USER);
		fault(PAGE(512 * i), PF_U);
	}
	fault(PD, 0);
	while (fault(PD + 0x800, PF_P | PF_W) == VTS_SHADOW_FAULT_PT_WRITE) {
		table_write(PD + 0x800 + writes * 8, 0);
		cr_assert(lt(u32, ++writes, 100));
	}
	/* about as many as entries are lost */
	cr_expect(eq(u32, writes, 14));
	/* a use in between starts the count again */
	fault(PAGE(1), PF_U);
	cr_expect(eq(int, fault(PD + 8, PF_W), VTS_SHADOW_FAULT_PT_WRITE));
}

Test(shadow, unprotect_for_an_instruction_that_is_not_known)
{
	fault(PAGE(1), PF_U);
	cr_expect(shadow_unprotect(&fake.vcpu, PT, 0x1234));
	check();
	cr_expect(eq(int, fault(PT, PF_W), VTS_SHADOW_FAULT_FILL));
	cr_expect(not(shadow_unprotect(&fake.vcpu, PT, 0x1234)), "it is no table any more");
	cr_expect(not(shadow_unprotect(&fake.vcpu, ROOT + 8, 0x1234)), "the root in use");
}

Test(shadow, unprotect_does_not_go_on_for_ever)
{
	unsigned times = 0;

	do
		fault(PAGE(1), PF_U);
	while (shadow_unprotect(&fake.vcpu, PT, 0x1234) && ++times < 100000);
	cr_expect(lt(u32, times, 100000));
	fault(PAGE(1), PF_U);
	cr_expect(shadow_unprotect(&fake.vcpu, PT, 0x1236), "another instruction");
}

/* ---- roots and flushes ---- */

Test(shadow, roots_are_kept)
{
	uint64_t first = shadow_root(&fake.vcpu), second;
	bool hit;

	fault(PAGE(1), PF_U);
	fake.vcpu.paging.cr3 = ROOT_2;
	second = shadow_cr3_load(&fake.vcpu, &hit);
	cr_expect(not(hit));
	cr_expect(ne(u64, first, second));
	fake.vcpu.paging.cr3 = ROOT;
	cr_expect(eq(u64, shadow_cr3_load(&fake.vcpu, &hit), first));
	cr_expect(hit);
	cr_expect(eq(u32, flushes(VTS_CAUSE_GUEST_CR3), 2));
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_SPURIOUS), "its entries too");
	fake.vcpu.paging.cr3 = ROOT_2;
	shadow_cr3_load(&fake.vcpu, &hit);
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_FILL), "tables that both share");
	check();
}

Test(shadow, more_roots_than_are_found_quickly)
{
	bool hit;

	start_with(true, 300);
	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 200; i++) {
			fake.vcpu.paging.cr3 = 0x800000 + i * PAGE_SIZE;
			cr_assert(ne(u64, shadow_cr3_load(&fake.vcpu, &hit), 0));
			cr_expect(eq(int, hit, round));
		}
	}
	cr_expect(eq(u64, shadow_counters(&fake.vcpu)->root_hits, 200));
	check();
}

Test(shadow, invlpg_drops_all_once_a_table_has_gone)
{
	fault(PAGE(1), PF_U);
	shadow_flush(&fake.vcpu, VTS_CAUSE_GUEST_INVPCID);
	table_write(PT + 8, 0);
	shadow_invlpg(&fake.vcpu, PAGE(1));
	cr_expect(eq(u32, shadow->flush & STALE_TABLE, 0));
	fault(PAGE(2), PF_U);
	table_write(PD, PD_2 | USER);
	cr_expect(ne(u32, shadow->flush & STALE_TABLE, 0));
	shadow_invlpg(&fake.vcpu, PAGE(1));
	cr_expect(eq(u32, shadow->flush, 0));
}

Test(shadow, cr0_wp_is_emulated)
{
	table_write(PT + 8, DATA | PTE_P | PTE_U);
	cr_expect(eq(int, fault(PAGE(1), PF_W), VTS_SHADOW_FAULT_TRUE_FAULT));
	fake.vcpu.paging.cr0 = 0;
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR0);
	cr_expect(eq(int, fault(PAGE(1), PF_W), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(int, fault(PAGE(1), PF_P | PF_U), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(int, fault(PAGE(1), PF_P | PF_U | PF_W), VTS_SHADOW_FAULT_TRUE_FAULT));
	cr_expect(eq(int, fault(PAGE(1), PF_P | PF_W), VTS_SHADOW_FAULT_FILL));
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMAP;
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR4);
	cr_expect(eq(int, fault(PAGE(1), PF_W), VTS_SHADOW_FAULT_TRUE_FAULT));
	cr_expect(eq(int, fault(PAGE(1), PF_W | ACCESS_AC), VTS_SHADOW_FAULT_EMULATED));
	fake.vcpu.paging.cr0 = CR0_WP;
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR0);
	cr_expect(eq(int, fault(PAGE(1), PF_W | ACCESS_AC), VTS_SHADOW_FAULT_TRUE_FAULT));
}

Test(shadow, two_ways_to_a_large_page_have_two_dirty_bits)
{
	start_with(false, 128);
	table_write(PDPT, PD_2 | USER);
	table_write(PD_2, CHUNK | PTE_P | PTE_U | PTE_PS);
	table_write(PD_2 + 8, CHUNK | PTE_P | PTE_U | PTE_PS);
	fake.vcpu.paging.cr0 = 0;
	shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR0);
	cr_expect(eq(int, fault(WINDOW, PF_W), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(int, fault(WINDOW + LARGE_SIZE, 0), VTS_SHADOW_FAULT_FILL));
	cr_expect(eq(u64, fake_read(PD_2 + 8) & PTE_D, 0));
	cr_expect(eq(int, fault(WINDOW + LARGE_SIZE, PF_P | PF_W), VTS_SHADOW_FAULT_DIRTY));
	cr_expect(eq(u64, fake_read(PD_2 + 8) & PTE_D, PTE_D));
}

/* ---- memory ---- */

Test(shadow, a_pool_that_is_used_up_is_emptied)
{
	start_with(true, 10);
	for (unsigned i = 0; i < 64; i++) {
		uint64_t gla = i & 1 ? PAGE(i) : (uint64_t)i << 17;

		cr_assert(ne(int, fault(gla, 0), VTS_SHADOW_FAULT_NO_MEMORY));
	}
	for (unsigned i = 0; i < 40; i++) {
		fake.vcpu.paging.cr3 = i & 1 ? ROOT : 0x800000 + i * PAGE_SIZE;
		shadow_mode_load(&fake.vcpu, VTS_CAUSE_GUEST_CR4);
		cr_assert(ne(u64, shadow_root(&fake.vcpu), 0));
		if (i & 1)
			cr_assert(ne(int, fault(PAGE(i), PF_U), VTS_SHADOW_FAULT_NO_MEMORY));
	}
	cr_expect(gt(u64, shadow_counters(&fake.vcpu)->zaps[VTS_SHADOW_ZAP_RECLAIM], 0));
	cr_expect(gt(u32, flushes(VTS_CAUSE_SHADOW_ZAP), 0));
}

Test(shadow, no_memory_is_ordinary)
{
	fake.page_limit = fake.allocated;
	cr_expect(eq(ptr, shadow_create(&fake.vcpu, MAXPHYADDR, 0), NULL));
	fake.vm.shadow = shadow;
	/* nothing is known of this chunk yet, and nothing can be noted */
	table_write(PT + 8, 0xe00000 | USER);
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_NO_MEMORY));
	fake.page_limit = UINT64_MAX;
	cr_expect(eq(int, fault(PAGE(1), PF_U), VTS_SHADOW_FAULT_FILL));
}

Test(shadow, code_is_found_where_the_guest_may_execute_it)
{
	cr_expect(eq(ptr, (void *)shadow_code(&fake.vcpu, PAGE(1), true, 32), NULL), "not mapped");
	fault(PAGE(1), PF_U);
	fake_write(DATA + PAGE_SIZE + 0x10, 0x1122334455667788);
	cr_assert(ne(ptr, (void *)shadow_code(&fake.vcpu, PAGE(1) + 0x10, true, 32), NULL));
	cr_expect(eq(u32, *shadow_code(&fake.vcpu, PAGE(1) + 0x10, true, 32), 0x88));
	cr_expect(ne(ptr, (void *)shadow_code(&fake.vcpu, PAGE(1) + 0x10, false, 32), NULL));
	cr_expect(eq(ptr, (void *)shadow_code(&fake.vcpu, PAGE(2) - 31, true, 32), NULL),
		  "too near the end");
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMEP;
	cr_expect(eq(ptr, (void *)shadow_code(&fake.vcpu, PAGE(1), false, 32), NULL), "SMEP");
	fault(CHUNK, 0);
	fake_write(CHUNK + 0x54320, 0x99);
	cr_expect(eq(u32, *shadow_code(&fake.vcpu, CHUNK + 0x54320, false, 32), 0x99), "2 MiB");
	cr_expect(eq(ptr, (void *)shadow_code(&fake.vcpu, CHUNK, true, 32), NULL),
		  "a supervisor's");
	table_write(PT + 16, DATA | USER | PTE_NX);
	fault(PAGE(2), PF_U);
	cr_expect(eq(ptr, (void *)shadow_code(&fake.vcpu, PAGE(2), true, 32), NULL), "NX");
}
