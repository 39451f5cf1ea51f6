/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core-vmm/interpret/execute.h"
#include "tests/unit/interpret_guest.h"

/* The guest's tables. */
enum { ROOT = 0x1000, PDPT = 0x2000, PD = 0x3000, PT = 0x4000 };

struct interpret in;
uint64_t gpr[16];
uint8_t xmm[16][16];
unsigned writes;

void entry_set(uint64_t gla, uint64_t entry)
{
	fake_write(PT + walk_index(gla, 1) * 8, entry);
}

void vector_read(unsigned number, void *to)
{
	memcpy(to, xmm[number], sizeof(xmm[number]));
}

static int write_count(void *context, uint64_t gpa, const void *from, unsigned bytes)
{
	writes++;
	cr_assert(eq(ptr, context, &in));
	cr_assert(bytes >= 1 && bytes <= 16 && (gpa & 0xfff) + bytes <= 4096);
	return guest_memory_write(&fake.vm.memory, gpa, from, bytes);
}

void guest_start(void)
{
	fake_start(GUEST_BYTES, false);
	fake.vcpu.paging = (struct guest_paging){
	    .cr0 = CR0_WP, .cr3 = ROOT, .cr4 = CR4_PAE, .efer = EFER_LMA | EFER_NXE};
	fake_write(ROOT, PDPT | GUEST_USER);
	fake_write(PDPT, PD | GUEST_USER);
	fake_write(PD + (NATIVE_CODE >> 21) * 8, PT | GUEST_USER);
	entry_set(NATIVE_CODE, FRAME_CODE | GUEST_USER);
	entry_set(NATIVE_CODE + 4096, FRAME_CODE_2 | GUEST_USER);
	entry_set(NATIVE_DATA, FRAME_DATA | GUEST_USER);
	entry_set(NATIVE_DATA + 4096, FRAME_DATA_2 | GUEST_USER);
	memset(gpr, 0, sizeof(gpr));
	writes = 0;
	for (unsigned i = 0; i < sizeof(xmm); i++)
		xmm[i / 16][i % 16] = (uint8_t)(i * 37 + 1);
	in = (struct interpret){
	    .gpr = gpr,
	    .rip = NATIVE_CODE,
	    .rflags = 2,
	    .segment = {[SEGMENT_GS] = {.base = NATIVE_DATA}},
	    .cpl = 3,
	    .long_mode = true,
	    .memory = &fake.vm.memory,
	    .paging = &fake.vcpu.paging,
	    .reserved = walk_reserved(40),
	    .hint_gpa = INTERPRET_NO_HINT,
	    .hint_read_gpa = INTERPRET_NO_HINT,
	    .write = write_count,
	    .context = &in,
	};
	/* flat, outside 64-bit mode: data, and CS code that can be read */
	for (unsigned i = 0; i < SEGMENT_COUNT; i++) {
		in.segment[i].limit = 0xffffffff;
		in.segment[i].rights = i == SEGMENT_CS ? 0xc0fb : 0xc0f3;
	}
}

void code_put(const uint8_t *code, unsigned bytes)
{
	cr_assert(zero(int, guest_memory_write(&fake.vm.memory, FRAME_CODE, code, bytes)));
}
