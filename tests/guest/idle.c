// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that halts: how=NAME, one of the table below. What wakes it, or that nothing does and the
 * VM ends, is for tests/e2e/guest-idle.sh to say.
 */
#include "tests/guest/test.h"
#include "workloads/lib/apic.h"
#include "workloads/lib/args.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/pit.h"

#define FIRST	    0x30
#define SECOND	    0x38
#define TIMER	    0x71
#define LOWER	    0x41
#define MILLISECOND 1193

static volatile unsigned seen;

static void count_line(struct trap_frame *frame)
{
	seen++;
	pic_eoi((unsigned)frame->vector - FIRST);
}

static void count(struct trap_frame *frame)
{
	(void)frame;
	seen++;
	apic_eoi();
}

/** Halts with its first interrupt in service. */
static void halt_within(struct trap_frame *frame)
{
	(void)frame;
	__asm__ volatile("sti\n\thlt" ::: "memory");
}

static void halt_open(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

/** IF=0, and a timer whose interrupt is unmasked. */
static void closed(void)
{
	pic_mask(0xfffe);
	pit_start(0, PIT_RATE, MILLISECOND);
	halt();
}

static void masked(void)
{
	pit_start(0, PIT_RATE, MILLISECOND);
	halt_open();
}

/** The timer asks again and again, with a priority that is never reached. */
static void in_service(void)
{
	trap_set_handler(FIRST, halt_within);
	pic_mask(0xfffe);
	pit_start(0, PIT_RATE, MILLISECOND);
	halt_open();
}

static void below_tpr(void)
{
	apic_init(0xef);
	cr8_write(TIMER >> 4);
	wrmsr(APIC_LVT_TIMER, APIC_TIMER_PERIODIC | TIMER);
	wrmsr(APIC_INITIAL, 10000);
	halt_open();
}

/** A second of the clock behind a thousand periods that nothing lets through. */
static void behind_others(void)
{
	apic_init(0xef);
	trap_set_handler(TIMER, count);
	cr8_write(LOWER >> 4);
	pic_init(FIRST, SECOND);
	wrmsr(APIC_LVT_LINT0, APIC_LVT_EXTINT);
	trap_set_handler(FIRST, halt_within);
	pic_mask(0xfffe);
	pit_start(0, PIT_RATE, MILLISECOND);
	wrmsr(APIC_LVT_TIMER, APIC_TIMER_DEADLINE | TIMER);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + machine.boot->tsc_hz);
	while (!seen)
		halt_open();
	machine_exit(0);
}

static void wakes(void)
{
	uint64_t start = rdtsc();

	trap_set_handler(FIRST, count_line);
	pic_mask(0xfffe);
	pit_start(0, PIT_RATE, MILLISECOND);
	while (seen < 100)
		halt_open();
	printf("%u in %lu ms\n", seen, (rdtsc() - start) * 1000 / machine.boot->tsc_hz);
}

static void count_to_end(struct trap_frame *frame)
{
	count(frame);
	if (seen == 2000)
		wrmsr(APIC_INITIAL, 0);
}

/** Periods shorter than an interrupt takes: nothing but the handler runs, but it does. */
static void storm(void)
{
	apic_init(0xef);
	trap_set_handler(TIMER, count_to_end);
	wrmsr(APIC_LVT_TIMER, APIC_TIMER_PERIODIC | TIMER);
	wrmsr(APIC_INITIAL, 1);
	while (seen < 2000)
		halt_open();
	printf("storm: it ended\n");
}

/** Deadlines shorter than an exit, which nobody listens to: the guest still gets on. */
static void unheard(void)
{
	pic_mask(0xfffe);
	pit_start(0, PIT_RATE, 2);
	for (unsigned i = 0; i < 2000; i++)
		__asm__ volatile("pause");
	printf("unheard: it ended\n");
}

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
    {"closed", closed},
    {"masked", masked},
    {"in_service", in_service},
    {"below_tpr", below_tpr},
    {"behind_others", behind_others},
    {"wakes", wakes},
    {"storm", storm},
    {"unheard", unheard},
};

int main(void)
{
	if (!args_check("idle", "how"))
		return 2;
	pic_init(FIRST, SECOND);
	for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (args_is("how", ways[i].name))
			ways[i].run();
	return 0;
}
