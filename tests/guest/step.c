// SPDX-License-Identifier: GPL-2.0-only
#include "tests/guest/step.h"

#include <stdbool.h>

#include "core-vmm/abi/guest.h"
#include "tests/guest/test.h"
#include "workloads/lib/string.h"

#define FIRST	 16 /* of the test's descriptors */
#define STACK	 3  /* interrupt stack: the code under test has none that can be relied on */
#define EXPECTED (sizeof(vectors) / sizeof(vectors[0]))

static const uint8_t vectors[] = {VECTOR_DB, VECTOR_UD, VECTOR_NM, VECTOR_NP,  VECTOR_SS,
				  VECTOR_GP, VECTOR_PF, VECTOR_AC, STEP_VECTOR};
/* What pushes an error code. */
#define HAS_ERROR                                                                                  \
	(1ul << VECTOR_NP | 1ul << VECTOR_SS | 1ul << VECTOR_GP | 1ul << VECTOR_PF |               \
	 1ul << VECTOR_AC)

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern char step_leave[];
void step_enter(const struct step *step);

uint64_t step_rsp;
static uint64_t gdt[FIRST + STEP_SEGMENTS] __attribute__((aligned(64)));
static struct step_result seen;
static bool running;

static void registers_note(const struct trap_frame *frame)
{
	const uint64_t gpr[] = {frame->rax, frame->rcx, frame->rdx, frame->rbx,
				frame->rsp, frame->rbp, frame->rsi, frame->rdi,
				frame->r8,  frame->r9,	frame->r10, frame->r11,
				frame->r12, frame->r13, frame->r14, frame->r15};

	memcpy(seen.gpr, gpr, sizeof(gpr));
}

static void trapped(struct trap_frame *frame)
{
	if (!running) {
		printf("# exception %lu at 0x%lx, cr2 0x%lx, which no test has provoked\n",
		       frame->vector, frame->rip, cr2_read());
		machine_exit(TRAP_STATUS);
	}
	running = false;
	registers_note(frame);
	seen.rflags = frame->rflags;
	seen.rip = frame->rip;
	seen.vector = frame->vector;
	seen.error = frame->vector < 64 && HAS_ERROR >> frame->vector & 1 ? frame->error : 0;
	seen.cr2 = frame->vector == VECTOR_PF ? cr2_read() : 0;
	frame->rip = (uint64_t)step_leave;
	frame->cs = VTG_CODE_SELECTOR;
	frame->ss = VTG_DATA_SELECTOR;
	frame->rsp = step_rsp;
	frame->rflags = RFLAGS_FIXED;
}

void step_init(void)
{
	struct table_register gdtr;

	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	memcpy(gdt, (void *)gdtr.base, gdtr.limit + 1ul);
	gdtr = (struct table_register){sizeof(gdt) - 1, (uint64_t)gdt};
	__asm__ volatile("lgdt %0" ::"m"(gdtr));
	for (unsigned i = 0; i < EXPECTED; i++) {
		trap_set_handler(vectors[i], trapped);
		trap_set_stack(vectors[i], STACK);
	}
}

uint16_t step_segment(unsigned number, uint64_t base, uint32_t limit, uint16_t rights)
{
	unsigned index = FIRST + number;

	gdt[index] = (limit & 0xffff) | (base & 0xffffff) << 16 | (uint64_t)rights << 40 |
		     (uint64_t)(limit >> 16 & 15) << 48 | (base >> 24 & 0xff) << 56;
	return (uint16_t)(index * 8 | (rights >> 5 & 3));
}

void step_run(const struct step *step, struct step_result *result)
{
	running = true;
	step_enter(step);
	*result = seen;
}
