/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest walker against tables made by hand: every outcome, every bit of the error code, every
 * reserved bit. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core-vmm/memory/walk.h"
#include "tests/unit/fake/machine.h"

#define BYTES	   (8ul << 20)
#define MAXPHYADDR 40

/* Where the tables are, by level, and an address whose indices all differ. */
static const uint64_t table[5] = {0, 0x1000, 0x2000, 0x3000, 0x4000};
#define GLA  (1ull << 39 | 2ull << 30 | 3ull << 21 | 4ull << 12 | 0x123)
#define PAGE 0x300000ull

#define FULL (PTE_P | PTE_W | PTE_U)

static uint64_t slot(unsigned level)
{
	return table[level] + walk_index(GLA, level) * 8;
}

/** Tables that map GLA to PAGE with an entry of @level, all rights, nothing accessed. */
static void tables_make(unsigned level)
{
	fake_start(BYTES, false);
	fake.vcpu.paging = (struct guest_paging){
	    .cr0 = CR0_WP, .cr3 = table[4], .cr4 = CR4_PAE, .efer = EFER_LMA | EFER_NXE};
	for (unsigned at = 4; at > level; at--)
		fake_write(slot(at), table[at - 1] | FULL);
	fake_write(slot(level),
		   (PAGE & ~((1ull << walk_shift(level)) - 1)) | FULL | (level > 1 ? PTE_PS : 0));
}

static enum walk_outcome do_walk(uint32_t access, struct walk *out)
{
	return guest_walk(&fake.vm.memory, &fake.vcpu.paging, walk_reserved(MAXPHYADDR), GLA,
			  access, out);
}

static void expect_fault(uint32_t access, uint32_t code)
{
	struct walk out;

	cr_assert(eq(int, do_walk(access, &out), WALK_FAULT));
	cr_expect(eq(u32, out.error_code, code));
}

static void expect_ok(uint32_t access)
{
	struct walk out;

	cr_expect(eq(int, do_walk(access, &out), WALK_OK));
}

static void entry_change(unsigned level, uint64_t clear, uint64_t set)
{
	fake_write(slot(level), (fake_read(slot(level)) & ~clear) | set);
}

Test(walk, leads_to_the_byte_at_every_page_size)
{
	for (unsigned level = 1; level <= 3; level++) {
		uint64_t mask = (1ull << walk_shift(level)) - 1;
		struct walk out;

		tables_make(level);
		cr_assert(eq(int, do_walk(0, &out), WALK_OK));
		cr_expect(eq(u64, out.gpa, (PAGE & ~mask) | (GLA & mask)));
		cr_expect(eq(u32, out.level, level));
		cr_expect(eq(u32, out.rights, RIGHT_X | RIGHT_W | RIGHT_U));
		for (unsigned at = level; at <= 4; at++) {
			cr_expect(eq(u64, out.table[at], table[at]));
			cr_expect(eq(u64, out.entry[at], fake_read(slot(at))));
		}
	}
}

Test(walk, accessed_and_dirty_only_on_success)
{
	for (unsigned level = 1; level <= 3; level++) {
		struct walk out;

		tables_make(level);
		entry_change(level, PTE_U, 0);
		expect_fault(PF_U | PF_W, PF_P | PF_U | PF_W);
		for (unsigned at = level; at <= 4; at++)
			cr_expect(zero(u64, fake_read(slot(at)) & (PTE_A | PTE_D)));
		cr_assert(eq(int, do_walk(0, &out), WALK_OK));
		cr_expect(not(out.dirtied));
		for (unsigned at = level; at <= 4; at++)
			cr_expect(eq(u64, fake_read(slot(at)) & (PTE_A | PTE_D), PTE_A));
		cr_assert(eq(int, do_walk(PF_W, &out), WALK_OK));
		cr_expect(out.dirtied);
		for (unsigned at = level; at <= 4; at++)
			cr_expect(eq(u64, fake_read(slot(at)) & (PTE_A | PTE_D),
				     at == level ? PTE_A | PTE_D : PTE_A));
		cr_assert(eq(int, do_walk(PF_W, &out), WALK_OK));
		cr_expect(not(out.dirtied));
	}
}

Test(walk, not_present_at_every_level)
{
	for (unsigned level = 1; level <= 4; level++) {
		tables_make(1);
		/* not present: nothing else in the entry counts, not even reserved bits */
		entry_change(level, PTE_P, 1ull << 51 | PTE_NX);
		expect_fault(0, 0);
		expect_fault(PF_W, PF_W);
		expect_fault(PF_U, PF_U);
		expect_fault(PF_U | PF_W, PF_U | PF_W);
		expect_fault(PF_ID | PF_U, PF_ID | PF_U);
	}
}

Test(walk, rights_are_those_of_all_levels)
{
	for (unsigned level = 1; level <= 4; level++) {
		tables_make(1);
		entry_change(level, PTE_W, 0);
		expect_ok(PF_U);
		expect_fault(PF_U | PF_W, PF_P | PF_U | PF_W);
		expect_fault(PF_W, PF_P | PF_W);
		fake.vcpu.paging.cr0 = 0;
		expect_ok(PF_W);
		expect_fault(PF_U | PF_W, PF_P | PF_U | PF_W);

		tables_make(1);
		entry_change(level, PTE_U, 0);
		expect_ok(PF_W);
		expect_ok(PF_ID);
		expect_fault(PF_U, PF_P | PF_U);
		expect_fault(PF_U | PF_ID, PF_P | PF_U | PF_ID);

		tables_make(1);
		entry_change(level, 0, PTE_NX);
		expect_ok(PF_U | PF_W);
		expect_fault(PF_ID, PF_P | PF_ID);
		expect_fault(PF_U | PF_ID, PF_P | PF_U | PF_ID);
	}
}

Test(walk, id_in_the_error_code_only_with_nxe_or_smep)
{
	tables_make(1);
	entry_change(2, PTE_P, 0);
	expect_fault(PF_ID, PF_ID);
	fake.vcpu.paging.efer = EFER_LMA;
	expect_fault(PF_ID, 0);
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMEP;
	expect_fault(PF_ID, PF_ID);
}

Test(walk, smep_and_smap_protect_the_supervisor)
{
	tables_make(1);
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMEP;
	expect_fault(PF_ID, PF_P | PF_ID);
	expect_ok(PF_ID | PF_U);
	expect_ok(PF_W);
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMAP;
	expect_ok(PF_ID);
	expect_fault(0, PF_P);
	expect_fault(PF_W, PF_P | PF_W);
	expect_ok(ACCESS_AC);
	expect_ok(ACCESS_AC | PF_W);
	expect_ok(PF_U | PF_W);
	fake.vcpu.paging.cr0 = 0;
	expect_fault(PF_W, PF_P | PF_W);
	entry_change(3, PTE_U, 0);
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMEP | CR4_SMAP;
	expect_ok(PF_W);
	expect_ok(PF_ID);
}

Test(walk, reserved_bits)
{
	for (unsigned level = 1; level <= 4; level++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			tables_make(1);
			entry_change(level, 0, 1ull << bit);
			if (bit == 12 || (bit > 12 && bit < MAXPHYADDR) || (bit == 7 && level > 1))
				continue; /* leads elsewhere, or is a large page: below */
			if (bit >= MAXPHYADDR && bit < 52)
				expect_fault(PF_U, PF_P | PF_RSVD | PF_U);
			else
				expect_ok(PF_U);
			fake.vcpu.paging.efer = EFER_LMA;
			if (bit == 63)
				expect_fault(PF_W, PF_P | PF_RSVD | PF_W);
		}
	}
	tables_make(1);
	entry_change(4, 0, PTE_PS);
	expect_fault(PF_ID, PF_P | PF_RSVD | PF_ID);
}

Test(walk, reserved_bits_of_large_pages)
{
	for (unsigned level = 2; level <= 3; level++) {
		for (unsigned bit = 12; bit < walk_shift(level); bit++) {
			tables_make(level);
			entry_change(level, 0, 1ull << bit);
			if (bit == 12) /* PAT */
				expect_ok(0);
			else
				expect_fault(0, PF_P | PF_RSVD);
		}
	}
}

Test(walk, a_reserved_bit_counts_before_rights_but_after_presence_above)
{
	tables_make(1);
	entry_change(4, PTE_U, 0);
	entry_change(2, 0, 1ull << 45);
	expect_fault(PF_U, PF_P | PF_RSVD | PF_U);
	entry_change(3, PTE_P, 0);
	expect_fault(PF_U, PF_U);
}

Test(walk, tables_outside_guest_memory)
{
	struct walk out;

	tables_make(1);
	entry_change(3, PTE_ADDRESS, BYTES);
	cr_assert(eq(int, do_walk(0, &out), WALK_OUTSIDE));
	cr_expect(eq(u64, out.gpa, BYTES));
	/* the last page is inside, and never touched: all zeroes */
	entry_change(3, PTE_ADDRESS, BYTES - 0x1000);
	expect_fault(0, 0);
	fake.vcpu.paging.cr3 = 1ull << 39;
	cr_expect(eq(int, do_walk(0, &out), WALK_OUTSIDE));
}

Test(walk, a_page_outside_guest_memory_is_for_the_caller)
{
	struct walk out;

	tables_make(1);
	entry_change(1, PTE_ADDRESS, 1ull << 38);
	cr_assert(eq(int, do_walk(0, &out), WALK_OK));
	cr_expect(eq(u64, out.gpa, 1ull << 38 | 0x123));
}

Test(walk, cr3_low_bits_are_no_address)
{
	tables_make(1);
	fake.vcpu.paging.cr3 |= 0xfff;
	expect_ok(0);
}
