/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables, and the faults of the VMM itself: each prints all there is to know and stops
 * the machine. Every vector uses a stack of its own (IST 1): the VMM may be anywhere, also between
 * a VM exit and the switch to its stack.
 */
#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/platform.h"

#define VECTORS 256
#define STUBS	33 /* 32 exceptions, and one for all else */

struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

struct tss {
	uint32_t reserved;
	uint64_t rsp[3], reserved2, ist[7], reserved3;
	uint16_t reserved4, io_map;
} __attribute__((packed));

struct descriptor_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/** As entry.S pushes it. */
struct trap_frame {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error_code;
	uint64_t rip, cs, rflags, rsp, ss;
};

extern const uint64_t trap_stubs[STUBS];
extern char trap_stack_top[];
_Noreturn void trap_dump(const struct trap_frame *frame);

/* Tables of the one processor; fixed after trap_init. */
static struct gate idt[VECTORS] __attribute__((aligned(16)));
static struct tss tss __attribute__((aligned(16)));
static uint64_t gdt[5] __attribute__((aligned(16)));

uint64_t trap_gdt_base(void)
{
	return (uint64_t)gdt;
}

uint64_t trap_idt_base(void)
{
	return (uint64_t)idt;
}

uint64_t trap_tss_base(void)
{
	return (uint64_t)&tss;
}

static void gdt_load(void)
{
	struct descriptor_pointer pointer = {sizeof(gdt) - 1, (uint64_t)gdt};
	uint64_t base = (uint64_t)&tss;

	gdt[HOST_CODE_SELECTOR / 8] = 0x00AF9B000000FFFF;
	gdt[HOST_DATA_SELECTOR / 8] = 0x00CF93000000FFFF;
	/* available 64-bit TSS (SDM vol. 3, 8.2.3) */
	gdt[HOST_TSS_SELECTOR / 8] =
	    (sizeof(tss) - 1) | (base & 0xFFFFFF) << 16 | 0x89ull << 40 | (base >> 24 & 0xFF) << 56;
	gdt[HOST_TSS_SELECTOR / 8 + 1] = base >> 32;
	__asm__ volatile("lgdt %0\n\tltr %w1" : : "m"(pointer), "r"(HOST_TSS_SELECTOR));
}

void trap_init(void)
{
	struct descriptor_pointer pointer = {sizeof(idt) - 1, (uint64_t)idt};

	tss.ist[0] = (uint64_t)trap_stack_top;
	tss.io_map = sizeof(tss);
	gdt_load();
	for (unsigned i = 0; i < VECTORS; i++) {
		uint64_t stub = trap_stubs[i < STUBS - 1 ? i : STUBS - 1];

		idt[i] = (struct gate){.offset_low = (uint16_t)stub,
				       .selector = HOST_CODE_SELECTOR,
				       .ist = 1,
				       .type = 0x8E, /* interrupt gate */
				       .offset_middle = (uint16_t)(stub >> 16),
				       .offset_high = (uint32_t)(stub >> 32)};
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

_Noreturn void trap_dump(const struct trap_frame *f)
{
	uint64_t cr0, cr2, cr3, cr4;

	__asm__ volatile("mov %%cr0, %0\n\tmov %%cr2, %1\n\tmov %%cr3, %2\n\tmov %%cr4, %3"
			 : "=r"(cr0), "=r"(cr2), "=r"(cr3), "=r"(cr4));
	platform_log("fault in the VMM: vector %llu, error code 0x%llx",
		     (unsigned long long)f->vector, (unsigned long long)f->error_code);
#define R(name) (unsigned long long)f->name
	platform_log("  rip %016llx cs %04llx rflags %08llx rsp %016llx ss %04llx", R(rip), R(cs),
		     R(rflags), R(rsp), R(ss));
	platform_log("  rax %016llx rbx %016llx rcx %016llx rdx %016llx", R(rax), R(rbx), R(rcx),
		     R(rdx));
	platform_log("  rsi %016llx rdi %016llx rbp %016llx r8  %016llx", R(rsi), R(rdi), R(rbp),
		     R(r8));
	platform_log("  r9  %016llx r10 %016llx r11 %016llx r12 %016llx", R(r9), R(r10), R(r11),
		     R(r12));
	platform_log("  r13 %016llx r14 %016llx r15 %016llx", R(r13), R(r14), R(r15));
#undef R
	platform_log("  cr0 %016llx cr2 %016llx cr3 %016llx cr4 %016llx", (unsigned long long)cr0,
		     (unsigned long long)cr2, (unsigned long long)cr3, (unsigned long long)cr4);
	platform_panic("stopped by a fault in the VMM");
}
