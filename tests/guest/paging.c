// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accessed and dirty bits, rights at every level, large and global pages, tables mapped twice and
 * onto themselves.
 */
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"

#define BASE  WINDOW(30)
#define FLAGS (PTE_P | PTE_W | PTE_U)

static uint64_t *root;
static uint64_t frame_a, frame_b;

static uint64_t bits(uint64_t address, unsigned level)
{
	return pte_read(paging_entry(root, address, level)) & (PTE_A | PTE_D);
}

static void set_pte(uint64_t address, uint64_t pte)
{
	pte_write(paging_entry(root, address, 1), pte);
	invlpg(address);
}

/* Each on tables of its own, which nothing has used yet. */
static void accessed_dirty(void)
{
	uint64_t at = BASE;

	paging_map(root, at, frame_a, FLAGS);
	test_equal(bits(at, 1), 0, "a new PTE has neither bit");
	try_read(at);
	test_equal(bits(at, 1), PTE_A, "a read sets accessed");
	test_equal(bits(at, 2), PTE_A, "a read sets accessed in the PDE");
	test_equal(bits(at, 3), PTE_A, "a read sets accessed in the PDPTE");
	test_equal(bits(at, 4), PTE_A, "a read sets accessed in the PML4E");
	try_read(at + 64);
	test_equal(bits(at, 1), PTE_A, "another read sets nothing more");
	try_write(at, 1);
	test_equal(bits(at, 1), PTE_A | PTE_D, "a write then sets dirty");
	test_equal(bits(at, 2), PTE_A, "dirty is not set in the PDE");

	at += 1ul << 30;
	paging_map(root, at, frame_a, FLAGS);
	try_write(at, 1);
	test_equal(bits(at, 1), PTE_A | PTE_D, "a first write sets both");
	set_pte(at, frame_a | FLAGS);
	test_equal(bits(at, 1), 0, "both can be cleared");
	try_read(at);
	test_equal(bits(at, 1), PTE_A, "and a read sets accessed again");
	set_pte(at, frame_a | FLAGS | PTE_A);
	try_write(at, 2);
	test_equal(bits(at, 1), PTE_A | PTE_D, "a write sets dirty where accessed was set");
	set_pte(at, frame_a | FLAGS | PTE_D);
	try_read(at);
	test_equal(bits(at, 1), PTE_A | PTE_D, "a read keeps dirty");
	set_pte(at, frame_a | PTE_P | PTE_U);
	try_write(at, 3);
	test_fault(PF_P | PF_W, at, "a write to a page that is read-only faults");
	test_equal(bits(at, 1) & PTE_D, 0, "and does not set dirty");
	*(uint8_t *)frame_a = 0xc3;
	set_pte(at, frame_a | FLAGS);
	try_fetch(at);
	test_equal(bits(at, 1), PTE_A, "a fetch sets accessed");
	pte_write(paging_entry(root, at, 2), pte_read(paging_entry(root, at, 2)) & ~PTE_A);
	cr3_write(cr3_read());
	try_read(at);
	test_equal(bits(at, 2), PTE_A, "accessed is set again in a PDE from which it was cleared");
}

static void read_only(void)
{
	uint64_t at = BASE + (2ul << 30), *pde;

	paging_map(root, at, frame_a, PTE_P | PTE_U);
	*(uint64_t *)frame_a = 5;
	test_equal(try_read(at), 5, "a read of a page that is read-only");
	try_write(at, 6);
	test_fault(PF_P | PF_W, at, "a write to it, CR0.WP set");
	cr0_write(cr0_read() & ~CR0_WP);
	try_write(at, 6);
	test_no_trap("a write to it, CR0.WP clear");
	test_equal(*(volatile uint64_t *)frame_a, 6, "the write is there");
	test_equal(bits(at, 1), PTE_A | PTE_D, "it set dirty");
	cr0_write(cr0_read() | CR0_WP);
	try_write(at, 7);
	test_fault(PF_P | PF_W, at, "a write to it, CR0.WP set again");
	set_pte(at, frame_a | FLAGS);
	try_write(at, 8);
	test_no_trap("a write to it once it is writable");
	pde = paging_entry(root, at, 2);
	*pde &= ~PTE_W;
	cr3_write(cr3_read());
	try_write(at, 9);
	test_fault(PF_P | PF_W, at, "a write below a PDE that is read-only");
	cr0_write(cr0_read() & ~CR0_WP);
	try_write(at, 10);
	test_no_trap("a write below it, CR0.WP clear");
	cr0_write(cr0_read() | CR0_WP);
	*pde |= PTE_W;
	try_write(at, 11);
	test_no_trap("a write below it once it is writable");
	test_equal(*(volatile uint64_t *)frame_a, 11, "the last write is there");
}

static void no_execute(void)
{
	uint64_t at = BASE + (3ul << 30), efer = rdmsr(MSR_EFER);

	*(uint8_t *)frame_a = 0xc3;
	paging_map(root, at, frame_a, FLAGS | PTE_NX);
	try_fetch(at);
	test_fault(PF_P | PF_I, at, "a fetch from a page that is not executable");
	try_write(at + 8, 1);
	test_no_trap("a write to it");
	set_pte(at, frame_a | FLAGS);
	try_fetch(at);
	test_no_trap("a fetch from it once it is executable");
	*paging_entry(root, at, 2) |= PTE_NX;
	cr3_write(cr3_read());
	try_fetch(at);
	test_fault(PF_P | PF_I, at, "a fetch below a PDE that is not executable");
	*paging_entry(root, at, 2) &= ~PTE_NX;
	set_pte(at, frame_a | FLAGS | PTE_NX);
	wrmsr(MSR_EFER, efer & ~EFER_NXE);
	try_read(at);
	test_fault(PF_P | PF_R, at, "without EFER.NXE the bit is reserved");
	wrmsr(MSR_EFER, efer);
	test_equal(try_read(at) & 0xff, 0xc3, "with it, it is not");
}

static void large_pages(void)
{
	uint64_t at = BASE + (4ul << 30);
	uint64_t memory = (uint64_t)memory_take(2 * LARGE_SIZE, LARGE_SIZE);
	uint64_t *pde = paging_entry(root, at, 2);

	for (uint64_t offset = 0; offset < 2 * LARGE_SIZE; offset += PAGE_SIZE)
		*(uint64_t *)(memory + offset) = 0x1000000 + offset;
	pte_write(pde, memory | FLAGS | PTE_PS);
	test_equal(try_read(at + 0x155000), 0x1000000 + 0x155000, "a read in a large page");
	test_equal(bits(at, 2), PTE_A, "it sets accessed in the PDE");
	try_write(at + 0x1ff000, 5);
	test_equal(bits(at, 2), PTE_A | PTE_D, "a write sets dirty in the PDE");
	test_equal(*(volatile uint64_t *)(memory + 0x1ff000), 5, "the write is there");
	pte_write(pde, memory | PTE_P | PTE_U | PTE_PS);
	invlpg(at + 0x3000);
	try_write(at + 0x1000, 5);
	test_fault(PF_P | PF_W, at + 0x1000, "a write to a large page that is read-only");
	try_read(at + 0x1000);
	test_no_trap("a read of it");
	pte_write(pde, (memory + LARGE_SIZE) | FLAGS | PTE_PS);
	invlpg(at + 0x155000);
	test_equal(try_read(at + 0x155000), 0x1000000 + 0x355000, "a large page moved elsewhere");
	test_equal(try_read(at + 0x2000), 0x1000000 + 0x202000, "all of it, by one INVLPG");
	pte_write(pde, memory | FLAGS | PTE_PS | PTE_NX);
	invlpg(at);
	try_fetch(at);
	test_fault(PF_P | PF_I, at, "a fetch from a large page that is not executable");
	if ((cpuid(0x80000008, 0).eax & 0xff) < 52) {
		pte_write(pde, memory | FLAGS | PTE_PS | 1ul << 13);
		invlpg(at);
		try_read(at + 8);
		test_fault(PF_P | PF_R, at + 8, "a large page with a reserved bit");
	} else {
		test_skip("a large page with a reserved bit",
			  "no physical-address bit is reserved");
	}
	pte_write(pde, 0);
	invlpg(at);
	try_read(at + 0x155000);
	test_fault(0, at + 0x155000, "a large page unmapped");
}

/*
 * A global translation may outlive MOV CR3, not INVLPG and not a change of CR4.PGE (SDM vol. 3,
 * 4.10.4.1).
 */
static void global_pages(void)
{
	uint64_t at = BASE + (5ul << 30);

	*(uint64_t *)frame_a = 0xa;
	*(uint64_t *)frame_b = 0xb;
	paging_map(root, at, frame_a, FLAGS | PTE_G);
	cr4_write(cr4_read() | CR4_PGE);
	test_equal(try_read(at), 0xa, "a read of a global page");
	set_pte(at, frame_b | FLAGS | PTE_G);
	test_equal(try_read(at), 0xb, "moved elsewhere, with INVLPG");
	pte_write(paging_entry(root, at, 1), frame_a | FLAGS | PTE_G);
	cr4_write(cr4_read() & ~CR4_PGE);
	test_equal(try_read(at), 0xa, "moved back, with a change of CR4.PGE");
	pte_write(paging_entry(root, at, 1), frame_b | FLAGS | PTE_G);
	cr3_write(cr3_read());
	test_equal(try_read(at), 0xb, "and again, with MOV CR3, as CR4.PGE is clear");
	set_pte(at, 0);
}

/* The same page at two addresses, and a page table at one of its own. */
static void aliases(void)
{
	uint64_t at = BASE + (6ul << 30), other = at + (1ul << 30), table = at + PAGE_SIZE;

	paging_map(root, at, frame_a, FLAGS);
	paging_map(root, other, frame_a, FLAGS);
	try_write(at + 16, 0x1111);
	test_equal(try_read(other + 16), 0x1111,
		   "what is written at one address is read at the other");
	try_write(other + 16, 0x2222);
	test_equal(try_read(at + 16), 0x2222, "and the other way round");

	*(uint64_t *)(frame_a + 24) = 0xaa;
	*(uint64_t *)(frame_b + 24) = 0xbb;
	paging_map(root, table, (uint64_t)paging_entry(root, at, 1) & PTE_ADDRESS, FLAGS);
	test_equal(try_read(table) & PTE_ADDRESS, frame_a, "a page table read where it is mapped");
	try_write(table, frame_b | FLAGS);
	invlpg(at);
	test_equal(try_read(at + 24), 0xbb, "a PTE written through that mapping counts");
	*(volatile uint64_t *)table = frame_a | FLAGS;
	invlpg(at);
	test_equal(try_read(at + 24), 0xaa, "and again");
	/* The table's own entry, through itself: the mapping takes itself away. */
	try_write(table + 8, 0);
	invlpg(table);
	try_read(table);
	test_fault(0, table, "a mapping of a table can remove itself");
}

/*
 * A page table mapped read-only at @alias, by an entry of @level: with CR0.WP clear a supervisor
 * may write there all the same.
 */
static void read_only_table(uint64_t at, uint64_t alias, unsigned level)
{
	paging_map(root, at, frame_a, FLAGS);
	test_equal(try_read(at + 40), 0xda, "a page whose table is mapped read-only");
	try_read(alias);
	try_write(alias, frame_b | FLAGS);
	test_fault(PF_P | PF_W, alias, "a write to that table, CR0.WP set");
	cr0_write(cr0_read() & ~CR0_WP);
	try_read(alias);
	test_equal(bits(alias, level), PTE_A, "a read of that table, CR0.WP clear");
	try_write(alias, frame_b | FLAGS);
	test_no_trap("a write to that table, CR0.WP clear");
	cr0_write(cr0_read() | CR0_WP);
	test_equal(bits(alias, level), PTE_A | PTE_D, "it set dirty where the table is mapped");
	invlpg(at);
	test_equal(try_read(at + 40), 0xdb, "it counts");
	try_write(alias, 0);
	test_fault(PF_P | PF_W, alias, "a write to that table, CR0.WP set again");
}

static void read_only_tables(void)
{
	uint64_t at = BASE + (10ul << 30), alias = at + (2ul << 30), table;

	*(uint64_t *)(frame_a + 40) = 0xda;
	*(uint64_t *)(frame_b + 40) = 0xdb;
	table = (uint64_t)paging_entry(root, at, 1);
	paging_map(root, alias, table & PTE_ADDRESS, PTE_P | PTE_U);
	read_only_table(at, alias, 1);
	at += 1ul << 30;
	alias += 1ul << 30;
	table = (uint64_t)paging_entry(root, at, 1);
	pte_write(paging_entry(root, alias, 2), (table & -LARGE_SIZE) | PTE_P | PTE_U | PTE_PS);
	read_only_table(at, alias + table % LARGE_SIZE, 2);
}

/* Each way to the same large page has a dirty bit of its own, also where only CR0.WP lets write. */
static void large_aliases(void)
{
	uint64_t at = BASE + (14ul << 30), other = at + LARGE_SIZE;
	uint64_t memory = (uint64_t)memory_take(LARGE_SIZE, LARGE_SIZE);

	pte_write(paging_entry(root, at, 2), memory | PTE_P | PTE_PS);
	pte_write(paging_entry(root, other, 2), memory | PTE_P | PTE_PS);
	cr0_write(cr0_read() & ~CR0_WP);
	try_read(other + 8);
	try_write(at + 8, 1);
	test_equal(bits(at, 2), PTE_A | PTE_D, "a write to a large page, CR0.WP clear");
	test_equal(bits(other, 2), PTE_A, "not a write at its other address");
	try_write(other + 8, 2);
	test_equal(bits(other, 2), PTE_A | PTE_D, "a write at its other address");
	test_equal(try_read(at + 8), 2, "it is the same page");
	cr0_write(cr0_read() | CR0_WP);
	try_write(other + 8, 3);
	test_fault(PF_P | PF_W, other + 8, "a write to it, CR0.WP set");
}

/* A PML4E that leads to the PML4 itself: all tables appear at fixed addresses. */
static void self_map(void)
{
	uint64_t slot = 200, at = BASE + (8ul << 30);
	uint64_t self = 0xffff000000000000ul & -(slot >> 8);
	uint64_t pml4 = self | slot << 39 | slot << 30 | slot << 21 | slot << 12;
	uint64_t pte = (self | slot << 39) + (at >> 12 << 3);

	paging_map(root, at, frame_a, FLAGS);
	pte_write(&root[slot], (uint64_t)root | FLAGS);
	test_equal(try_read(pml4 + slot * 8) & PTE_ADDRESS, (uint64_t)root,
		   "the PML4 through itself");
	test_equal(try_read(pte) & PTE_ADDRESS, frame_a, "a PTE through the PML4");
	*(uint64_t *)(frame_b + 32) = 0xcc;
	try_read(at);
	*(volatile uint64_t *)pte = frame_b | FLAGS;
	invlpg(at);
	test_equal(try_read(at + 32), 0xcc, "a PTE written through the PML4 counts");
	test_equal(bits(at, 1), PTE_A, "its accessed bit is set");
	*(volatile uint64_t *)(pml4 + slot * 8) = 0;
	cr3_write(cr3_read());
	try_read(pml4);
	test_fault(0, pml4, "the PML4 can remove itself");
}

/* One page table below two PDEs: an entry counts at both addresses, with the rights of each way. */
static void shared_table(void)
{
	uint64_t at = BASE + (9ul << 30), other = at + LARGE_SIZE;

	*(uint64_t *)frame_a = 0x51;
	*(uint64_t *)frame_b = 0x52;
	paging_map(root, at, frame_a, FLAGS);
	pte_write(paging_entry(root, other, 2),
		  pte_read(paging_entry(root, at, 2)) & ~(PTE_W | PTE_A));
	test_equal(try_read(at), 0x51, "a shared table: one way");
	test_equal(try_read(other), 0x51, "a shared table: the other way");
	try_write(at, 0x53);
	test_no_trap("a shared table: a write the one way");
	try_write(other, 0x54);
	test_fault(PF_P | PF_W, other, "a shared table: no write the way that is read-only");
	set_pte(at, frame_b | FLAGS);
	invlpg(other);
	test_equal(try_read(other), 0x52,
		   "a shared table: an entry changed the one way counts the other way");
	test_equal(try_read(at), 0x52, "and its own");
}

int main(void)
{
	root = paging_init();
	frame_a = (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE);
	frame_b = (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE);
	accessed_dirty();
	read_only();
	no_execute();
	large_pages();
	global_pages();
	aliases();
	read_only_tables();
	large_aliases();
	self_map();
	shared_table();
	return test_done();
}
