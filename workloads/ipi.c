// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interrupt that the processor sends to itself, through the local APIC in x2APIC mode: to the
 * handler, EOI and back. Read back: how many came, and that each came before the next instruction
 * but one.
 */
#include "workloads/lib/apic.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define VECTOR	 0x72
#define SPURIOUS 0xef

static uint64_t late;

static uint64_t ipi_prepare(uint64_t ops)
{
	apic_init(SPURIOUS);
	trap_set_gate(VECTOR, apic_count);
	return ops;
}

static void ipi_reset(void)
{
	apic_counted = late = 0;
}

/** The handler included. */
static uint32_t ipi_sample(void)
{
	uint32_t time;

	__asm__ volatile("sti\n\tnop" ::: "memory");
	time = TIMED_ASM("mov %1, %%ecx\n\tmov %2, %%eax\n\txor %%edx, %%edx", "wrmsr",
			 "i"(APIC_SELF_IPI), "i"(VECTOR));
	__asm__ volatile("cli" ::: "memory");
	return time;
}

static void ipi_run(uint64_t ops)
{
	__asm__ volatile("sti" ::: "memory");
	for (uint64_t count = 1; count <= ops; count++) {
		wrmsr(APIC_SELF_IPI, VECTOR);
		__asm__ volatile("nop" ::: "memory");
		late += apic_counted != count;
	}
	__asm__ volatile("cli" ::: "memory");
}

static uint64_t ipi_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), apic_counted == ops), late);
}

const struct workload ipi_workload = {
    .name = "ipi",
    .keys = "",
    .ops = 20000,
    .prepare = ipi_prepare,
    .reset = ipi_reset,
    .sample = ipi_sample,
    .run = ipi_run,
    .digest = ipi_digest,
};
