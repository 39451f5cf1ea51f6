/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a hostile guest executes. The first two snippets of each guest sweep ports and MSRs, from
 * where the seed before left off; the last leaves long mode; the others are elements at random.
 */
#include "core-vmm/test/hostile_emit.h"

#define SWEEP_PORTS 128u
#define SWEEP_MSRS  64u

/** IN and OUT of each size, over the next ports: in al, dx; out dx, al; 16 bits; 32 bits; inc edx;
 * dec ebx; jnz. */
static void ports_sweep(struct code *code, uint64_t seed)
{
	set32(code, RDX, seed * SWEEP_PORTS & 0xffff);
	set32(code, RBX, SWEEP_PORTS);
	PUT("\xec\xee\x66\xed\x66\xef\xed\xef\xff\xc2\xff\xcb\x75\xf2");
}

/** RDMSR and WRMSR over the next registers of the three ranges; #GP goes on behind the instruction.
 */
static void msrs_sweep(struct code *code, uint64_t seed)
{
	static const uint32_t ranges[] = {0, 0xc0000000, 0x40000000};
	uint64_t at = seed * SWEEP_MSRS;

	set32(code, RCX, ranges[at / 0x2000 % 3] + at % 0x2000);
	set32(code, RBX, SWEEP_MSRS);
	PUT("\xc6\x04\x25"); /* movb $1, SKIP */
	put32(code, HOSTILE_SKIP);
	put8(code, 1);
	if (pick(code, 2)) {
		PUT("\x0f\x32\x0f\x30\xff\xc1\xff\xcb\x75\xf6"); /* rdmsr; wrmsr; inc; dec; jnz */
		return;
	}
	set32(code, RAX, random_next(code->random));
	set32(code, RDX, pick(code, 2) ? 0 : random_next(code->random));
	PUT("\x0f\x30\x0f\x32\xff\xc1\xff\xcb\x75\xf6");
}

static void cr_load(struct code *code, unsigned cr, uint64_t value)
{
	set32(code, RAX, value);
	put8(code, 0x0f);
	put8(code, 0x22);
	put8(code, 0xc0 | cr << 3);
}

/**
 * The last snippet, in 32-bit code: out of long mode, to where paging is off, PAE, 32-bit paging or
 * real mode. What follows runs there; its first exception is likely the last, as the IDT is for
 * long mode.
 */
static void mode_leave(struct code *code)
{
	unsigned mode = (unsigned)pick(code, 5);

	cr_load(code, 0, 0x33);
	if (mode == 0)
		return;
	set32(code, RCX, 0xc0000080);
	set32(code, RAX, pick(code, 2) ? 0x800 : 0); /* NXE */
	set32(code, RDX, 0);
	PUT("\x0f\x30");
	if (mode == 1) {
		cr_load(code, 0, 0x32);
		return;
	}
	cr_load(code, 4, mode == 2 ? 0x610 : 0x630); /* PSE; with PAE too */
	cr_load(code, 3, mode == 2 ? HOSTILE_TABLES_32 : HOSTILE_TABLES_PAE);
	cr_load(code, 0, pick(code, 2) ? 0x80010033 : 0x80000033);
	if (mode == 4) /* and once more, elsewhere */
		cr_load(code, 3, HOSTILE_NOISE + (pick(code, HOSTILE_NOISE_MAX) << 12));
}

void hostile_snippet(uint8_t *to, uint64_t seed, unsigned index, uint64_t *random)
{
	struct code code = {.at = to, .end = to + HOSTILE_SNIPPET, .random = random};

	if (index == 0)
		ports_sweep(&code, seed);
	else if (index == 1)
		msrs_sweep(&code, seed);
	else if (index == HOSTILE_SNIPPETS - 1)
		mode_leave(&code);
	if (index > 1)
		while (code.at + ELEMENT_MAX <= code.end && random_below(random, 8))
			hostile_element(&code);
}
