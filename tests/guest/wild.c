// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that ends badly, or not at all: how=NAME, one of the names below. It prints one line
 * before; tests/e2e/guest-ends.sh says what must follow.
 */
#include "tests/guest/test.h"
#include "workloads/lib/args.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/random.h"

#define HOW                                                                                        \
	"halt triple loop outside outside_write random scribble exit debug_exit unexpected "       \
	"exit_loop"

static void load_empty_idt(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) empty;

	__asm__ volatile("lidt %0" ::"m"(empty));
}

static void triple_fault(void)
{
	load_empty_idt();
	__asm__ volatile("ud2");
}

/* Behind the guest's memory, within the first GiB, which the loader has mapped. */
static volatile uint64_t *outside(void)
{
	return (volatile uint64_t *)(machine.boot->memory_bytes + 0x123000);
}

/* Random bytes as code, again and again behind each exception, until something ends it. */
static void run_random(void)
{
	static uint8_t code[64 * 1024] __attribute__((aligned(4096)));
	uint64_t seed = machine.boot->seed;

	for (unsigned i = 0; i < sizeof(code); i += 8)
		*(uint64_t *)(code + i) = random_next(&seed);
	for (;;)
		try_fetch((uint64_t)code + random_next(&seed) % sizeof(code));
}

/* Random words over random memory, its own page tables and descriptors among them. */
static void scribble(void)
{
	uint64_t seed = machine.boot->seed, *base = (uint64_t *)4096;
	uint64_t count = machine.boot->memory_bytes / 8 - 512;

	for (uint64_t *table = (uint64_t *)cr3_read();; table = base + random_next(&seed) % count)
		for (unsigned i = 0; i < 64; i++)
			((volatile uint64_t *)table)[random_next(&seed) % 512] = random_next(&seed);
}

int main(void)
{
	if (!args_check("wild", "how status"))
		return 2;
	printf("wild: begins\n");
	switch (args_choice("how", HOW)) {
	case 0:
		halt();
		break;
	case 1:
		triple_fault();
		break;
	case 2:
		for (;;)
			;
	case 3:
		printf("wild: read %lx\n", *outside());
		break;
	case 4:
		*outside() = 1;
		break;
	case 5:
		run_random();
		break;
	case 6:
		scribble();
		break;
	case 7:
		machine_exit((uint8_t)args_number("status", 0, 0));
	case 8:
		out8(VTG_PORT_DEBUG_EXIT, (uint8_t)args_number("status", 0, 0));
		break;
	case 9:
		__asm__ volatile("ud2");
		break;
	default:
		for (;;)
			__asm__ volatile("xor %%eax, %%eax\n\tcpuid" ::
					     : "rax", "rbx", "rcx", "rdx");
	}
	printf("wild: still there\n");
	return 99;
}
