// SPDX-License-Identifier: GPL-2.0-only
/* The local APIC in x2APIC mode: registers, priorities, interrupts to itself, its timer. */
#include "tests/guest/test.h"
#include "workloads/lib/apic.h"

#define LOW	 0x61
#define HIGH	 0xa1
#define TIMER	 0x71
#define SPURIOUS 0xef

static unsigned order[16], seen;
static uint64_t isr_during;

static void note(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
	isr_during = apic_has(APIC_ISR, (uint8_t)frame->vector);
	apic_eoi();
}

static void note_nmi(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
}

static void interrupts_open(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tnop\n\tcli" ::: "memory");
}

/** STI and HLT in one: no interrupt comes between them. */
static void interrupt_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

static void registers(void)
{
	test_equal(rdmsr(APIC_ID), 0, "ID");
	test_equal(rdmsr(APIC_VERSION) & 0xff, 0x14, "version: 0x14");
	test_equal(rdmsr(APIC_VERSION) >> 16 & 0xff, 5, "version: six LVT entries");
	wrmsr(APIC_TPR, 0x35);
	test_equal(rdmsr(APIC_TPR), 0x35, "TPR keeps its value");
	test_equal(cr8_read(), 3, "CR8 is the TPR's upper half");
	cr8_write(7);
	test_equal(rdmsr(APIC_TPR), 0x70, "and the TPR is CR8");
	test_equal(rdmsr(APIC_PPR), 0x70, "PPR: with nothing in service, the TPR");
	cr8_write(0);
	test_equal(rdmsr(APIC_SVR), APIC_SVR_ENABLED | SPURIOUS, "SVR keeps its value");
	test_ok(cpuid(1, 0).edx >> 9 & 1, "CPUID: there is an APIC");
}

static void refused(void)
{
	try_rdmsr(0x801);
	test_trap(VECTOR_GP, 0, "no such register");
	try_rdmsr(APIC_EOI);
	test_trap(VECTOR_GP, 0, "EOI is not to be read");
	try_wrmsr(APIC_EOI, 1);
	test_trap(VECTOR_GP, 0, "EOI takes 0 only");
	try_wrmsr(APIC_ID, 0);
	test_trap(VECTOR_GP, 0, "ID is not to be written");
	try_wrmsr(APIC_TPR, 0x100);
	test_trap(VECTOR_GP, 0, "TPR: a reserved bit");
	try_wrmsr(MSR_APIC_BASE, (rdmsr(MSR_APIC_BASE) & ~APIC_BASE_X2APIC));
	test_trap(VECTOR_GP, 0, "no way back from x2APIC to xAPIC");
}

static void to_itself(void)
{
	seen = 0;
	wrmsr(APIC_SELF_IPI, LOW);
	test_ok(apic_has(APIC_IRR, LOW), "IF=0: the interrupt is requested");
	test_equal(seen, 0, "and waits");
	interrupts_open();
	test_ok(seen == 1 && order[0] == LOW, "IF=1: it is delivered");
	test_ok(isr_during, "then it is in service");
	test_ok(!apic_has(APIC_ISR, LOW) && !apic_has(APIC_IRR, LOW), "EOI ends that");
	seen = 0;
	wrmsr(APIC_ICR, APIC_ICR_SELF | HIGH);
	wrmsr(APIC_ICR, LOW); /* to ID 0 */
	interrupts_open();
	test_ok(seen == 2 && order[0] == HIGH && order[1] == LOW, "the higher vector first");
	seen = 0;
	wrmsr(APIC_ICR, 7ul << 32 | LOW);
	interrupts_open();
	test_equal(seen, 0, "to a processor that is not there");
	trap_set_handler(2, note_nmi);
	wrmsr(APIC_ICR, APIC_ICR_NMI);
	test_ok(seen == 1 && order[0] == 2, "an NMI, with IF=0");
}

static void priority(void)
{
	seen = 0;
	cr8_write(LOW >> 4);
	wrmsr(APIC_SELF_IPI, LOW);
	interrupts_open();
	test_equal(seen, 0, "a priority not above the TPR's waits");
	wrmsr(APIC_SELF_IPI, HIGH);
	interrupts_open();
	test_ok(seen == 1 && order[0] == HIGH, "one above does not");
	__asm__ volatile("sti" ::: "memory");
	cr8_write(0);
	__asm__ volatile("nop\n\tcli" ::: "memory");
	test_ok(seen == 2 && order[1] == LOW, "CR8 lowered: what waited comes");
}

/** In its handler, a lower interrupt waits and a higher one comes. */
static void nest(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
	wrmsr(APIC_SELF_IPI, LOW);
	wrmsr(APIC_SELF_IPI, HIGH);
	interrupts_open();
	order[seen++ & 15] = (unsigned)rdmsr(APIC_PPR);
	apic_eoi();
}

static void nesting(void)
{
	seen = 0;
	trap_set_handler(TIMER, nest);
	wrmsr(APIC_SELF_IPI, TIMER);
	interrupts_open();
	test_equal(order[0], TIMER, "nested: the first");
	test_equal(order[1], HIGH, "nested: the higher interrupts it");
	test_equal(order[2], TIMER & 0xf0, "nested: PPR is what is in service");
	test_equal(order[3], LOW, "nested: the lower comes after its EOI");
	test_equal(seen, 4, "nested: no others");
	trap_set_handler(TIMER, note);
}

static void timer(void)
{
	uint64_t start;

	wrmsr(APIC_LVT_TIMER, APIC_TIMER_ONE_SHOT | TIMER);
	seen = 0;
	start = rdtsc();
	wrmsr(APIC_INITIAL, 200000);
	interrupt_wait();
	test_ok(seen == 1 && order[0] == TIMER, "one-shot: HLT ends");
	test_ok(rdtsc() - start >= 200000, "one-shot: not too early");
	test_equal(rdmsr(APIC_CURRENT), 0, "one-shot: the count has ended");
	wrmsr(APIC_LVT_TIMER, APIC_TIMER_PERIODIC | TIMER);
	wrmsr(APIC_INITIAL, 100000);
	start = rdtsc();
	for (seen = 0; seen < 5;)
		interrupt_wait();
	test_ok(rdtsc() - start >= 400000, "periodic: five of them");
	wrmsr(APIC_INITIAL, 0);
	interrupts_open();
	seen = 0;
	test_equal(rdmsr(APIC_CURRENT), 0, "an initial count of 0 stops it");
	wrmsr(APIC_LVT_TIMER, APIC_TIMER_ONE_SHOT | TIMER);
	wrmsr(APIC_INITIAL, 50000);
	__asm__ volatile("sti" ::: "memory");
	for (start = rdtsc(); !seen && rdtsc() - start < 10000000;)
		;
	__asm__ volatile("cli" ::: "memory");
	test_equal(seen, 1, "one-shot: a busy guest is interrupted too");
}

/** Bochs 2.7 takes deadlines for its own time, which a guest's TSC is behind. */
static void deadline_ok(bool good, const char *name)
{
	if (machine.vmm)
		test_ok(good, name);
	else
		test_skip(name, "on Bochs 2.7 itself deadlines come too early");
}

static void deadline(void)
{
	uint64_t at;

	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 1000);
	test_equal(rdmsr(MSR_TSC_DEADLINE), 0, "deadline: not in another mode");
	wrmsr(APIC_LVT_TIMER, APIC_TIMER_DEADLINE | TIMER);
	seen = 0;
	at = rdtsc() + 300000;
	wrmsr(MSR_TSC_DEADLINE, at);
	test_equal(rdmsr(MSR_TSC_DEADLINE), at, "deadline: it can be read");
	interrupt_wait();
	deadline_ok(seen == 1 && rdtsc() >= at, "deadline: HLT ends, and not too early");
	deadline_ok(rdmsr(MSR_TSC_DEADLINE) == 0, "deadline: then it is 0");
	seen = 0;
	wrmsr(MSR_TSC_DEADLINE, 1);
	interrupts_open();
	test_equal(seen, 1, "deadline: one in the past is due at once");
	seen = 0;
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 20000);
	wrmsr(MSR_TSC_DEADLINE, 0);
	for (at = rdtsc() + 100000; rdtsc() < at;)
		interrupts_open();
	deadline_ok(seen == 0, "deadline: 0 takes it back");
	wrmsr(APIC_LVT_TIMER, APIC_LVT_MASKED);
}

int main(void)
{
	if (!apic_present()) {
		test_skip("the local APIC", "no x2APIC with a TSC-deadline timer here");
		return test_done();
	}
	trap_set_handler(LOW, note);
	trap_set_handler(HIGH, note);
	trap_set_handler(TIMER, note);
	apic_init(SPURIOUS);
	registers();
	refused();
	to_itself();
	priority();
	nesting();
	timer();
	deadline();
	return test_done();
}
