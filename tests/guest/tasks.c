// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hardware task switch, from 32-bit protected mode: by=call|jmp|iret|gate, with
 * paging=off|32bit|pae. No VMM of ours does one; tests/e2e/guest-exits.sh says what must follow.
 */
#include "tests/guest/modes.h"
#include "tests/guest/test.h"
#include "workloads/lib/args.h"

#define CR0_BASE     0x00000033u /* PE, MP, ET, NE */
#define CR4_PSE	     0x10u
#define PAGE_P	     1u
#define PAGE_W	     2u
#define PAGE_LARGE   0x80u
#define TSS_BYTES    104
#define TSS_PRESENT  0x89ull /* a 32-bit TSS, available */
#define TSS_BUSY     0x8bull
#define TASK_GATE    0x85ull
#define GATE_VECTOR  20
#define OLD_SELECTOR 0x18 /* tasks_code has it too */
#define NEW_SELECTOR 0x20

extern uint64_t mode_idt[32];
extern const uint8_t task_call[], task_jmp[], task_iret[], task_gate[];

uint64_t task_gdt[5] = {0, 0x00cf9b000000ffff, 0x00cf93000000ffff};
static uint32_t old_tss[TSS_BYTES / 4], new_tss[TSS_BYTES / 4];
static uint32_t pd[1024] __attribute__((aligned(4096)));
static uint64_t pd_pae[512] __attribute__((aligned(4096))), pdpt[4] __attribute__((aligned(32)));

__asm__(".pushsection .text\n"
	".code32\n"
	".macro task_begin\n\t"
	"lgdt task_gdt_pointer\n\t"
	"movl $0x18, %eax\n\t"
	"ltr %ax\n\t"
	".endm\n"
	"task_call:\n\t"
	"task_begin\n\t"
	"lcall $0x20, $0\n"
	"task_jmp:\n\t"
	"task_begin\n\t"
	"ljmp $0x20, $0\n"
	"task_iret:\n\t"
	"task_begin\n\t"
	"pushfl\n\t"
	"orl $0x4000, (%esp)\n\t" /* EFLAGS.NT: back to the task that the TSS names */
	"popfl\n\t"
	"iret\n"
	"task_gate:\n\t"
	"task_begin\n\t"
	"int $20\n"
	"task_gdt_pointer:\n\t"
	".word 39\n\t"
	".long task_gdt\n\t"
	".code64\n"
	".popsection");

static uint32_t address_of(const void *object)
{
	return (uint32_t)(uintptr_t)object;
}

/** SDM vol. 3, figure 8-3. */
static uint64_t tss_descriptor(const void *tss, uint64_t type)
{
	uint64_t base = address_of(tss);

	return (TSS_BYTES - 1) | (base & 0xffffff) << 16 | type << 40 | (base >> 24) << 56;
}

static void mode_make(struct mode *mode)
{
	switch (args_choice("paging", "off 32bit pae")) {
	case 1:
		for (uint32_t i = 0; i < 256; i++)
			pd[i] = i << 22 | PAGE_P | PAGE_W | PAGE_LARGE;
		mode->cr3 = address_of(pd);
		mode->cr4 = CR4_PSE;
		mode->cr0 |= CR0_PG;
		break;
	case 2:
		for (uint64_t i = 0; i < 512; i++)
			pd_pae[i] = i << 21 | PAGE_P | PAGE_W | PAGE_LARGE;
		pdpt[0] = address_of(pd_pae) | PAGE_P;
		mode->cr3 = address_of(pdpt);
		mode->cr4 = CR4_PAE;
		mode->cr0 |= CR0_PG;
		break;
	}
}

int main(void)
{
	const uint8_t *const ways[] = {task_call, task_jmp, task_iret, task_gate};
	static struct mode_op op = {.type = MODE_CALL};
	static struct mode mode = {.cr0 = CR0_BASE, .count = 1, .op = &op};
	unsigned by;

	if (!args_check("tasks", "by paging"))
		return 2;
	by = args_choice("by", "call jmp iret gate");
	op.address = address_of(ways[by]);
	mode_make(&mode);
	old_tss[0] = NEW_SELECTOR; /* the link that IRET follows */
	task_gdt[OLD_SELECTOR / 8] = tss_descriptor(old_tss, TSS_PRESENT);
	task_gdt[NEW_SELECTOR / 8] = tss_descriptor(new_tss, by == 2 ? TSS_BUSY : TSS_PRESENT);
	mode_idt[GATE_VECTOR] = (uint64_t)NEW_SELECTOR << 16 | TASK_GATE << 40;
	mode_run(&mode);
	printf("tasks: the switch was done\n");
	return 1;
}
