/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging states outside 64-bit mode: off, 32-bit (4 KiB and 4 MiB pages), PAE (4 KiB and 2 MiB
 * pages, NX), real mode; what each translates, faults and marks accessed and dirty.
 */
#include "tests/guest/modes.h"

#include "core-vmm/abi/guest.h"
#include "tests/guest/test.h"
#include "workloads/lib/args.h"

#define CR0_BASE   0x00000033u /* PE, MP, ET, NE */
#define CR4_PSE	   0x10u
#define PTE_P	   1ull
#define PTE_W	   2ull
#define PTE_A	   0x20ull
#define PTE_D	   0x40ull
#define PTE_PS	   0x80ull
#define PTE_NX	   (1ull << 63)
#define WINDOW	   0x50000000u /* linear addresses that only the tables here map */
#define RET_OPCODE 0xc3u

static uint64_t pdpt[4] __attribute__((aligned(4096)));
static uint64_t pd[4][512] __attribute__((aligned(4096)));
static uint64_t pt[512] __attribute__((aligned(4096)));
static uint32_t pd32[1024] __attribute__((aligned(4096)));
static uint32_t pt32[1024] __attribute__((aligned(4096)));
static uint32_t data[4][1024] __attribute__((aligned(4096)));

static struct mode_op ops[32];
static struct mode mode;

static struct mode_op *op_add(enum mode_op_type type, uint32_t address, uint32_t value)
{
	struct mode_op *op = &ops[mode.count++];

	*op = (struct mode_op){.type = type, .address = address, .value = value};
	return op;
}

static uint32_t address_of(const void *object)
{
	return (uint32_t)(uintptr_t)object;
}

static void mode_begin(uint32_t cr0, uint32_t cr3, uint32_t cr4, uint32_t efer)
{
	mode = (struct mode){.cr0 = cr0, .cr3 = cr3, .cr4 = cr4, .efer = efer, .op = ops};
}

static void test_no_fault(const struct mode_op *op, const char *name)
{
	test_equal(op->vector, MODE_NO_FAULT, name);
}

static void test_page_fault(const struct mode_op *op, uint32_t error, const char *name)
{
	test_ok(op->vector == 14 && op->error == error && op->cr2 == op->address, name);
}

static void paging_off(void)
{
	struct mode_op *read, *write, *inside, *beyond;

	data[0][0] = 0x12345678;
	mode_begin(CR0_BASE, 0, 0, 0);
	read = op_add(MODE_READ, address_of(&data[0][0]), 0);
	write = op_add(MODE_WRITE, address_of(&data[0][1]), 0xcafe);
	inside = op_add(MODE_SGDT, 0xff8, 0);
	beyond = op_add(MODE_SGDT, 0xffc, 0);
	mode_run(&mode);
	test_no_fault(inside, "paging off: SGDT within a segment's limit");
	test_ok(beyond->vector == 13 && beyond->error == 0, "paging off: SGDT across it");
	test_equal(read->value, 0x12345678, "paging off: a read");
	test_no_fault(write, "paging off: a write");
	test_equal(data[0][1], 0xcafe, "paging off: it arrived");
	test_equal(mode.seen_cr0, CR0_BASE, "paging off: CR0 as written");
}

/** The guest's own memory at its own address, in large pages; one table for the window. */
static void tables32_make(void)
{
	for (uint32_t i = 0; i < 256; i++)
		pd32[i] = i << 22 | PTE_P | PTE_W | PTE_PS;
	pd32[WINDOW >> 22] = address_of(pt32) | PTE_P | PTE_W;
	pt32[0] = address_of(data[0]) | PTE_P | PTE_W;
	pt32[1] = address_of(data[1]) | PTE_P;
	pt32[2] = 0;
	pt32[3] = address_of(data[3]) | PTE_P | PTE_W;
	pd32[(WINDOW >> 22) + 1] = (16u << 20) | PTE_P | PTE_W | PTE_PS;
	pd32[(WINDOW >> 22) + 2] = (16u << 20) | PTE_P | PTE_W | PTE_PS | 1u << 21; /* reserved */
}

static void paging_32bit(void)
{
	struct mode_op *read, *write, *read_only, *absent, *large, *reserved, *remapped;

	tables32_make();
	data[0][0] = 111;
	data[1][0] = 222;
	data[3][0] = 333;
	mode_begin(CR0_BASE | CR0_PG | CR0_WP, address_of(pd32), CR4_PSE, 0);
	read = op_add(MODE_READ, WINDOW, 0);
	read_only = op_add(MODE_WRITE, WINDOW + 0x1000, 1);
	absent = op_add(MODE_READ, WINDOW + 0x2008, 0);
	write = op_add(MODE_WRITE, WINDOW + 0x3004, 444);
	large = op_add(MODE_READ, WINDOW + 0x400000, 0);
	reserved = op_add(MODE_READ, WINDOW + 0x800000, 0);
	op_add(MODE_WRITE, address_of(&pt32[0]), address_of(data[3]) | PTE_P | PTE_W);
	op_add(MODE_INVLPG, WINDOW, 0);
	remapped = op_add(MODE_READ, WINDOW, 0);
	mode_run(&mode);
	test_equal(read->value, 111, "32-bit: a read through a 4 KiB page");
	test_page_fault(read_only, 3, "32-bit: a write to a read-only page faults");
	test_page_fault(absent, 0, "32-bit: a page that is not present faults");
	test_no_fault(write, "32-bit: a write through a 4 KiB page");
	test_equal(data[3][1], 444, "32-bit: it arrived");
	test_equal(large->value, *(volatile uint32_t *)(16ul << 20), "32-bit: a 4 MiB page");
	test_page_fault(reserved, 9, "32-bit: a reserved bit faults");
	test_equal(remapped->value, 333, "32-bit: an entry changed in that mode");
	test_equal(pt32[1] & (PTE_A | PTE_D), 0, "32-bit: a refused write marks nothing");
	test_equal(pt32[3] & (PTE_A | PTE_D), PTE_A | PTE_D, "32-bit: a write marks both");
	test_equal(pd32[WINDOW >> 22] & (PTE_A | PTE_D), PTE_A, "32-bit: a table is accessed");
	test_equal(pd32[(WINDOW >> 22) + 1] & (PTE_A | PTE_D), PTE_A,
		   "32-bit: a read of a 4 MiB page marks it accessed");
	test_equal(mode.seen_cr3, address_of(pd32), "32-bit: CR3 as written");
}

static void paging_32bit_wp_off(void)
{
	struct mode_op *write;

	tables32_make();
	mode_begin(CR0_BASE | CR0_PG, address_of(pd32), CR4_PSE, 0);
	write = op_add(MODE_WRITE, WINDOW + 0x1000, 555);
	mode_run(&mode);
	test_no_fault(write, "32-bit, CR0.WP off: a write to a read-only page");
	test_equal(data[1][0], 555, "32-bit, CR0.WP off: it arrived");
	test_equal(pt32[1] & (PTE_A | PTE_D), PTE_A | PTE_D, "32-bit, CR0.WP off: it is marked");
}

static void tables_pae_make(void)
{
	for (uint64_t i = 0; i < 4; i++)
		pdpt[i] = address_of(pd[i]) | PTE_P;
	for (uint64_t i = 0; i < 512; i++)
		pd[0][i] = i << 21 | PTE_P | PTE_W | PTE_PS;
	pd[1][WINDOW >> 21 & 511] = address_of(pt) | PTE_P | PTE_W;
	pt[0] = address_of(data[0]) | PTE_P | PTE_W;
	pt[1] = address_of(data[1]) | PTE_P;
	pt[2] = address_of(data[2]) | PTE_P | PTE_W | PTE_NX;
	pt[3] = address_of(data[3]) | PTE_P | PTE_W;
	pt[4] = address_of(data[3]) | PTE_P | PTE_W | 1ull << 51; /* reserved */
}

static void paging_pae(void)
{
	struct mode_op *read, *read_only, *no_execute, *execute, *reserved, *absent, *moved;

	tables_pae_make();
	data[0][0] = 1111;
	data[2][0] = RET_OPCODE;
	data[3][0] = RET_OPCODE;
	mode_begin(CR0_BASE | CR0_PG | CR0_WP, address_of(pdpt), CR4_PAE, EFER_NXE);
	read = op_add(MODE_READ, WINDOW, 0);
	read_only = op_add(MODE_WRITE, WINDOW + 0x1004, 1);
	no_execute = op_add(MODE_CALL, WINDOW + 0x2000, 0);
	execute = op_add(MODE_CALL, WINDOW + 0x3000, 0);
	reserved = op_add(MODE_READ, WINDOW + 0x4000, 0);
	absent = op_add(MODE_READ, 0x80000000u, 0);
	op_add(MODE_WRITE, address_of(&pt[0]), address_of(data[3]) | PTE_P | PTE_W);
	op_add(MODE_CR3, address_of(pdpt), 0);
	moved = op_add(MODE_READ, WINDOW, 0);
	mode_run(&mode);
	test_equal(read->value, 1111, "PAE: a read through a 4 KiB page");
	test_page_fault(read_only, 3, "PAE: a write to a read-only page faults");
	test_page_fault(no_execute, 0x11, "PAE: execution of a no-execute page faults");
	test_no_fault(execute, "PAE: execution");
	test_page_fault(reserved, 9, "PAE: a reserved bit faults");
	test_page_fault(absent, 0, "PAE: an entry that is not present faults");
	test_equal(moved->value, RET_OPCODE,
		   "PAE: an entry changed in that mode, CR3 loaded again");
	test_equal(pt[3] & (PTE_A | PTE_D), PTE_A, "PAE: execution marks accessed");
	test_equal(pdpt[1] & PTE_A, 0, "PAE: the top entries have no accessed bit");
}

/** A PDPTE with a reserved bit: the load of CR3 is refused. */
static void paging_pae_bad_pdpte(void)
{
	static uint64_t bad[4] __attribute__((aligned(32)));
	struct mode_op *load;

	tables_pae_make();
	for (unsigned i = 0; i < 4; i++)
		bad[i] = pdpt[i];
	bad[3] |= PTE_W; /* reserved there */
	mode_begin(CR0_BASE | CR0_PG | CR0_WP, address_of(pdpt), CR4_PAE, EFER_NXE);
	load = op_add(MODE_CR3, address_of(bad), 0);
	mode_run(&mode);
	test_ok(load->vector == 13 && load->error == 0,
		"PAE: a reserved bit in a PDPTE refuses CR3");
}

/**
 * From 32-bit to PAE paging and back with paging on (CR4.PAE). The page directory's last 32 bytes are the four PDPTEs:
 * bits 11 to 5 of CR3 matter to PAE only.
 */
static void paging_32bit_to_pae(void)
{
	struct mode_op *narrow, *wide, *again;

	tables32_make();
	tables_pae_make();
	__builtin_memcpy(&pd32[1016], pdpt, sizeof(pdpt));
	pt[0] = address_of(data[1]) | PTE_P | PTE_W;
	data[0][0] = 777;
	data[1][0] = 888;
	mode_begin(CR0_BASE | CR0_PG, address_of(&pd32[1016]), CR4_PSE, 0);
	narrow = op_add(MODE_READ, WINDOW, 0);
	op_add(MODE_CR4, CR4_PSE | CR4_PAE, 0);
	wide = op_add(MODE_XCHG, WINDOW, 999);
	op_add(MODE_CR4, CR4_PSE, 0);
	again = op_add(MODE_READ, WINDOW, 0);
	mode_run(&mode);
	test_equal(narrow->value, 777, "32-bit, on the way to PAE: a read");
	test_equal(wide->value, 888, "PAE, paging on all the time: the same address is another's");
	test_equal(data[1][0], 999, "PAE, paging on all the time: and a write");
	test_equal(again->value, 777, "32-bit again: and back");
}

static void real_mode(void)
{
	uint32_t ecx, eax = VTG_CPUID_SIGNATURE, ebx, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	if (ebx == 0x63737476) { /* "vtsc" */
		eax = VTG_CPUID_FEATURES;
		__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
		if (ebx & VTG_FEATURE_SHADOW && !args_number("real", 0, 0)) {
			test_skip("real mode",
				  "a shadow guest always runs with paging on underneath");
			return;
		}
	}
	for (unsigned i = 0; i < 100; i++)
		*(volatile uint8_t *)(0x21000ul + i) = (uint8_t)i;
	test_equal(real_mode_run(100), 4950 + 1000, "real mode: a sum, and an interrupt");
}

/** real=1: switch to real mode even where that ends the VM. */
int main(void)
{
	if (!args_check("modes", "real"))
		return 2;
	mode_init();
	paging_off();
	paging_32bit();
	paging_32bit_wp_off();
	paging_pae();
	paging_pae_bad_pdpte();
	paging_32bit_to_pae();
	real_mode();
	return test_done();
}
