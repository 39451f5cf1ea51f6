// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM that remembers how it came to a device's register, and to the code that accessed it, must notice when the guest
 * has it otherwise: other tables, other entries, other code, other rights. Each is done after the access was done often.
 */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

#define IOAPIC	0xfec00000ul
#define SELECT	0x00
#define WINDOW_ 0x10
#define ENTRY	0x3e /* pin 23, low half */
#define VALUE	0x100a5u
#define OTHER	0x100b6u
#define IN_RAM	0x12345678u
#define OFTEN	5

#define DATA   WINDOW(11)
#define CODE   WINDOW(12)
#define DEVICE (PTE_P | PTE_W)

typedef uint64_t (*accessor)(volatile void *at, uint64_t value);

static uint64_t *root;
static uint8_t frames[3][4096] __attribute__((aligned(4096)));

/* Code that lies at the same linear address, one at a time: RDI the register, RSI the value. */
static const uint8_t load[] = {0x8b, 0x07, 0xc3}; /* mov (%rdi), %eax; ret */
static const uint8_t store[] = {0x89, 0x37, 0x89, 0xf0,
				0xc3}; /* mov %esi, (%rdi); mov %esi, %eax; ret */
static const uint8_t store_imm[] = {0xc7, 0x07, 0xb6, 0x00,
				    0x01, 0x00, 0xc3}; /* movl $OTHER, (%rdi); ret */
/* mov %rsi, %rax; mov (%rdi), %ah; ret */
static const uint8_t load_high[] = {0x48, 0x89, 0xf0, 0x8a, 0x27, 0xc3};
static const uint8_t load_word[] = {0x48, 0x89, 0xf0, 0x66,
				    0x8b, 0x07, 0xc3}; /* the same, mov (%rdi), %ax */
static const uint8_t and_it[] = {
    0x31, 0xc0, 0x09, 0x07,
    0x8b, 0x07, 0xc3}; /* xor %eax, %eax; or %eax, (%rdi); mov (%rdi), %eax */

static void code_put(unsigned frame, const void *code, unsigned bytes)
{
	memcpy(frames[frame], code, bytes);
}

static void map(uint64_t at, uint64_t to, uint64_t flags)
{
	paging_map(root, at, to, flags);
	invlpg(at);
}

static uint64_t access(uint64_t value)
{
	return ((accessor)CODE)((volatile void *)(DATA + WINDOW_), value);
}

/** So often that it is known. */
static uint64_t access_often(uint64_t value)
{
	for (unsigned i = 1; i < OFTEN; i++)
		access(value);
	return access(value);
}

static void code_run(const void *code, unsigned bytes)
{
	code_put(0, code, bytes);
	map(CODE, (uint64_t)frames[0], PTE_P | PTE_W);
}
#define CODE_RUN(code) code_run(code, sizeof(code))

static void forms(void)
{
	CODE_RUN(store);
	test_equal(access_often(VALUE), VALUE, "a store of a register");
	CODE_RUN(load);
	test_equal(access_often(0), VALUE, "a load gives it, zero-extended");
	CODE_RUN(store_imm);
	access_often(0);
	CODE_RUN(load);
	test_equal(access_often(0), OTHER, "a store of a constant");
	CODE_RUN(load_high);
	test_equal(access_often(0x1122334455667788), 0x112233445566b688, "a load of AH");
	CODE_RUN(load_word);
	test_equal(access_often(0x1122334455667788), 0x11223344556600b6, "a load of AX");
	CODE_RUN(and_it);
	test_equal(access_often(0), OTHER, "what is no MOV");
}

/** The bytes change, then the frame, behind the same address. */
static void code_changes(void)
{
	CODE_RUN(store);
	access_often(VALUE);
	code_put(0, load, sizeof(load));
	test_equal(access(OTHER), VALUE, "other code at the same place");
	code_put(1, store, sizeof(store));
	map(CODE, (uint64_t)frames[1], PTE_P | PTE_W);
	access(OTHER);
	map(CODE, (uint64_t)frames[0], PTE_P | PTE_W);
	test_equal(access(0), OTHER, "another frame at the same place, and the first again");
}

static void data_changes(void)
{
	CODE_RUN(load);
	access_often(0);
	*(volatile uint32_t *)(frames[2] + WINDOW_) = IN_RAM;
	map(DATA, (uint64_t)frames[2], DEVICE);
	test_equal(access(0), IN_RAM, "memory where the device was");
	map(DATA, IOAPIC, DEVICE);
	test_equal(access(0), OTHER, "and the device again");
	test_equal(pte_read(paging_entry(root, DATA, 1)), IOAPIC | DEVICE | PTE_A,
		   "accessed, not dirty");
	CODE_RUN(store);
	access(VALUE);
	test_equal(pte_read(paging_entry(root, DATA, 1)), IOAPIC | DEVICE | PTE_A | PTE_D, "dirty");
	map(DATA, IOAPIC, DEVICE);
	access(OTHER);
	test_equal(pte_read(paging_entry(root, DATA, 1)), IOAPIC | DEVICE | PTE_A | PTE_D,
		   "dirty again, once cleared");
}

/** A second address space, where the one or the other is elsewhere. */
static void spaces_change(void)
{
	uint64_t *second = paging_clone(root), cr3 = cr3_read();

	second[DATA >> 39 & 511] = 0;
	paging_map(second, DATA, (uint64_t)frames[2], DEVICE);
	CODE_RUN(load);
	access_often(0);
	cr3_write((uint64_t)second);
	test_equal(access_often(0), IN_RAM, "another address space: memory there");
	cr3_write(cr3);
	test_equal(access_often(0), OTHER, "and the device here");
	second[DATA >> 39 & 511] = root[DATA >> 39 & 511];
	second[CODE >> 39 & 511] = 0;
	code_put(1, store, sizeof(store));
	paging_map(second, CODE, (uint64_t)frames[1], PTE_P | PTE_W);
	cr3_write((uint64_t)second);
	access(VALUE);
	cr3_write(cr3);
	test_equal(access(0), VALUE, "and other code there");
	cr3_write((uint64_t)second);
	access(OTHER);
	cr3_write(cr3);
}

static void rights_change(void)
{
	uint64_t cr0 = cr0_read();

	CODE_RUN(store);
	map(DATA, IOAPIC, PTE_P);
	cr0_write(cr0 & ~CR0_WP);
	access_often(VALUE);
	cr0_write(cr0 | CR0_WP);
	try_write(DATA + WINDOW_, OTHER);
	test_fault(PF_P | PF_W, DATA + WINDOW_, "CR0.WP set: read-only again");
	cr0_write(cr0 & ~CR0_WP);
	access(OTHER);
	cr0_write(cr0);
	CODE_RUN(load);
	test_equal(access(0), OTHER, "CR0.WP clear: not so");
	map(DATA, IOAPIC, 0);
	try_read(DATA + WINDOW_);
	test_fault(0, DATA + WINDOW_, "no longer there");
	map(DATA, IOAPIC, DEVICE);
}

/** An operand that begins before the device's page is not the device's alone. */
static void across(void)
{
	uint64_t value;

	CODE_RUN(load);
	map(DATA - 4096, (uint64_t)frames[2], DEVICE);
	access_often(0);
	*(volatile uint32_t *)(frames[2] + 4092) = 0xcafe0000;
	*(volatile uint32_t *)(DATA + SELECT) = ENTRY;
	value = ((accessor)CODE)((volatile void *)(DATA - 2), 0);
	test_equal(value, ENTRY << 16 | 0xcafe, "half in memory, half in the register");
}

int main(void)
{
	root = paging_init();
	map(DATA, IOAPIC, DEVICE);
	*(volatile uint32_t *)(DATA + SELECT) = ENTRY;
	forms();
	code_changes();
	data_changes();
	spaces_change();
	rights_change();
	across();
	return test_done();
}
