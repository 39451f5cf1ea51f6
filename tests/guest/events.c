/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts and NMIs: when they are delivered, in which order, what blocks them, what an exit in
 * the middle of the delivery does to them. Needs vmm-test.elf, which raises what a guest asks for.
 */
#include "tests/guest/hooks.h"
#include "tests/guest/test.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"

#define LOW_VECTOR  0x60
#define HIGH_VECTOR 0xa0
#define VECTOR_NMI  2

static unsigned order[16], seen;
static uint64_t seen_rip;

static void note(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
	seen_rip = frame->rip;
}

static void start(void)
{
	seen = 0;
	seen_rip = 0;
}

static void masked_until_sti(void)
{
	uint64_t after;

	start();
	hypercall(TEST_RAISE, LOW_VECTOR, 0);
	test_equal(seen, 0, "IF=0: an interrupt waits");
	__asm__ volatile("lea 1f(%%rip), %0\n\t"
			 "sti\n\t"
			 "nop\n"
			 "1:\tcli"
			 : "=r"(after)::"memory");
	test_equal(seen, 1, "STI: it is delivered");
	test_equal(seen_rip, after, "STI: after the instruction that follows");
	test_equal(order[0], LOW_VECTOR, "STI: its vector");
}

static void priority(void)
{
	start();
	hypercall(TEST_RAISE, LOW_VECTOR, 0);
	hypercall(TEST_RAISE, HIGH_VECTOR, 0);
	hypercall(TEST_RAISE, HIGH_VECTOR, 0);
	__asm__ volatile("sti\n\tnop\n\tnop\n\tnop\n\tcli" ::: "memory");
	test_equal(seen, 2, "two vectors, one raised twice: two deliveries");
	test_equal(order[0], HIGH_VECTOR, "the higher vector first");
	test_equal(order[1], LOW_VECTOR, "then the lower");
}

static void immediate(void)
{
	start();
	__asm__ volatile("sti" ::: "memory");
	hypercall(TEST_RAISE, LOW_VECTOR, 0);
	test_equal(seen, 1, "IF=1: at once");
	__asm__ volatile("cli" ::: "memory");
}

static void mov_ss_blocks(void)
{
	uint64_t after;

	start();
	hypercall(TEST_RAISE, LOW_VECTOR, 0);
	__asm__ volatile("mov %%ss, %%eax\n\t"
			 "lea 1f(%%rip), %0\n\t"
			 "sti\n\t"
			 "mov %%eax, %%ss\n\t"
			 "nop\n"
			 "1:\tcli"
			 : "=r"(after)::"rax", "memory");
	test_equal(seen, 1, "MOV SS after STI: delivered");
	test_equal(seen_rip, after, "MOV SS after STI: one instruction later");
}

static void halt_wakes(void)
{
	start();
	hypercall(TEST_RAISE, HIGH_VECTOR, 0);
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	test_equal(seen, 1, "STI; HLT with an interrupt waiting: it wakes");
	start();
	hypercall(TEST_RAISE_NMI, 0, 0);
	test_equal(seen, 1, "an NMI needs no IF");
	test_equal(order[0], VECTOR_NMI, "its vector is 2");
}

/** Raises another NMI while the first is being handled: it must wait for the first one's IRET. */
static void nmi_nested(struct trap_frame *frame)
{
	note(frame);
	if (seen == 1) {
		hypercall(TEST_RAISE_NMI, 0, 0);
		order[8] = seen; /* still one */
	}
}

static void nmi_blocked_until_iret(void)
{
	start();
	trap_set_handler(VECTOR_NMI, nmi_nested);
	hypercall(TEST_RAISE_NMI, 0, 0);
	__asm__ volatile("nop" ::: "memory");
	test_equal(order[8], 1, "an NMI in an NMI's handler waits");
	test_equal(seen, 2, "and comes after its IRET");
	trap_set_handler(VECTOR_NMI, note);
}

/** Deliver on a stack that nothing has touched: the delivery itself exits, and must be done again,
 *  once. */
static void delivery_exits(unsigned vector, bool nmi, const char *name)
{
	char *stack = memory_take(8 * PAGE_SIZE, PAGE_SIZE);

	trap_set_stack_top(1, (uint64_t)stack + 8 * PAGE_SIZE);
	trap_set_stack(vector, 1);
	start();
	if (nmi)
		hypercall(TEST_RAISE_NMI, 0, 0);
	else
		hypercall(TEST_RAISE, vector, 0);
	__asm__ volatile("sti\n\tnop\n\tcli" ::: "memory");
	trap_set_stack(vector, 0);
	test_ok(seen == 1 && order[0] == vector, name);
}

static void software_delivery_exits(void)
{
	char *stack = memory_take(8 * PAGE_SIZE, PAGE_SIZE);
	uint64_t after;

	trap_set_handler(LOW_VECTOR, note);
	trap_set_stack_top(1, (uint64_t)stack + 8 * PAGE_SIZE);
	trap_set_stack(LOW_VECTOR, 1);
	start();
	__asm__ volatile("lea 1f(%%rip), %0\n\tint $0x60\n1:" : "=r"(after)::"memory");
	trap_set_stack(LOW_VECTOR, 0);
	test_ok(seen == 1 && order[0] == LOW_VECTOR, "INT n whose delivery exits: delivered once");
	test_equal(seen_rip, after,
		   "INT n whose delivery exits: it returns behind the instruction");
}

int main(void)
{
	if (!hooks_present()) {
		test_skip("interrupts and NMIs", "this VMM has no test hooks");
		return test_done();
	}
	trap_set_handler(LOW_VECTOR, note);
	trap_set_handler(HIGH_VECTOR, note);
	trap_set_handler(VECTOR_NMI, note);
	masked_until_sti();
	priority();
	immediate();
	mov_ss_blocks();
	halt_wakes();
	nmi_blocked_until_iret();
	delivery_exits(LOW_VECTOR, false, "an interrupt whose delivery exits: delivered once");
	delivery_exits(VECTOR_NMI, true, "an NMI whose delivery exits: delivered once");
	software_delivery_exits();
	return test_done();
}
