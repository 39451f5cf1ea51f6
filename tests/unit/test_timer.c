/* SPDX-License-Identifier: GPL-2.0-only */
/* Deadlines; and against a model that keeps them in no order. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "tests/unit/fake/irq_machine.h"

#define TIMERS 6

static struct timer timer[TIMERS];
static unsigned expired[64], count;
static uint64_t last_deadline;

static void expire(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	(void)vcpu;
	expired[count++ % 64] = (unsigned)((struct timer *)state - timer);
	last_deadline = deadline;
}

static void start(void)
{
	irq_machine_start();
	count = 0;
	for (unsigned i = 0; i < TIMERS; i++)
		timer[i] = (struct timer){.expire = expire, .state = &timer[i]};
}

TestSuite(timer, .init = start);

Test(timer, expires_by_deadline)
{
	struct vcpu *vcpu = &machine.vcpu;

	cr_expect(eq(u64, timer_next(vcpu), TIMER_NEVER));
	timer_set(vcpu, &timer[0], 300);
	timer_set(vcpu, &timer[1], 100);
	timer_set(vcpu, &timer[2], 100);
	cr_expect(machine.vcpu.pending.any, "the next exit must look");
	cr_expect(eq(u64, timer_next(vcpu), 100));
	timer_run(vcpu, 99);
	cr_expect(eq(uint, count, 0));
	timer_run(vcpu, 100);
	cr_expect(eq(uint, count, 2));
	cr_expect(eq(uint, expired[0], 1), "equal ones as they were set");
	cr_expect(eq(uint, expired[1], 2));
	timer_run(vcpu, 1000);
	cr_expect(eq(uint, expired[2], 0));
	cr_expect(eq(u64, last_deadline, 300));
	cr_expect(eq(u64, timer_next(vcpu), TIMER_NEVER));
}

Test(timer, moves_and_is_taken_back)
{
	struct vcpu *vcpu = &machine.vcpu;

	timer_set(vcpu, &timer[0], 100);
	timer_set(vcpu, &timer[1], 200);
	timer_set(vcpu, &timer[0], 300);
	cr_expect(eq(u64, timer_next(vcpu), 200));
	timer_cancel(vcpu, &timer[1]);
	timer_cancel(vcpu, &timer[1]);
	timer_cancel(vcpu, &timer[2]);
	cr_expect(eq(u64, timer_next(vcpu), 300));
	timer_run(vcpu, 299);
	cr_expect(eq(uint, count, 0));
}

Test(timer, repeated_means_twice_each)
{
	struct vcpu *vcpu = &machine.vcpu;

	timer_count_start(vcpu);
	cr_expect(timer_all_repeated(vcpu), "none armed: nothing more will come");
	timer_set(vcpu, &timer[0], 1);
	timer_set(vcpu, &timer[1], 1000);
	timer_count_start(vcpu);
	for (uint64_t now = 1; now < 5; now++) {
		timer_run(vcpu, now);
		timer_set(vcpu, &timer[0], now + 1);
	}
	cr_expect(not(timer_all_repeated(vcpu)), "one has not expired yet");
	timer_cancel(vcpu, &timer[1]);
	cr_expect(timer_all_repeated(vcpu));
}

Test(timer, random_against_a_model)
{
	uint64_t deadline[TIMERS], now = 0;

	for (unsigned i = 0; i < TIMERS; i++)
		deadline[i] = TIMER_NEVER;
	srand(1);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)rand() % TIMERS, due = 0;
		uint64_t nearest = TIMER_NEVER;

		if (rand() % 4) {
			deadline[i] = now + 1 + (uint64_t)rand() % 50;
			timer_set(&machine.vcpu, &timer[i], deadline[i]);
		} else {
			deadline[i] = TIMER_NEVER;
			timer_cancel(&machine.vcpu, &timer[i]);
		}
		now += (uint64_t)rand() % 10;
		for (i = 0; i < TIMERS; i++) {
			due += deadline[i] <= now;
			if (deadline[i] <= now)
				deadline[i] = TIMER_NEVER;
			nearest = deadline[i] < nearest ? deadline[i] : nearest;
		}
		count = 0;
		timer_run(&machine.vcpu, now);
		cr_assert(eq(uint, count, due));
		cr_assert(eq(u64, timer_next(&machine.vcpu), nearest));
	}
}

Test(timer, scales_without_overflow)
{
	cr_expect(eq(u64, time_scale(1000, 3, 2), 1500));
	cr_expect(eq(u64, time_scale(1, 1, 3), 0));
	cr_expect(eq(u64, time_scale_up(1, 1, 3), 1));
	cr_expect(eq(u64, time_scale_up(3, 1, 3), 1));
	cr_expect(eq(u64, time_scale(1ull << 63, 6, 6), 1ull << 63));
	cr_expect(eq(u64, time_scale(1ull << 63, 4, 1), UINT64_MAX));
}
