/* SPDX-License-Identifier: GPL-2.0-only */
/* The 8254, as Intel's data sheet 231164 has it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/fake/irq_machine.h"

#define LATCH_STATUS(channel) (0xe0 | 2 << (channel))

/** VM time when so many ticks have passed. */
static uint64_t ticks(uint64_t count)
{
	return time_scale_up(count, FAKE_HZ, PIT_HZ);
}

static void start(void)
{
	irq_machine_start();
	port_write(0x20, 0x11);
	port_write(0x21, 0x40);
	port_write(0x21, 4);
	port_write(0x21, 3); /* automatic EOI */
	port_write(0x21, 0);
}

static void count(unsigned channel, unsigned mode, unsigned value)
{
	port_write(0x43, (uint8_t)(channel << 6 | 0x30 | mode << 1));
	port_write((uint16_t)(0x40 + channel), (uint8_t)value);
	port_write((uint16_t)(0x40 + channel), (uint8_t)(value >> 8));
}

static unsigned counter(unsigned channel)
{
	unsigned low;

	port_write(0x43, (uint8_t)(channel << 6));
	low = port_read((uint16_t)(0x40 + channel));
	return low | (unsigned)port_read((uint16_t)(0x40 + channel)) << 8;
}

static bool output(unsigned channel)
{
	port_write(0x43, (uint8_t)LATCH_STATUS(channel));
	return port_read((uint16_t)(0x40 + channel)) & 0x80;
}

TestSuite(pit, .init = start);

Test(pit, counts_nothing_until_told)
{
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	time_reach(FAKE_HZ);
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(pit, one_shot_is_once)
{
	count(0, 0, 100);
	cr_expect(not(output(0)));
	time_reach(ticks(101) - 1);
	cr_expect(eq(int, take(), NO_VECTOR));
	time_reach(ticks(101));
	cr_expect(output(0));
	cr_expect(eq(int, take(), 0x40));
	cr_expect(eq(u64, machine.taken.origin.since, ticks(101)));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_PIT));
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	time_reach(FAKE_HZ);
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(pit, periods)
{
	for (unsigned mode = 2; mode <= 3; mode++) {
		uint64_t begin = machine.now, ends = 0;

		count(0, mode, 1000);
		for (unsigned i = 0; i < 50; i++) {
			ends = timer_next(&machine.vcpu);
			time_reach(ends);
			cr_assert(eq(int, take(), 0x40));
			cr_assert(eq(int, take(), NO_VECTOR));
		}
		cr_expect(ends - begin >= ticks(50000) && ends - begin <= ticks(50002));
	}
}

Test(pit, periods_that_pass_unseen_are_one_interrupt)
{
	count(0, 2, 1000);
	machine.now = ticks(10500);
	timer_run(&machine.vcpu, machine.now);
	cr_expect(eq(int, take(), 0x40));
	cr_expect(eq(u64, machine.taken.origin.since, ticks(10001)));
	cr_expect(eq(int, take(), NO_VECTOR));
	cr_expect(eq(u64, timer_next(&machine.vcpu), ticks(11001)));
}

Test(pit, what_nobody_hears_sets_no_timer)
{
	port_write(0x21, 0xff);
	count(0, 2, 1000);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	machine.now = ticks(2500);
	port_write(0x20, 0x0a);
	cr_expect(eq(int, port_read(0x20) & 1, 1), "yet it is requested");
	port_write(0x21, 0);
	cr_expect(eq(int, take(), 0x40), "and comes when it is unmasked");
	cr_expect(eq(u64, timer_next(&machine.vcpu), ticks(3001)));
	port_write(0x21, 1);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	memory_write(0xfec00000, 0x14);
	memory_write(0xfec00010, 0x41);
	cr_expect(eq(u64, timer_next(&machine.vcpu), ticks(3001)),
		  "the I/O APIC hears it, on pin 2");
}

Test(pit, counters)
{
	count(2, 2, 1000);
	port_write(0x61, 1);
	machine.now = ticks(301);
	cr_expect(eq(uint, counter(2), 700));
	machine.now = ticks(1301);
	cr_expect(eq(uint, counter(2), 700));
	count(2, 3, 1000);
	machine.now += ticks(101);
	cr_expect(eq(uint, counter(2), 800), "mode 3 counts by two");
	count(2, 0, 10);
	machine.now += ticks(13);
	cr_expect(eq(uint, counter(2), 0xfffe), "mode 0 goes on below zero");
}

Test(pit, gate_of_channel_2)
{
	port_write(0x61, 1);
	count(2, 0, 1000);
	machine.now = ticks(101);
	port_write(0x61, 0);
	machine.now = ticks(500);
	cr_expect(eq(uint, counter(2), 900), "low: it stands");
	port_write(0x61, 1);
	machine.now += ticks(100);
	cr_expect(eq(uint, counter(2), 800), "high: it goes on");
	cr_expect(eq(int, port_read(0x61) & 0x21, 1));
	machine.now += ticks(800);
	cr_expect(eq(int, port_read(0x61) & 0x21, 0x21), "its output");
	port_write(0x61, 0);
	count(2, 1, 50);
	cr_expect(output(2), "mode 1: high until it is triggered");
	port_write(0x61, 3);
	machine.now += ticks(10);
	cr_expect(not(output(2)));
	machine.now += ticks(60);
	cr_expect(output(2));
	cr_expect(eq(int, port_read(0x61) & 3, 3));
}

Test(pit, strobes)
{
	count(0, 4, 100);
	cr_expect(output(0));
	machine.now = ticks(101);
	cr_expect(not(output(0)), "low for one tick");
	time_reach(ticks(102));
	cr_expect(output(0));
	cr_expect(eq(int, take(), 0x40));
	count(0, 5, 100);
	time_reach(FAKE_HZ);
	cr_expect(eq(int, take(), NO_VECTOR), "mode 5: the gate never rises");
	count(2, 5, 10);
	port_write(0x61, 1);
	machine.now += ticks(11);
	cr_expect(not(output(2)));
}

Test(pit, latches_stay_until_read)
{
	port_write(0x61, 1);
	count(2, 2, 1000);
	machine.now = ticks(101);
	port_write(0x43, 0x80);
	machine.now = ticks(201);
	port_write(0x43, 0x80);
	cr_expect(eq(int, port_read(0x42), 900 & 0xff));
	cr_expect(eq(int, port_read(0x42), 900 >> 8));
	port_write(0x43, 0xc8); /* count and status; the status comes first */
	cr_expect(eq(int, port_read(0x42) & 0x7f, 0x34));
	cr_expect(eq(int, port_read(0x42), 800 & 0xff));
	cr_expect(eq(int, port_read(0x42), 800 >> 8));
}

Test(pit, bytes_and_bcd)
{
	port_write(0x61, 1);
	port_write(0x43, 0x94); /* low byte only, mode 2 */
	port_write(0x42, 200);
	machine.now = ticks(51);
	cr_expect(eq(int, port_read(0x42), 150));
	port_write(0x43, 0xa4); /* high byte only */
	port_write(0x42, 2);
	machine.now += ticks(1);
	cr_expect(eq(int, port_read(0x42), 2));
	port_write(0x43, 0xb5); /* both, BCD */
	port_write(0x42, 0x00);
	port_write(0x42, 0x10);
	machine.now += ticks(101);
	cr_expect(eq(uint, counter(2), 0x0900));
	port_write(0x42, 0);
	port_write(0x42, 0);
	machine.now += ticks(2);
	cr_expect(eq(uint, counter(2), 0x9999), "0 is 10000");
}
