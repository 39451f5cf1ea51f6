// SPDX-License-Identifier: GPL-2.0-only
/*
 * STI and HLT with an interrupt pending: the processor is woken at once, the handler counts and ends the interrupt, and
 * the guest goes on behind HLT. The interrupt is one that the processor has sent itself, while it masked interrupts.
 * Read back: how many came, and that each came before the next instruction but HLT.
 */
#include "workloads/lib/apic.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/workload.h"

#define VECTOR	 0x73
#define SPURIOUS 0xef

static uint64_t late;

static uint64_t hlt_prepare(uint64_t ops)
{
	apic_init(SPURIOUS);
	trap_set_gate(VECTOR, apic_count);
	return ops;
}

static void hlt_reset(void)
{
	apic_counted = late = 0;
}

/** The handler included; what made it pending not. */
static uint32_t hlt_sample(void)
{
	uint32_t with, without;

	wrmsr(APIC_SELF_IPI, VECTOR);
	with = TIMED_ASM_ONCE("sti\n\thlt", "i"(0));
	__asm__ volatile("cli" ::: "memory");
	without = TIMED_ASM_ONCE("", "i"(0));
	return with - without;
}

static void hlt_run(uint64_t ops)
{
	for (uint64_t count = 1; count <= ops; count++) {
		wrmsr(APIC_SELF_IPI, VECTOR);
		__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
		late += apic_counted != count;
	}
}

static uint64_t hlt_digest(uint64_t ops)
{
	return digest_add(digest_add(digest_add(DIGEST_START, ops), apic_counted == ops), late);
}

const struct workload hlt_workload = {
    .name = "hlt",
    .keys = "",
    .ops = 20000,
    .prepare = hlt_prepare,
    .reset = hlt_reset,
    .sample = hlt_sample,
    .run = hlt_run,
    .digest = hlt_digest,
};
