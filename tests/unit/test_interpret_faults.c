/* SPDX-License-Identifier: GPL-2.0-only */
/* The interpreter's faults, limits and refusals: what the processor itself cannot be asked. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core-vmm/interpret/arithmetic.h"
#include "core-vmm/interpret/decode.h"
#include "tests/unit/interpret_guest.h"

TestSuite(interpret_faults, .init = guest_start);

static void expect_fault_at(uint64_t cr2, uint32_t error_code)
{
	uint64_t before[16];

	memcpy(before, gpr, sizeof(gpr));
	in.rflags = 2;
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u32, in.vector, 14));
	cr_expect(eq(u64, in.cr2, cr2));
	cr_expect(eq(u32, in.error_code, error_code));
	cr_expect(eq(u64, in.rip, NATIVE_CODE));
	cr_expect(zero(int, memcmp(before, gpr, sizeof(gpr))));
	cr_expect(zero(u32, writes));
}

Test(interpret_faults, faults_of_the_guest)
{
	static const uint8_t add[] = {0x48, 0x01, 0x01}; /* add %rax, (%rcx) */

	code_put(add, sizeof(add));
	gpr[RAX] = 1;
	gpr[RCX] = NATIVE_DATA;
	entry_set(NATIVE_DATA, FRAME_DATA | PTE_P | PTE_U);
	expect_fault_at(NATIVE_DATA, PF_P | PF_W | PF_U);
	entry_set(NATIVE_DATA, FRAME_DATA | PTE_P | PTE_W);
	expect_fault_at(NATIVE_DATA, PF_P | PF_W | PF_U);
	entry_set(NATIVE_DATA, 0);
	expect_fault_at(NATIVE_DATA, PF_W | PF_U);
	in.cpl = 0;
	expect_fault_at(NATIVE_DATA, PF_W);
	entry_set(NATIVE_DATA, FRAME_DATA | GUEST_USER);
	fake.vcpu.paging.cr4 = CR4_PAE | CR4_SMAP;
	expect_fault_at(NATIVE_DATA, PF_P | PF_W);
	in.rflags = 2 | 1 << 18;
	cr_expect(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA), 1));
}

Test(interpret_faults, an_access_across_pages_faults_before_it_changes_anything)
{
	static const uint8_t add[] = {0x48, 0x01, 0x01};

	code_put(add, sizeof(add));
	gpr[RCX] = NATIVE_DATA + 4096 - 3;
	entry_set(NATIVE_DATA + 4096, FRAME_DATA_2 | PTE_P | PTE_U);
	expect_fault_at(NATIVE_DATA + 4096, PF_P | PF_W | PF_U);
	entry_set(NATIVE_DATA, 0);
	expect_fault_at(NATIVE_DATA + 4096 - 3, PF_W | PF_U);
}

Test(interpret_faults, code_across_pages)
{
	static const uint8_t add[] = {0x48, 0x01, 0x01};

	guest_memory_write(&fake.vm.memory, FRAME_CODE + 4094, add, 2);
	guest_memory_write(&fake.vm.memory, FRAME_CODE_2, add + 2, 1);
	gpr[RCX] = NATIVE_DATA;
	gpr[RAX] = 5;
	in.rip = NATIVE_CODE + 4094;
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA), 5));
	in.rip = NATIVE_CODE + 4094;
	entry_set(NATIVE_CODE + 4096, FRAME_CODE_2 | PTE_P | PTE_U | PTE_NX);
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u64, in.cr2, NATIVE_CODE + 4096));
	cr_expect(eq(u32, in.error_code, PF_P | PF_U | PF_ID));
	/* one that ends with the page does not touch the next */
	guest_memory_write(&fake.vm.memory, FRAME_CODE + 4093, add, 3);
	in.rip = NATIVE_CODE + 4093;
	cr_expect(eq(int, interpret(&in), INTERPRET_DONE));
}

Test(interpret_faults, not_canonical_is_a_general_protection_fault)
{
	static const uint8_t mov[] = {0x48, 0x89, 0x01};

	code_put(mov, sizeof(mov));
	gpr[RCX] = 1ull << 47;
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u32, in.vector, 13));
	cr_expect(eq(u32, in.error_code, 0));
}

Test(interpret_faults, too_long_is_a_general_protection_fault)
{
	uint8_t long_code[18];

	memset(long_code, 0x66, sizeof(long_code));
	memcpy(long_code + 13, "\x89\x01", 2);
	code_put(long_code, sizeof(long_code));
	gpr[RCX] = NATIVE_DATA;
	cr_expect(eq(int, interpret(&in), INTERPRET_DONE), "15 bytes are allowed");
	in.rip = NATIVE_CODE;
	long_code[13] = 0x66;
	memcpy(long_code + 14, "\x89\x01", 2);
	code_put(long_code, sizeof(long_code));
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u32, in.vector, 13));
}

Test(interpret_faults, outside_guest_memory)
{
	static const uint8_t mov[] = {0x48, 0x89, 0x01};

	code_put(mov, sizeof(mov));
	gpr[RCX] = NATIVE_DATA + 8;
	entry_set(NATIVE_DATA, GUEST_BYTES | GUEST_USER);
	cr_assert(eq(int, interpret(&in), INTERPRET_OUTSIDE));
	cr_expect(eq(u64, in.gpa, GUEST_BYTES + 8));
}

Test(interpret_faults, a_hint_spares_the_walk)
{
	static const uint8_t mov[] = {0x48, 0x89, 0x01};

	code_put(mov, sizeof(mov));
	gpr[RAX] = 7;
	gpr[RCX] = NATIVE_DATA + 16;
	entry_set(NATIVE_DATA, 0);
	in.hint_gla = NATIVE_DATA + 16;
	in.hint_gpa = FRAME_DATA + 16;
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 16), 7));
}

Test(interpret_faults, a_repeat_stops_where_it_faults)
{
	static const uint8_t stos[] = {0xf3, 0x48, 0xab};

	code_put(stos, sizeof(stos));
	gpr[RAX] = 3;
	gpr[RCX] = 10;
	gpr[RDI] = NATIVE_DATA + 4096 - 24;
	entry_set(NATIVE_DATA + 4096, 0);
	cr_assert(eq(int, interpret(&in), INTERPRET_FAULT));
	cr_expect(eq(u64, in.cr2, NATIVE_DATA + 4096));
	cr_expect(eq(u64, gpr[RCX], 7));
	cr_expect(eq(u64, gpr[RDI], NATIVE_DATA + 4096));
	cr_expect(eq(u64, in.rip, NATIVE_CODE));
	cr_expect(eq(u32, writes, 3));
}

Test(interpret_faults, a_long_repeat_lets_the_guest_run_in_between)
{
	static const uint8_t stos[] = {0xf3, 0xaa};

	code_put(stos, sizeof(stos));
	gpr[RCX] = INTERPRET_REP_MAX + 1;
	gpr[RDI] = NATIVE_DATA;
	cr_assert(eq(int, interpret(&in), INTERPRET_AGAIN));
	cr_expect(eq(u64, gpr[RCX], 1));
	cr_expect(eq(u64, in.rip, NATIVE_CODE));
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u32, writes, INTERPRET_REP_MAX + 1));
}

Test(interpret_faults, a_single_step_is_one_iteration)
{
	static const uint8_t stos[] = {0xf3, 0xaa};

	code_put(stos, sizeof(stos));
	in.rflags = 2 | FLAG_TF;
	gpr[RCX] = 2;
	gpr[RDI] = NATIVE_DATA;
	cr_assert(eq(int, interpret(&in), INTERPRET_AGAIN));
	cr_expect(eq(u64, gpr[RCX], 1));
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
}

Test(interpret_faults, compatibility_mode)
{
	static const uint8_t mov[] = {0x36, 0x89, 0x41, 0x10}; /* mov %eax, %ss:0x10(%ecx) */
	static const uint8_t word[] = {0x66, 0x89, 0x01};      /* mov %ax, (%ecx) */
	static const uint8_t tiny[] = {0x67, 0x89, 0x01};      /* mov %eax, (%bx,%di) */

	in.long_mode = false;
	in.big = true;
	in.segment[SEGMENT_SS].base = NATIVE_DATA;
	gpr[RAX] = 0x123456789;
	gpr[RCX] = 0xffffffff00000020;
	code_put(mov, sizeof(mov));
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 0x30), 0x23456789));
	cr_expect(eq(u64, in.rip, NATIVE_CODE + 4));
	code_put(word, sizeof(word));
	in.rip = NATIVE_CODE;
	gpr[RCX] = NATIVE_DATA;
	cr_assert(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA), 0x6789));
	code_put(tiny, sizeof(tiny));
	in.rip = NATIVE_CODE;
	in.segment[SEGMENT_DS].base = NATIVE_DATA;
	gpr[RBX] = 0x50ffff;
	gpr[RDI] = 0x50041;
	cr_expect(eq(int, interpret(&in), INTERPRET_DONE));
	cr_expect(eq(u64, fake_read(FRAME_DATA + 0x40), 0x23456789));
}

Test(interpret_faults, what_is_not_known_changes_nothing)
{
	static const char *const unknown[] = {
	    "\xff\x19" /* lcall *(%rcx) */, "\x66\xff\x11" /* callw *(%rcx) */,
	    "\xf0\x89\x01" /* lock mov */,  "\xf0\x39\x01" /* lock cmp */,
	    "\x0f\x17\x01" /* movhps */,    "\x0f\x0b" /* ud2 */,
	    "\xf3\x0f\x29\x01" /* none */,  "\x0f\x7f\x01" /* movq of MMX */,
	    "\x0f\xc7\xf1" /* rdrand */,    "\xc7\xf8\1\1\1\1" /* xbegin */,
	    "\xc4\xe2\x71" /* VEX */,
	};
	uint64_t before[16];

	for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		code_put((const uint8_t *)unknown[i], strlen(unknown[i]));
		gpr[RCX] = NATIVE_DATA;
		memcpy(before, gpr, sizeof(gpr));
		cr_expect(eq(int, interpret(&in), INTERPRET_UNSUPPORTED), "case %u", i);
		cr_expect(eq(u64, in.rip, NATIVE_CODE));
		cr_expect(zero(int, memcmp(before, gpr, sizeof(gpr))));
	}
}
