// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits whose call stack is known (vtrun --stacks cpuid): a chain of functions with frame pointers,
 * as below (leaf 0); then with a stack of which three words have memory (leaf 1), with none at all
 * (leaf 2), at an address that no stack can have (leaf 3), and at CPL 3 (leaf 4).
 * tests/e2e/exitstat-stacks.sh looks for them in the trace.
 */
#include "tests/guest/test.h"
#include "workloads/lib/paging.h"

#define FRAMES                                                                                     \
	__attribute__((noipa, optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")))

FRAMES static void stack_inner(void)
{
	__asm__ volatile("cpuid" ::"a"(0), "c"(0) : "ebx", "edx", "memory");
}

FRAMES static void stack_middle(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		stack_inner();
}

__attribute__((used)) FRAMES static void stack_outer(void)
{
	stack_middle(2);
	stack_inner();
}

/** No frame lies around it: a frame pointer of 0 says so. */
static __attribute__((naked)) void stack_begin(void)
{
	__asm__("push %rbp\n\t"
		"xor %ebp, %ebp\n\t"
		"call stack_outer\n\t"
		"pop %rbp\n\t"
		"ret");
}

/** CPUID with another stack pointer. Nothing is pushed meanwhile: interrupts are off. */
static void cpuid_with_stack(uint32_t leaf, uint64_t rsp)
{
	__asm__ volatile("mov %%rsp, %%r12\n\t"
			 "mov %1, %%rsp\n\t"
			 "cpuid\n\t"
			 "mov %%r12, %%rsp"
			 : "+a"(leaf)
			 : "r"(rsp), "c"(0)
			 : "rbx", "rdx", "r12", "memory");
}

static __attribute__((naked)) void user_code(void)
{
	__asm__("mov $4, %eax\n\tcpuid\n\t" USER_RETURN);
}

int main(void)
{
	uint64_t memory = machine.boot->memory_bytes, result = 0;

	paging_init();
	stack_begin();
	cpuid_with_stack(1, memory - 24);
	cpuid_with_stack(2, memory + 8);
	cpuid_with_stack(3, 1ull << 63);
	user_run(user_code, 0, &result);
	return 0;
}
