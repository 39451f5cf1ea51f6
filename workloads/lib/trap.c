// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/trap.h"

#include <stddef.h>

#include "workloads/lib/console.h"
#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"

#define VECTORS	    256
#define STUB_BYTES  16
#define STACK_BYTES 8192
#define STACKS	    4 /* 0: from CPL 3 (RSP0); 1 to 3: interrupt stacks */

/* Interrupt gate, 64-bit: SDM vol. 3, figure 6-8. */
struct gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_middle;
	uint32_t offset_high, reserved;
};

#define GATE_KERNEL 0x8e
#define GATE_USER   0xee /* INT n may be used at CPL 3 */

/* 64-bit TSS: SDM vol. 3, figure 8-11. */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3], reserved1, ist[7], reserved2;
	uint16_t reserved3, io_map;
} __attribute__((packed));

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern char trap_stubs[];
void user_enter(void (*code)(void), uint64_t argument, uint64_t stack, uint64_t rflags);
_Noreturn void user_leave(void);
void trap_dispatch(struct trap_frame *frame);

struct trap trap_seen;
uint64_t trap_resume, trap_resume_rsp;

static trap_handler handlers[VECTORS];
static uint64_t user_result;
static struct gate idt[VECTORS] __attribute__((aligned(4096)));
static uint8_t stacks[STACKS][STACK_BYTES] __attribute__((aligned(4096)));
static uint8_t user_stack[STACK_BYTES] __attribute__((aligned(4096)));
static struct tss tss;
/*
 * Accessed bits are set beforehand, so that loading a segment writes nothing. The TSS takes two
 * entries.
 */
static uint64_t gdt[] = {
    [VTG_CODE_SELECTOR / 8] = 0x00af9b000000ffff,
    [VTG_DATA_SELECTOR / 8] = 0x00cf93000000ffff,
    [VTG_TSS_SELECTOR / 8] = 0,
    [VTG_TSS_SELECTOR / 8 + 1] = 0,
    [USER_DATA_SELECTOR / 8] = 0x00cff3000000ffff,
    [USER_CODE_SELECTOR / 8] = 0x00affb000000ffff,
};

static void gate_set(unsigned vector, uint64_t entry, uint8_t type)
{
	struct gate *gate = &idt[vector];

	gate->offset_low = (uint16_t)entry;
	gate->offset_middle = (uint16_t)(entry >> 16);
	gate->offset_high = (uint32_t)(entry >> 32);
	gate->selector = VTG_CODE_SELECTOR;
	gate->type = type;
}

void trap_set_gate(unsigned vector, void (*entry)(void))
{
	uint64_t stub = (uint64_t)trap_stubs + vector * STUB_BYTES;
	/* INT3 and INTO are software's, like the way back from CPL 3. */
	bool user = vector == VECTOR_BP || vector == VECTOR_OF || vector == TRAP_USER_RETURN;

	gate_set(vector, entry ? (uint64_t)entry : stub, user ? GATE_USER : GATE_KERNEL);
}

void trap_set_handler(unsigned vector, trap_handler handler)
{
	handlers[vector] = handler;
}

void trap_set_stack(unsigned vector, unsigned ist)
{
	idt[vector].ist = (uint8_t)ist;
}

void trap_set_stack_top(unsigned ist, uint64_t top)
{
	tss.ist[ist - 1] = top;
}

static void gdt_load(void)
{
	struct table_register gdtr = {sizeof(gdt) - 1, (uint64_t)gdt};
	uint64_t base = (uint64_t)&tss;

	/* Available 64-bit TSS: SDM vol. 3, figure 8-4. */
	gdt[VTG_TSS_SELECTOR / 8] =
	    (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 | (base >> 24 & 0xff) << 56;
	gdt[VTG_TSS_SELECTOR / 8 + 1] = base >> 32;
	tss.io_map = sizeof(tss);
	tss.rsp[0] = (uint64_t)stacks[0] + STACK_BYTES;
	for (unsigned i = 1; i < STACKS; i++)
		tss.ist[i - 1] = (uint64_t)stacks[i] + STACK_BYTES;
	__asm__ volatile("lgdt %0\n\t"
			 "push %1\n\t"
			 "push $1f\n\t"
			 "lretq\n"
			 "1:\tmov %2, %%ss\n\t"
			 "ltr %3" ::"m"(gdtr),
			 "i"(VTG_CODE_SELECTOR), "r"(VTG_DATA_SELECTOR),
			 "r"((uint16_t)VTG_TSS_SELECTOR)
			 : "memory");
}

void trap_init(void)
{
	struct table_register idtr = {sizeof(idt) - 1, (uint64_t)idt};

	gdt_load();
	for (unsigned vector = 0; vector < VECTORS; vector++)
		trap_set_gate(vector, NULL);
	trap_set_stack(VECTOR_DF, 1);
	__asm__ volatile("lidt %0" ::"m"(idtr));
}

static void trap_note(const struct trap_frame *frame)
{
	trap_seen.vector = frame->vector;
	trap_seen.error = frame->error;
	trap_seen.rip = frame->rip;
	trap_seen.cs = frame->cs;
	trap_seen.cr2 = frame->vector == VECTOR_PF ? cr2_read() : 0;
}

static void trap_unexpected(const struct trap_frame *frame)
{
	printf("guest: exception %lu, error code 0x%lx, at rip 0x%lx (cs 0x%lx)\n", frame->vector,
	       frame->error, frame->rip, frame->cs);
	printf("guest: cr2 0x%lx cr3 0x%lx rsp 0x%lx rflags 0x%lx rax 0x%lx rdi 0x%lx\n",
	       cr2_read(), cr3_read(), frame->rsp, frame->rflags, frame->rax, frame->rdi);
	machine_exit((uint8_t)(TRAP_STATUS + (frame->vector & 63)));
}

/* Called by the entry code. */
void trap_dispatch(struct trap_frame *frame)
{
	trap_handler handler = handlers[frame->vector];

	if (handler) {
		handler(frame);
		return;
	}
	if ((frame->cs & 3) == 3) {
		trap_note(frame);
		user_result = frame->rax;
		user_leave();
	}
	if (!trap_resume)
		trap_unexpected(frame);
	trap_note(frame);
	frame->rip = trap_resume;
	frame->rflags &= ~(RFLAGS_TF | RFLAGS_AC);
	if (trap_resume_rsp)
		frame->rsp = trap_resume_rsp;
	trap_resume = trap_resume_rsp = 0;
}

struct trap user_run(void (*code)(void), uint64_t argument, uint64_t *result)
{
	user_enter(code, argument, (uint64_t)user_stack + STACK_BYTES, RFLAGS_FIXED);
	if (result)
		*result = user_result;
	return trap_seen;
}
