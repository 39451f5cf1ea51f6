// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local APIC's timer, to the guest's handler and back: the guest halts until it comes, or with
 * wait=spin is busy. With mode=deadline it is armed for a TSC, with mode=oneshot for a count, both
 * each time; with mode=periodic once for all. Measured: from when it is due to the handler.
 * Read back: how many came, and that none came before it was due.
 */
#include <stdbool.h>

#include "workloads/lib/apic.h"
#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define VECTOR	 0x71
#define SPURIOUS 0xef
#define INTERVAL 10000 /* time units: longer than an interrupt takes in any mode */

enum mode { DEADLINE, ONE_SHOT, PERIODIC };

static const uint32_t lvt[] = {APIC_TIMER_DEADLINE, APIC_TIMER_ONE_SHOT, APIC_TIMER_PERIODIC};

static enum mode mode;
static bool spin;
static uint64_t due, early;
/* The handler's. */
static volatile uint64_t timer_seen __attribute__((used)), timer_tsc __attribute__((used));

static __attribute__((naked)) void handler(void)
{
	__asm__("push %rax\n\t"
		"push %rcx\n\t"
		"push %rdx\n\t"
		"rdtsc\n\t"
		"shl $32, %rdx\n\t"
		"or %rdx, %rax\n\t"
		"mov %rax, timer_tsc(%rip)\n\t"
		"incq timer_seen(%rip)\n\t"
		"mov $0x80b, %ecx\n\t" /* APIC_EOI */
		"xor %eax, %eax\n\t"
		"xor %edx, %edx\n\t"
		"wrmsr\n\t"
		"pop %rdx\n\t"
		"pop %rcx\n\t"
		"pop %rax\n\t"
		"iretq");
}

/** Bochs takes a deadline for its own time, which is ahead of a native guest's TSC: it is due at once. */
static uint64_t due_after(uint64_t interval)
{
	return mode == DEADLINE && !machine.vmm ? 0 : rdtsc() + interval;
}

static void arm(void)
{
	due = due_after(INTERVAL);
	if (mode == DEADLINE)
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + INTERVAL);
	else
		wrmsr(APIC_INITIAL, INTERVAL);
}

/** Until one more has come. STI takes effect behind HLT: none is missed between them. */
static void await(uint64_t count)
{
	if (spin) {
		__asm__ volatile("sti" ::: "memory");
		while (timer_seen < count)
			;
		__asm__ volatile("cli" ::: "memory");
	}
	while (timer_seen < count)
		__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	early += timer_tsc < due;
}

static void stop(void)
{
	wrmsr(APIC_INITIAL, 0);
	wrmsr(APIC_LVT_TIMER, APIC_LVT_MASKED);
	/* What came while it was stopped. */
	__asm__ volatile("sti\n\tnop\n\tcli" ::: "memory");
}

static uint64_t timer_prepare(uint64_t ops)
{
	mode = (enum mode)args_choice("mode", "deadline oneshot periodic");
	spin = args_choice("wait", "halt spin") == 1;
	apic_init(SPURIOUS);
	trap_set_gate(VECTOR, handler);
	return ops;
}

static void timer_reset(void)
{
	timer_seen = early = 0;
	wrmsr(APIC_LVT_TIMER, lvt[mode] | VECTOR);
}

/** A period is measured by its first interrupt, as the others'. */
static uint32_t timer_sample(void)
{
	timer_reset();
	arm();
	await(1);
	stop();
	return due ? (uint32_t)(timer_tsc - due) : 0;
}

static void timer_run(uint64_t ops)
{
	for (uint64_t count = 1; count <= ops; count++) {
		if (mode != PERIODIC || count == 1)
			arm();
		await(count);
	}
	/* Counted by now; the rest is not the phase's. */
	wrmsr(APIC_LVT_TIMER, APIC_LVT_MASKED);
}

static uint64_t timer_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), timer_seen == ops), early);
}

const struct workload timer_workload = {
    .name = "timer",
    .keys = "mode wait",
    .ops = 10000,
    .prepare = timer_prepare,
    .reset = timer_reset,
    .sample = timer_sample,
    .run = timer_run,
    .digest = timer_digest,
};
