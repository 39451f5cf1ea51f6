/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that access the memory of a device: how often, how wide, and in which order. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/unit/interpret_guest.h"

#define DEVICE (GUEST_BYTES + 0x5000) /* guest-physical; one page */
#define AT     (NATIVE_DATA + 4096)   /* where the guest sees it */

/* What the device was asked, in order. */
static struct {
	bool write;
	uint64_t gpa;
	unsigned bytes;
	uint64_t value;
} asked[64];
static unsigned count;

static bool device_has(void *context, uint64_t gpa)
{
	(void)context;
	return (gpa & PAGE_MASK) == DEVICE;
}

static void device_read(void *context, uint64_t gpa, void *to, unsigned bytes)
{
	uint64_t value = 0x8877665544332211 + count;

	(void)context;
	cr_assert(device_has(NULL, gpa) && device_has(NULL, gpa + bytes - 1));
	asked[count].gpa = gpa;
	asked[count].bytes = bytes;
	asked[count].write = false;
	asked[count++].value = value;
	memcpy(to, &value, bytes < 8 ? bytes : 8);
}

static int write_anywhere(void *context, uint64_t gpa, const void *from, unsigned bytes)
{
	(void)context;
	if (!device_has(NULL, gpa))
		return guest_memory_write(&fake.vm.memory, gpa, from, bytes);
	asked[count].gpa = gpa;
	asked[count].bytes = bytes;
	asked[count].write = true;
	asked[count].value = 0;
	memcpy(&asked[count++].value, from, bytes < 8 ? bytes : 8);
	return 0;
}

static void device_start(void)
{
	guest_start();
	entry_set(AT, DEVICE | GUEST_USER);
	in.device_has = device_has;
	in.device_read = device_read;
	in.write = write_anywhere;
	count = 0;
	gpr[RCX] = AT + 0x10;
	gpr[RAX] = 0x1122334455667788;
}

TestSuite(interpret_device, .init = device_start);

static enum interpret_outcome run(const char *code, unsigned bytes)
{
	code_put((const uint8_t *)code, bytes);
	in.rip = NATIVE_CODE;
	return interpret(&in);
}
#define RUN(code) cr_assert(eq(int, run(code, sizeof(code) - 1), INTERPRET_DONE))

static void expect_asked(unsigned at, bool write, uint64_t offset, unsigned bytes)
{
	cr_assert(at < count);
	cr_expect(eq(int, asked[at].write, write));
	cr_expect(eq(u64, asked[at].gpa, DEVICE + offset));
	cr_expect(eq(u32, asked[at].bytes, bytes));
}

Test(interpret_device, reads_of_every_size)
{
	static const struct {
		const char *code;
		unsigned length, bytes;
	} read[] = {{"\x8a\x11", 2, 1},	    {"\x66\x8b\x11", 3, 2}, {"\x8b\x11", 2, 4},
		    {"\x48\x8b\x11", 3, 8}, {"\x0f\xb6\x11", 3, 1}, {"\x48\x0f\xbf\x11", 4, 2}};

	for (unsigned i = 0; i < sizeof(read) / sizeof(*read); i++) {
		cr_assert(eq(int, run(read[i].code, read[i].length), INTERPRET_DONE));
		cr_assert(eq(u32, count, i + 1));
		expect_asked(i, false, 0x10, read[i].bytes);
	}
	cr_expect(eq(u64, gpr[RDX], 0x2211 + 5));
}

Test(interpret_device, writes_of_every_size)
{
	RUN("\x88\x01");
	RUN("\x66\x89\x01");
	RUN("\x89\x01");
	RUN("\x48\x89\x01");
	RUN("\xc7\x01\x78\x56\x34\x12");
	for (unsigned i = 0; i < 4; i++)
		expect_asked(i, true, 0x10, 1u << i);
	cr_expect(eq(u64, asked[3].value, gpr[RAX]));
	cr_expect(eq(u64, asked[4].value, 0x12345678));
	cr_expect(eq(u32, count, 5));
}

Test(interpret_device, read_modify_write_is_one_read_and_one_write)
{
	RUN("\xf0\x09\x01"); /* lock or %eax, (%rcx) */
	expect_asked(0, false, 0x10, 4);
	expect_asked(1, true, 0x10, 4);
	cr_expect(eq(u64, asked[1].value, 0x44332211 | 0x55667788));
	RUN("\x87\x01"); /* xchg */
	expect_asked(3, true, 0x10, 4);
	cr_expect(eq(u64, gpr[RAX], 0x44332211 + 2));
	cr_expect(eq(u32, count, 4));
}

Test(interpret_device, a_comparison_only_reads)
{
	RUN("\x39\x01");
	cr_expect(eq(u32, count, 1));
	expect_asked(0, false, 0x10, 4);
}

Test(interpret_device, strings_go_both_ways)
{
	gpr[RSI] = AT;
	gpr[RDI] = NATIVE_DATA;
	gpr[RCX] = 3;
	RUN("\xf3\xa5"); /* rep movsl, from the device */
	cr_expect(eq(u32, count, 3));
	for (unsigned i = 0; i < 3; i++)
		expect_asked(i, false, i * 4, 4);
	gpr[RSI] = NATIVE_DATA;
	gpr[RDI] = AT;
	gpr[RCX] = 3;
	RUN("\xf3\xa5");
	for (unsigned i = 3; i < 6; i++) {
		expect_asked(i, true, (i - 3) * 4, 4);
		cr_expect(eq(u64, asked[i].value, asked[i - 3].value & 0xffffffff));
	}
}

Test(interpret_device, an_access_half_in_memory)
{
	fake_write(FRAME_DATA + 4096 - 8, 0xaabbccdd00000000);
	gpr[RCX] = AT - 4;
	RUN("\x48\x8b\x11"); /* mov (%rcx), %rdx */
	expect_asked(0, false, 0, 4);
	cr_expect(eq(u64, gpr[RDX], 0x44332211aabbccdd));
	RUN("\x48\x89\x01");
	expect_asked(1, true, 0, 4);
	cr_expect(eq(u64, asked[1].value, 0x11223344));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 4096 - 8), 0x5566778800000000));
}

Test(interpret_device, the_stack_may_be_there)
{
	gpr[RSP] = AT + 0x18;
	RUN("\x50"); /* push %rax */
	expect_asked(0, true, 0x10, 8);
	cr_expect(eq(u64, gpr[RSP], AT + 0x10));
}

Test(interpret_device, code_is_not_fetched_from_it)
{
	entry_set(NATIVE_CODE, DEVICE | GUEST_USER);
	in.rip = NATIVE_CODE;
	cr_expect(eq(int, interpret(&in), INTERPRET_OUTSIDE));
	cr_expect(zero(u32, count));
}

Test(interpret_device, what_is_neither_is_outside)
{
	entry_set(AT, (DEVICE + 0x1000) | GUEST_USER);
	code_put((const uint8_t *)"\x8b\x11", 2);
	cr_expect(eq(int, interpret(&in), INTERPRET_OUTSIDE));
	cr_expect(eq(u64, in.gpa, DEVICE + 0x1010));
}

Test(interpret_device, rights_are_the_page_tables)
{
	entry_set(AT, DEVICE | PTE_P | PTE_U);
	code_put((const uint8_t *)"\x89\x01", 2);
	cr_expect(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u32, in.vector, 14));
	cr_expect(zero(u32, count));
}
