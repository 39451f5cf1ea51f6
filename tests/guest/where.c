// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exits whose place is known: so many CPUIDs and port accesses in this function of that process and
 * phase. tests/e2e/exitstat-where.sh looks for them in the trace.
 */
#include "tests/guest/test.h"
#include "workloads/lib/mark.h"
#include "workloads/lib/memory.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/string.h"

#define UART_SCRATCH 0x3ff

/* A function each: its name is what is looked for. Each has a leaf of its own, or they were one. */
#define CPUIDS(name, leaf)                                                                         \
	static __attribute__((noinline)) void name(unsigned count)                                 \
	{                                                                                          \
		for (unsigned i = 0; i < count; i++)                                               \
			__asm__ volatile("cpuid" ::"a"(leaf), "c"(0) : "ebx", "edx", "memory");    \
	}
CPUIDS(where_alpha, 0)
CPUIDS(where_nobody, 1)
CPUIDS(where_nested, 2)
CPUIDS(where_kernel, 4)

static __attribute__((noinline)) void where_ports(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		out8(UART_SCRATCH, (uint8_t)i);
}

/** At CPL 3: the process is called "gamma", and has three exits. */
static __attribute__((naked)) void where_user(void)
{
	__asm__("mov $1, %eax\n\t" /* VTG_MARK */
		"mov $3, %edi\n\t" /* VTG_MARK_PROCESS */
		"xor %esi, %esi\n\t"
		"movabs $0x616d6d6167, %rdx\n\t"
		"xor %ecx, %ecx\n\t"
		"xor %r8d, %r8d\n\t"
		"vmcall\n\t"
		"xor %eax, %eax\n\tcpuid\n\t"
		"xor %eax, %eax\n\tcpuid\n\t"
		"xor %eax, %eax\n\tcpuid\n\t" USER_RETURN);
}

static void phases(void)
{
	struct mark outer = mark_make("outer", 1, 8, 0), inner = mark_make("inner", 2, 7, 0);

	mark_begin(&outer);
	where_nested(5);
	mark_begin(&inner);
	where_nested(7);
	mark_end(&inner);
	where_nested(3);
	mark_end(&outer);
}

/** Two tables side by side, as Linux's page-table isolation has them: the kernel's, the user's. */
static void isolated(const uint64_t *root)
{
	uint64_t *pair = memory_take(2 * PAGE_SIZE, 2 * PAGE_SIZE), result = 0;

	memcpy(pair, root, PAGE_SIZE);
	memcpy((char *)pair + PAGE_SIZE, root, PAGE_SIZE);
	cr3_write((uint64_t)pair + PAGE_SIZE);
	if (machine.vmm)
		user_run(where_user, 0, &result);
	cr3_write((uint64_t)pair);
	where_kernel(3);
	where_kernel(1);
}

int main(void)
{
	uint64_t *root = paging_init(), *alpha = paging_clone(root);

	cr3_write((uint64_t)alpha);
	mark_process("alpha");
	where_alpha(30);
	where_ports(4);
	where_ports(6);
	phases();
	isolated(root);
	cr3_write((uint64_t)root);
	where_nobody(15);
	where_nobody(5);
	cr3_write((uint64_t)alpha);
	mark_process("");
	where_alpha(6);
	test_ok(true, "it ran to its end");
	return test_done();
}
