// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is easily lost where the processor virtualizes the local APIC, and must be as where each access exits: the state across
 * changes of the mode, writes to each register, requests that wait while something exits, interrupts of the 8259s beside the
 * APIC's, and deliveries that are interrupted themselves. tests/e2e/guest-apicv.sh runs it.
 */
#include "tests/guest/test.h"
#include "workloads/lib/apic.h"
#include "workloads/lib/paging.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/pit.h"

#define BASE	WINDOW(41)
#define APIC_AT 0xfee00000ul

#define LOW	 0x61
#define HIGH	 0xa1
#define LINE	 0x30 /* of the 8259s */
#define SPURIOUS 0xef

/* What x2APIC mode does not have. */
#define APIC_DFR      0x80e
#define APIC_ICR_HIGH 0x831

#define APIC_LVT_THERMAL     0x833
#define APIC_LVT_PERFORMANCE 0x834

#define FRESH_PAGES 24
#define FRESH_STACK 1

static unsigned order[16], seen;
static bool by_msr;
static uint8_t fresh[FRESH_PAGES][4096] __attribute__((aligned(4096)));

static uint32_t apic_read(uint32_t index)
{
	if (by_msr)
		return (uint32_t)rdmsr(index);
	return *(volatile uint32_t *)(BASE + ((index - 0x800ul) << 4));
}

static void apic_write(uint32_t index, uint32_t value)
{
	if (by_msr)
		wrmsr(index, value);
	else
		*(volatile uint32_t *)(BASE + ((index - 0x800ul) << 4)) = value;
}

static bool in_set(uint32_t first, unsigned vector)
{
	return apic_read(first + vector / 32) >> vector % 32 & 1;
}

static void to_self(uint8_t vector)
{
	apic_write(APIC_ICR, APIC_ICR_SELF | vector);
}

static void note(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
	apic_write(APIC_EOI, 0);
}

static void note_line(struct trap_frame *frame)
{
	order[seen++ & 15] = (unsigned)frame->vector;
	pic_eoi((unsigned)frame->vector - LINE);
}

static void interrupts_open(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tnop\n\tcli" ::: "memory");
}

static void base_write(uint64_t mode)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC);

	wrmsr(MSR_APIC_BASE, base | mode);
	by_msr = mode & APIC_BASE_X2APIC;
}

/* ---- registers ---- */

/** Bits that can be set; 0 clears them. */
static void register_bits(uint32_t index, uint32_t bits, const char *name)
{
	uint32_t before = apic_read(index);

	apic_write(index, bits);
	test_equal(apic_read(index) & bits, bits, name);
	apic_write(index, before);
	test_equal(apic_read(index), before, "and as before");
}

static void registers(void)
{
	register_bits(APIC_TPR, 0xff, "TPR");
	register_bits(APIC_LVT_TIMER, 0x300ff, "the timer's LVT");
	register_bits(APIC_LVT_THERMAL, 0x100ff, "the thermal LVT");
	register_bits(APIC_LVT_PERFORMANCE, 0x100ff, "the LVT of performance counters");
	register_bits(APIC_LVT_LINT0, 0x1a0ff, "LINT0's LVT");
	register_bits(APIC_LVT_LINT1, 0x1a0ff, "LINT1's LVT");
	register_bits(APIC_LVT_ERROR, 0x100ff, "the errors' LVT");
	register_bits(APIC_DIVIDE, 0xb, "the divider");
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	register_bits(APIC_INITIAL, 0x12345678, "the initial count");
	apic_write(APIC_INITIAL, 0);
	apic_write(APIC_ESR, 0);
	test_equal(apic_read(APIC_ESR), 0, "ESR");
	if (by_msr)
		return;
	register_bits(APIC_ID, 0x05000000, "ID");
	register_bits(APIC_LDR, 0x5a000000, "LDR");
	register_bits(APIC_DFR, 0xffffffff, "DFR");
	apic_write(APIC_ICR_HIGH, 0x07000000);
	apic_write(APIC_DIVIDE, apic_read(APIC_DIVIDE));
	test_equal(apic_read(APIC_ICR_HIGH), 0x07000000,
		   "the ICR's upper half, though another register was written");
	apic_write(APIC_ICR_HIGH, 0);
}

static void no_vector(void)
{
	apic_write(APIC_ESR, 0);
	if (by_msr)
		wrmsr(APIC_SELF_IPI, 5);
	else
		to_self(5);
	apic_write(APIC_ESR, 0);
	test_ok(apic_read(APIC_ESR), "an unusable vector is an error");
	apic_write(APIC_ESR, 0);
	test_equal(apic_read(APIC_ESR), 0, "that is read once");
}

/* ---- requests ---- */

/** The request waits for the lower of what exits and what does not. */
static void across_exits(void)
{
	seen = 0;
	to_self(LOW);
	for (unsigned i = 0; i < 50; i++)
		(void)cpuid(0, 0);
	test_ok(in_set(APIC_IRR, LOW) && !seen, "requested across exits");
	apic_write(APIC_TPR, LOW);
	interrupts_open();
	test_equal(seen, 0, "not above the TPR: it waits");
	to_self(HIGH);
	interrupts_open();
	test_ok(seen == 1 && order[0] == HIGH, "one above comes");
	(void)cpuid(0, 0);
	__asm__ volatile("sti" ::: "memory");
	apic_write(APIC_TPR, 0);
	__asm__ volatile("nop\n\tcli" ::: "memory");
	test_ok(seen == 2 && order[1] == LOW, "TPR lowered: what waited comes");
	to_self(LOW);
	seen = 0;
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	test_ok(seen == 1 && order[0] == LOW, "HLT with a request ends at once");
}

/** A line of the 8259s, and requests of the APIC's own, at once. */
static void beside_lines(void)
{
	seen = 0;
	pic_init(LINE, LINE + 8);
	apic_write(APIC_LVT_LINT0, APIC_LVT_EXTINT);
	pic_mask(0xfffe);
	pit_start(0, PIT_ONE_SHOT, 50);
	while (!(pic_requests() & 1))
		;
	to_self(LOW);
	to_self(HIGH);
	interrupts_open();
	(void)cpuid(0, 0);
	interrupts_open();
	test_equal(seen, 3, "a line's and two of the APIC's: all come");
	test_ok((order[0] == LINE) + (order[1] == LINE) + (order[2] == LINE) == 1, "each once");
	pic_mask(0xffff);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	pit_stop(0);
}

static void disabled_by_software(void)
{
	seen = 0;
	apic_write(APIC_TPR, 0x30);
	to_self(LOW);
	apic_write(APIC_SVR, SPURIOUS);
	test_ok(apic_read(APIC_LVT_ERROR) & APIC_LVT_MASKED, "disabled: its LVTs are masked");
	to_self(HIGH);
	test_ok(!in_set(APIC_IRR, HIGH), "disabled: it takes no request");
	test_ok(in_set(APIC_IRR, LOW), "disabled: it keeps what it has");
	test_equal(apic_read(APIC_TPR), 0x30, "and its TPR");
	test_equal(cr8_read(), 3, "which is CR8");
	interrupts_open();
	apic_write(APIC_SVR, APIC_SVR_ENABLED | SPURIOUS);
	interrupts_open();
	test_ok(seen == 1 && order[0] == LOW, "what it had has come");
	apic_write(APIC_TPR, 0);
	seen = 0;
	to_self(HIGH);
	interrupts_open();
	test_ok(seen == 1 && order[0] == HIGH, "enabled again: it takes requests");
}

/** Each interrupt is delivered on a page that nothing has touched, after an exception that has nothing to do with it. */
static void interrupted_deliveries(void)
{
	unsigned good = 0;

	trap_set_stack(LOW, FRESH_STACK);
	for (unsigned page = 0; page < FRESH_PAGES / 2; page++) {
		unsigned at = 2 * page + (by_msr ? 1 : 0);

		TRY_PLAIN("ud2");
		trap_set_stack_top(FRESH_STACK, (uint64_t)fresh[at] + sizeof(fresh[at]));
		seen = 0;
		to_self(LOW);
		interrupts_open();
		good += seen == 1 && order[0] == LOW && !in_set(APIC_ISR, LOW);
	}
	trap_set_stack(LOW, 0);
	test_equal(good, FRESH_PAGES / 2, "deliveries on pages not touched before");
}

/* ---- modes ---- */

static void to_x2apic(void)
{
	apic_write(APIC_TPR, 0x45);
	to_self(HIGH);
	base_write(APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	test_equal(apic_read(APIC_TPR), 0x45, "to x2APIC mode: TPR is kept");
	test_ok(in_set(APIC_IRR, HIGH), "to x2APIC mode: a request is kept");
	test_equal(apic_read(APIC_SVR), APIC_SVR_ENABLED | SPURIOUS, "to x2APIC mode: SVR is kept");
	seen = 0;
	interrupts_open();
	test_ok(seen == 1 && order[0] == HIGH, "and delivered");
	apic_write(APIC_TPR, 0);
	test_equal(apic_read(APIC_LDR), 1, "x2APIC mode: LDR");
	try_rdmsr(APIC_DFR);
	test_trap(VECTOR_GP, 0, "x2APIC mode: there is no DFR");
}

static void to_xapic(void)
{
	apic_write(APIC_TPR, 0x45);
	to_self(HIGH);
	base_write(0);
	try_rdmsr(APIC_TPR);
	test_trap(VECTOR_GP, 0, "disabled: no MSRs");
	base_write(APIC_BASE_ENABLE);
	test_ok(apic_read(APIC_SVR) == 0xff, "disabled and enabled: SVR is reset");
	test_ok(!apic_read(APIC_TPR) && !in_set(APIC_IRR, HIGH),
		"disabled and enabled: no request is left");
	seen = 0;
	apic_write(APIC_TPR, 0);
	apic_write(APIC_SVR, APIC_SVR_ENABLED | SPURIOUS);
	interrupts_open();
	test_ok(!seen, "and none comes");
	seen = 0;
	try_rdmsr(APIC_TPR);
	test_trap(VECTOR_GP, 0, "xAPIC mode: no MSRs");
}

static void all(void)
{
	registers();
	no_vector();
	across_exits();
	beside_lines();
	interrupted_deliveries();
	disabled_by_software();
}

int main(void)
{
	uint64_t *root;

	if (!machine.vmm) {
		printf("apicv: for a VMM: Bochs 2.7's own APIC does not survive all of it\n");
		return 2;
	}
	root = paging_init();
	paging_map(root, BASE, APIC_AT, PTE_P | PTE_W);
	pic_mask(0xffff);
	trap_set_handler(LOW, note);
	trap_set_handler(HIGH, note);
	trap_set_handler(LINE, note_line);
	apic_write(APIC_SVR, APIC_SVR_ENABLED | SPURIOUS);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	all();
	to_x2apic();
	all();
	to_xapic();
	all();
	return test_done();
}
