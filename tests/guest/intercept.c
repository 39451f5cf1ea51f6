/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that can be made to exit so that they are counted (--intercept): they do the same
 * then. Each is executed ROUNDS times; the caller counts the exits.
 */
#include "tests/guest/test.h"

#define ROUNDS	10
#define MSR_AUX 0xc0000103
#define AUX	0x12345

struct pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static void time_stamps(void)
{
	uint64_t last = 0, now;
	uint32_t low, high, aux = 0;
	bool rising = true;

	for (unsigned i = 0; i < ROUNDS; i++) {
		now = rdtsc();
		rising &= now > last;
		last = now;
	}
	test_ok(rising, "RDTSC rises");
	wrmsr(MSR_AUX, AUX);
	for (unsigned i = 0; i < ROUNDS; i++) {
		__asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
		now = (uint64_t)high << 32 | low;
		rising &= now > last;
		last = now;
	}
	test_ok(rising, "RDTSCP rises, from where RDTSC was");
	test_equal(aux, AUX, "RDTSCP gives IA32_TSC_AUX");
}

static void pauses(void)
{
	uint64_t rcx = ROUNDS;

	__asm__ volatile("1:\tpause\n\tloop 1b" : "+c"(rcx));
	test_equal(rcx, 0, "PAUSE goes on");
}

static void debug_registers(void)
{
	uint64_t got = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		__asm__ volatile("mov %1, %%dr0\n\tmov %%dr0, %0"
				 : "=r"(got)
				 : "r"(0x123456789abcul));
	test_equal(got, 0x123456789abc, "DR0 keeps what it is given");
	__asm__ volatile("mov %1, %%dr6\n\tmov %%dr6, %0" : "=r"(got) : "r"(0ul));
	test_equal(got & 0xffff0ff0, 0xffff0ff0, "DR6 has its fixed bits");
	__asm__ volatile("mov %%dr7, %0" : "=r"(got));
	test_equal(got, 0x400, "DR7 has its fixed bit");
	__asm__ volatile(TRY("mov %0, %%dr7")::"r"(1ul << 32) : "memory");
	test_trap(VECTOR_GP, 0, "DR7 refuses its upper half");
	cr4_write(cr4_read() | CR4_DE);
	__asm__ volatile(TRY("mov %%dr4, %%rax")::: "rax", "memory");
	test_trap(VECTOR_UD, 0, "DR4 with CR4.DE");
	cr4_write(cr4_read() & ~CR4_DE);
}

static void descriptor_tables(void)
{
	struct pointer gdtr, idtr, again;
	uint16_t tr = 0, ldtr = 0xffff, memory = 0;
	uint64_t wide = ~0ul;

	for (unsigned i = 0; i < ROUNDS; i++)
		__asm__ volatile("sgdt %0\n\tsidt %1" : "=m"(gdtr), "=m"(idtr));
	__asm__ volatile("lgdt %1\n\tsgdt %0" : "=m"(again) : "m"(gdtr));
	test_ok(again.base == gdtr.base && again.limit == gdtr.limit, "LGDT and SGDT");
	__asm__ volatile("lidt %1\n\tsidt %0" : "=m"(again) : "m"(idtr));
	test_ok(again.base == idtr.base && again.limit == idtr.limit, "LIDT and SIDT");
	__asm__ volatile("str %0\n\tstr %1\n\tsldt %2" : "=r"(tr), "=m"(memory), "=r"(ldtr));
	test_equal(tr, VTG_TSS_SELECTOR, "STR to a register");
	test_equal(memory, tr, "STR to memory");
	test_equal(ldtr, 0, "SLDT");
	__asm__ volatile("str %0" : "=r"(wide));
	test_equal(wide, VTG_TSS_SELECTOR, "STR to a 64-bit register clears the rest");
	__asm__ volatile(TRY("lldt %w0")::"r"(0) : "memory");
	test_no_trap("LLDT of a null selector");
	__asm__ volatile(TRY("ltr %w0")::"r"(0) : "memory");
	test_trap(VECTOR_GP, 0, "LTR of a null selector");
	__asm__ volatile(TRY("ltr %w0")::"r"(VTG_CODE_SELECTOR) : "memory");
	test_trap(VECTOR_GP, VTG_CODE_SELECTOR, "LTR of a code segment");
	__asm__ volatile(TRY("ltr %w0")::"r"(VTG_TSS_SELECTOR) : "memory");
	test_trap(VECTOR_GP, VTG_TSS_SELECTOR, "LTR of a busy TSS");
	((uint8_t *)gdtr.base)[VTG_TSS_SELECTOR + 5] &= 0xfd;
	__asm__ volatile(TRY("ltr %w0")::"r"(VTG_TSS_SELECTOR) : "memory");
	test_no_trap("LTR of an available TSS");
	test_equal(((uint8_t *)gdtr.base)[VTG_TSS_SELECTOR + 5] & 15, 11, "LTR makes it busy");
	__asm__ volatile(TRY("ltr %w0")::"r"(0x1000) : "memory");
	test_trap(VECTOR_GP, 0x1000, "LTR of a selector beyond the table");
}

int main(void)
{
	time_stamps();
	pauses();
	debug_registers();
	descriptor_tables();
	return test_done();
}
