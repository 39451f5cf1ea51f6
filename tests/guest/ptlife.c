// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of page tables: remapped, split, merged, dropped, reused as data and as tables of
 * another level.
 */
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

#define BASE  WINDOW(32)
#define FLAGS (PTE_P | PTE_W | PTE_U)

static uint64_t *root;

/* A page of data that says which it is. */
static uint64_t new_frame(uint64_t number)
{
	uint64_t frame = (uint64_t)memory_take(PAGE_SIZE, PAGE_SIZE);

	*(uint64_t *)frame = number;
	return frame;
}

static void remap(void)
{
	uint64_t at = BASE, one = new_frame(1), two = new_frame(2), wrong = 0;
	uint64_t *pte = paging_entry(root, at, 1);

	for (unsigned i = 0; i < 50; i++) {
		pte_write(pte, (i & 1 ? one : two) | FLAGS);
		invlpg(at);
		wrong += try_read(at) != (i & 1 ? 1 : 2);
	}
	test_equal(wrong, 0, "remap, INVLPG, read: 50 times");
	for (unsigned i = 0; i < 50; i++) {
		pte_write(pte, (i & 1 ? one : two) | FLAGS);
		cr3_write(cr3_read());
		wrong += try_read(at) != (i & 1 ? 1 : 2);
	}
	test_equal(wrong, 0, "remap, MOV CR3, read: 50 times");
	for (unsigned i = 0; i < 50; i++) {
		pte_write(pte, one | FLAGS);
		try_write(at, 1);
		wrong += trap_seen.vector != TRAP_NONE;
		pte_write(pte, 0);
		invlpg(at);
		try_read(at);
		wrong += trap_seen.vector != VECTOR_PF;
	}
	test_equal(wrong, 0, "map, write, unmap, fault: 50 times");
	for (unsigned i = 0; i < 50; i++) {
		pte_write(pte, one | FLAGS);
		invlpg(at);
		try_write(at, 1);
		wrong += trap_seen.vector != TRAP_NONE;
		pte_write(pte, one | PTE_P);
		invlpg(at);
		try_write(at, 1);
		wrong += trap_seen.vector != VECTOR_PF || trap_seen.error != (PF_P | PF_W);
	}
	test_equal(wrong, 0, "writable, write, read-only, fault: 50 times");
}

/* 2 MiB become 512 pages and 2 MiB again. */
static void split_and_merge(void)
{
	uint64_t at = BASE + (1ul << 30), memory = (uint64_t)memory_take(LARGE_SIZE, LARGE_SIZE);
	uint64_t other = new_frame(99), *pde = paging_entry(root, at, 2),
		 *table = memory_take_tables(1), wrong = 0;

	for (uint64_t i = 0; i < 512; i++)
		*(uint64_t *)(memory + i * PAGE_SIZE) = i;
	pte_write(pde, memory | FLAGS | PTE_PS);
	for (uint64_t i = 0; i < 512; i++)
		wrong += try_read(at + i * PAGE_SIZE) != i;
	test_equal(wrong, 0, "a large page");
	for (uint64_t i = 0; i < 512; i++)
		table[i] = (memory + i * PAGE_SIZE) | FLAGS;
	table[7] = other | FLAGS;
	table[8] = 0;
	pte_write(pde, (uint64_t)table | FLAGS);
	cr3_write(cr3_read());
	for (uint64_t i = 0; i < 512; i++)
		wrong += try_read(at + i * PAGE_SIZE) != (i == 7 ? 99 : i) && i != 8;
	test_equal(wrong, 0, "split into small pages, one of them another");
	try_read(at + 8 * PAGE_SIZE);
	test_fault(0, at + 8 * PAGE_SIZE, "and one of them absent");
	try_write(at + 9 * PAGE_SIZE, 1009);
	test_equal(pte_read(&table[9]) & (PTE_A | PTE_D), PTE_A | PTE_D,
		   "a write sets the small page's dirty bit");
	test_equal(pte_read(&table[10]) & (PTE_A | PTE_D), PTE_A, "and no other's");
	pte_write(pde, memory | FLAGS | PTE_PS);
	invlpg(at + 8 * PAGE_SIZE);
	cr3_write(cr3_read());
	for (uint64_t i = 0; i < 512; i++)
		wrong += try_read(at + i * PAGE_SIZE) != (i == 9 ? 1009 : i);
	test_equal(wrong, 0, "merged into a large page again");
	table[3] = other | FLAGS;
	test_equal(try_read(at + 3 * PAGE_SIZE), 3,
		   "the table that is no longer one has no effect");
}

/* A table becomes data, then a table again, of the same and of another level. */
static void reuse(void)
{
	uint64_t at = BASE + (2ul << 30), one = new_frame(1), two = new_frame(2), wrong = 0;
	uint64_t *pde = paging_entry(root, at, 2), *page = memory_take_tables(1);

	for (unsigned turn = 0; turn < 8; turn++) {
		memset(page, 0, PAGE_SIZE);
		page[0] = (turn & 1 ? one : two) | FLAGS;
		pte_write(pde, (uint64_t)page | FLAGS);
		cr3_write(cr3_read());
		wrong += try_read(at) != (turn & 1 ? 1 : 2);
		pte_write(pde, 0);
		cr3_write(cr3_read());
		try_read(at);
		wrong += trap_seen.vector != VECTOR_PF;
		for (unsigned i = 0; i < 512; i++)
			page[i] = i * 0x1111111111111111ul + turn;
		for (unsigned i = 0; i < 512; i++)
			wrong += pte_read(&page[i]) != i * 0x1111111111111111ul + turn;
	}
	test_equal(wrong, 0, "a page table, then data, 8 times");

	/*
	 * As the page directory of the next GiB; its first entry maps 2 MiB, its second leads to a
	 * table.
	 */
	at += 1ul << 30;
	memset(page, 0, PAGE_SIZE);
	page[0] = (one & -LARGE_SIZE) | FLAGS | PTE_PS;
	pte_write(paging_entry(root, at, 3), (uint64_t)page | FLAGS);
	test_equal(try_read(at + (one & (LARGE_SIZE - 1))), 1, "the same page as a page directory");
	page[1] = (uint64_t)memory_take_tables(1) | FLAGS;
	*paging_entry(root, at + LARGE_SIZE, 1) = two | FLAGS;
	test_equal(try_read(at + LARGE_SIZE), 2, "with a page table below it");
	/* As page directory and page table at once: its entry 2 leads to itself. */
	page[2] = (uint64_t)page | FLAGS;
	cr3_write(cr3_read());
	test_equal(try_read(at + 2 * LARGE_SIZE + 2 * PAGE_SIZE + 16) & PTE_ADDRESS, (uint64_t)page,
		   "as page directory and as page table at once");
	try_write(at + 2 * LARGE_SIZE + 2 * PAGE_SIZE + 8, 0);
	cr3_write(cr3_read());
	try_read(at + LARGE_SIZE);
	test_fault(0, at + LARGE_SIZE, "an entry removed through itself");
}

/* A table with one user for long, then shared by two directories, of which one lets go. */
static void two_directories(void)
{
	uint64_t at = BASE + (4ul << 30), one = new_frame(1), two = new_frame(2);
	uint64_t *table;

	paging_map(root, at, one, FLAGS);
	table = (uint64_t *)(pte_read(paging_entry(root, at, 2)) & PTE_ADDRESS);
	try_read(at);
	pte_write(paging_entry(root, at + (1ul << 30), 2), (uint64_t)table | FLAGS);
	test_equal(try_read(at + (1ul << 30)), 1, "a table below two directories");
	pte_write(paging_entry(root, at, 2), 0);
	cr3_write(cr3_read());
	try_read(at);
	test_fault(0, at, "gone from the first");
	test_equal(try_read(at + (1ul << 30)), 1, "still below the second");
	pte_write(&table[0], two | FLAGS);
	invlpg(at + (1ul << 30));
	test_equal(try_read(at + (1ul << 30)), 2, "where its entries still count");
}

/*
 * Address spaces: each sees its own, also when written from another; a dead one's root is data
 * again.
 */
static void spaces(void)
{
	uint64_t at = BASE + (6ul << 30), wrong = 0, frames[8], *roots[8], home = cr3_read();

	/*
	 * The directories below this PML4E would be shared: so each space gets its own PML4 slot.
	 */
	at = WINDOW(33);
	for (uint64_t i = 0; i < 8; i++) {
		roots[i] = paging_clone(root);
		frames[i] = new_frame(i);
		paging_map(roots[i], at, frames[i], FLAGS);
	}
	for (unsigned turn = 0; turn < 100; turn++) {
		uint64_t i = turn * 5 % 8;

		cr3_write((uint64_t)roots[i]);
		wrong += try_read(at) != i;
	}
	test_equal(wrong, 0, "8 address spaces, 100 switches");
	for (uint64_t i = 0; i < 8; i++) {
		cr3_write((uint64_t)roots[i]);
		pte_write(paging_entry(roots[(i + 1) % 8], at, 1), frames[(i + 3) % 8] | FLAGS);
	}
	for (uint64_t i = 0; i < 8; i++) {
		cr3_write((uint64_t)roots[i]);
		wrong += try_read(at) != (i + 2) % 8;
	}
	test_equal(wrong, 0, "PTEs written from another address space");
	cr3_write(home);
	for (uint64_t i = 0; i < 512; i++)
		roots[3][i] = i * 0x0101010101010101ul;
	for (uint64_t i = 0; i < 512; i++)
		wrong += pte_read(&roots[3][i]) != i * 0x0101010101010101ul;
	test_equal(wrong, 0, "a dead root is data again");
	memcpy(roots[3], roots[4], PAGE_SIZE);
	cr3_write((uint64_t)roots[3]);
	test_equal(try_read(at), (4 + 2) % 8, "and a root again");
	cr3_write(home);
	try_read(at);
	test_fault(0, at, "the first address space has nothing there");
}

/* Upper entries change while what lies below stays. */
static void upper_entries(void)
{
	uint64_t at = BASE + (7ul << 30), one = new_frame(1), two = new_frame(2);
	uint64_t *pdpte = paging_entry(root, at, 3), saved;

	paging_map(root, at, one, FLAGS);
	test_equal(try_read(at), 1, "a page below a PDPTE");
	saved = pte_read(pdpte);
	pte_write(pdpte, 0);
	cr3_write(cr3_read());
	try_read(at);
	test_fault(0, at, "without the PDPTE");
	paging_map(root, at, two, FLAGS);
	test_equal(try_read(at), 2, "another page below a new PDPTE");
	pte_write(pdpte, saved);
	cr3_write(cr3_read());
	test_equal(try_read(at), 1, "the first again, below the old one");
	pte_write(pdpte, saved & ~PTE_W);
	cr3_write(cr3_read());
	try_write(at, 3);
	test_fault(PF_P | PF_W, at, "a write below a PDPTE that became read-only");
	pte_write(pdpte, saved);
	try_write(at, 3);
	test_no_trap("a write below it once it is writable");
}

/* What a fault of not-present never caches: mapping needs no INVLPG (SDM vol. 3, 4.10.2.3). */
static void no_flush_needed(void)
{
	uint64_t at = BASE + (8ul << 30), wrong = 0;
	uint64_t *ptes = paging_window(root, at, 256);

	for (uint64_t i = 0; i < 256; i++) {
		try_read(at + i * PAGE_SIZE);
		wrong += trap_seen.vector != VECTOR_PF || trap_seen.error;
		pte_write(&ptes[i], new_frame(i) | FLAGS);
		wrong += try_read(at + i * PAGE_SIZE) != i;
	}
	test_equal(wrong, 0, "fault, map, read with no flush: 256 pages");
}

int main(void)
{
	root = paging_init();
	remap();
	split_and_merge();
	reuse();
	two_directories();
	spaces();
	upper_entries();
	no_flush_needed();
	return test_done();
}
