/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every instruction that saves vector registers, if CPUID offers it, saves what XRSTOR brings back (SDM vol. 1, chapter 13),
 * for whatever XCR0 can be given.
 */
#include "tests/guest/test.h"
#include "workloads/lib/string.h"

#define LEAF1_ECX_XSAVE (1u << 26)
#define XCR0_AVX	0x04u
#define XCR0_AVX512	0xe0u

#define AREA_BYTES 4096

enum { XSAVEOPT = 1u << 0, XSAVEC = 1u << 1 }; /* leaf 0xd, sub-leaf 1, EAX */

static unsigned char area[AREA_BYTES] __attribute__((aligned(64)));

/** What is in the registers; ymm: of 16 registers, of AVX-512 the first and last new ones and a mask. */
struct registers {
	uint64_t ymm[16][4], zmm0[8], zmm31[8], mask;
};

static struct registers filled, read;

#define EACH(X)                                                                                    \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static void registers_load(const struct registers *from, bool avx512)
{
#define LOAD(n) __asm__ volatile("vmovdqu %0, %%ymm" #n : : "m"(from->ymm[n]));
	EACH(LOAD)
#undef LOAD
	if (!avx512)
		return;
	__asm__ volatile("vmovdqu64 %0, %%zmm0\n\tvmovdqu64 %1, %%zmm31\n\tkmovw %2, %%k1"
			 :
			 : "m"(from->zmm0), "m"(from->zmm31), "m"(from->mask));
}

static void registers_store(struct registers *to, bool avx512)
{
	memset(to, 0, sizeof(*to));
#define STORE(n) __asm__ volatile("vmovdqu %%ymm" #n ", %0" : "=m"(to->ymm[n]));
	EACH(STORE)
#undef STORE
	if (!avx512)
		return;
	__asm__ volatile("vmovdqu64 %%zmm0, %0\n\tvmovdqu64 %%zmm31, %1\n\tkmovw %%k1, %2"
			 : "=m"(to->zmm0), "=m"(to->zmm31), "+m"(to->mask));
}

static void registers_fill(struct registers *to, bool avx512)
{
	memset(to, 0, sizeof(*to));
	for (unsigned i = 0; i < 16; i++)
		for (unsigned j = 0; j < 4; j++)
			to->ymm[i][j] = 0x1111111111111111 * (j + 1) + i;
	if (!avx512)
		return;
	for (unsigned j = 0; j < 8; j++) {
		to->zmm0[j] = j < 4 ? to->ymm[0][j] : 0x5a5a5a5a5a5a5a5au + j;
		to->zmm31[j] = 0x3131313131313131 + j;
	}
	to->mask = 0xbeef;
}

/** 0, 1, 2: XSAVE, XSAVEOPT, XSAVEC. */
static void area_save(unsigned how)
{
	memset(area, 0, sizeof(area));
	if (how == 0)
		__asm__ volatile("xsave64 %0" : "+m"(area) : "a"(~0u), "d"(~0u));
	else if (how == 1)
		__asm__ volatile("xsaveopt64 %0" : "+m"(area) : "a"(~0u), "d"(~0u));
	else
		__asm__ volatile("xsavec64 %0" : "+m"(area) : "a"(~0u), "d"(~0u));
}

static void check(unsigned how, bool avx512, const char *name)
{
	static const struct registers none;

	registers_fill(&filled, avx512);
	registers_load(&filled, avx512);
	area_save(how);
	registers_load(&none, avx512);
	__asm__ volatile("xrstor64 %0" : : "m"(area), "a"(~0u), "d"(~0u));
	registers_store(&read, avx512);
	test_ok(!memcmp(&read, &filled, sizeof(read)), name);
}

static void xcr0_write(uint32_t value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"(value), "d"(0));
}

int main(void)
{
	static const char *const names[2][3] = {
	    {"XSAVE saves YMM registers", "XSAVEOPT, if it is offered", "XSAVEC, if it is offered"},
	    {"XSAVE saves ZMM registers and masks", "XSAVEOPT, if it is offered",
	     "XSAVEC, if it is offered"},
	};
	const bool xsave = cpuid(1, 0).ecx & LEAF1_ECX_XSAVE;
	const uint32_t components = xsave ? cpuid(0x0d, 0).eax : 0;
	const uint32_t more = xsave ? cpuid(0x0d, 1).eax : 0;
	const bool offered[3] = {xsave, more & XSAVEOPT, more & XSAVEC};

	if (xsave)
		cr4_write(cr4_read() | CR4_OSXSAVE);
	for (unsigned avx512 = 0; avx512 < 2; avx512++) {
		const uint32_t needed = XCR0_AVX | (avx512 ? XCR0_AVX512 : 0);

		if ((components & needed) == needed)
			xcr0_write(3 | needed);
		for (unsigned how = 0; how < 3; how++) {
			if ((components & needed) != needed)
				test_skip(names[avx512][how], "no such registers");
			else if (!offered[how])
				test_skip(names[avx512][how], "not offered");
			else
				check(how, avx512, names[avx512][how]);
		}
	}
	return test_done();
}
