/* SPDX-License-Identifier: GPL-2.0-only */
/* The MC146818 clock, as Motorola's data sheet has it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <time.h>

#include "core-vmm/device/calendar.h"
#include "tests/unit/fake/irq_machine.h"

#define DAY 86400ull

enum {
	SECONDS,
	SECONDS_ALARM,
	MINUTES,
	MINUTES_ALARM,
	HOURS,
	HOURS_ALARM,
	WEEKDAY,
	DATE,
	MONTH,
	YEAR,
	A,
	B,
	C,
	D
};
#define CENTURY 0x32

static void write(uint8_t index, uint8_t value)
{
	port_write(0x70, index);
	port_write(0x71, value);
}

static uint8_t read(uint8_t index)
{
	port_write(0x70, index);
	return port_read(0x71);
}

static void start(void)
{
	irq_machine_start();
	for (unsigned i = 0; i < 2; i++) {
		uint16_t port = i ? 0xa0 : 0x20;

		port_write(port, 0x11);
		port_write(port + 1, i ? 0x48 : 0x40);
		port_write(port + 1, i ? 2 : 4);
		port_write(port + 1, 3); /* automatic EOI */
		port_write(port + 1, 0);
	}
}

/** The clock stands at 2003-12-31 23:59:58. */
static void set_year_end(void)
{
	write(B, 0x82);
	write(DATE, 0x31);
	write(MONTH, 0x12);
	write(YEAR, 0x03);
	write(HOURS, 0x23);
	write(MINUTES, 0x59);
	write(SECONDS, 0x58);
}

static void seconds_pass(unsigned count)
{
	time_reach(machine.now + (uint64_t)count * FAKE_HZ);
}

TestSuite(rtc, .init = start);

Test(rtc, starts_at_a_fixed_time)
{
	cr_expect(eq(int, read(CENTURY), 0x20));
	cr_expect(eq(int, read(YEAR), 0x00));
	cr_expect(eq(int, read(MONTH), 0x01));
	cr_expect(eq(int, read(DATE), 0x01));
	cr_expect(eq(int, read(WEEKDAY), 7), "a Saturday");
	cr_expect(eq(int, read(HOURS), 0));
	cr_expect(eq(int, read(D), 0x80));
	seconds_pass(45296);
	cr_expect(eq(int, read(HOURS), 0x12));
	cr_expect(eq(int, read(MINUTES), 0x34));
	cr_expect(eq(int, read(SECONDS), 0x56));
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER), "no interrupt, no deadline");
}

Test(rtc, years_end)
{
	set_year_end();
	seconds_pass(100);
	cr_expect(eq(int, read(SECONDS), 0x58), "SET: it stands");
	write(B, 0x02);
	seconds_pass(2);
	cr_expect(eq(int, read(SECONDS), 0));
	cr_expect(eq(int, read(HOURS), 0));
	cr_expect(eq(int, read(DATE), 1));
	cr_expect(eq(int, read(MONTH), 1));
	cr_expect(eq(int, read(YEAR), 4));
}

Test(rtc, formats)
{
	write(B, 0x06); /* binary, 24 hours */
	seconds_pass(23 * 3600 + 59 * 60);
	cr_expect(eq(int, read(HOURS), 23));
	cr_expect(eq(int, read(MINUTES), 59));
	write(B, 0x04); /* 12 hours */
	cr_expect(eq(int, read(HOURS), 0x8b));
	write(B, 0x00);
	cr_expect(eq(int, read(HOURS), 0x91));
	seconds_pass(60);
	cr_expect(eq(int, read(HOURS), 0x12), "midnight");
	write(HOURS, 0x92);
	write(B, 0x02);
	cr_expect(eq(int, read(HOURS), 0x12), "noon");
}

Test(rtc, update_interrupts)
{
	write(B, 0x12);
	for (unsigned i = 1; i <= 3; i++) {
		time_reach(i * (uint64_t)FAKE_HZ - 1);
		cr_expect(eq(int, take(), NO_VECTOR));
		time_reach(i * (uint64_t)FAKE_HZ);
		cr_expect(eq(int, take(), 0x48));
		cr_expect(eq(u64, machine.taken.origin.since, i * (uint64_t)FAKE_HZ));
		cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_RTC));
		cr_expect(eq(int, read(C), 0xd0),
			  "the update flag, and the periodic one, which is not enabled");
		cr_expect(eq(int, read(C), 0));
	}
	time_reach(10 * (uint64_t)FAKE_HZ);
	cr_expect(eq(int, take(), 0x48));
	cr_expect(eq(int, take(), NO_VECTOR), "no other until C is read");
}

Test(rtc, periodic_interrupts)
{
	static const unsigned hz[16] = {0,   256, 128, 8192, 4096, 2048, 1024, 512,
					256, 128, 64,  32,   16,   8,	 4,    2};

	for (unsigned rate = 0; rate < 16; rate++) {
		uint64_t end = machine.now + FAKE_HZ;
		unsigned count = 0;

		write(A, (uint8_t)(0x20 | rate));
		write(B, 0x42);
		read(C);
		while (timer_next(&machine.vcpu) <= end) {
			time_reach(timer_next(&machine.vcpu));
			count += take() == 0x48;
			read(C);
		}
		time_reach(end);
		cr_expect(eq(uint, count, hz[rate]));
	}
}

Test(rtc, alarm)
{
	write(B, 0x22);
	write(HOURS_ALARM, 0x05);
	write(MINUTES_ALARM, 0x30);
	write(SECONDS_ALARM, 0x10);
	time_reach(19809 * (uint64_t)FAKE_HZ);
	cr_expect(eq(int, take(), NO_VECTOR));
	time_reach(19810 * (uint64_t)FAKE_HZ);
	cr_expect(eq(int, take(), 0x48));
	cr_expect(eq(int, read(C) & 0xa0, 0xa0));
	cr_expect(eq(u64, timer_next(&machine.vcpu), (19810 + DAY) * FAKE_HZ), "tomorrow again");
	write(HOURS_ALARM, 0xff);
	write(MINUTES_ALARM, 0xc0);
	cr_expect(eq(u64, timer_next(&machine.vcpu), (19810 + 60) * (uint64_t)FAKE_HZ));
	write(SECONDS_ALARM, 0xff);
	cr_expect(eq(u64, timer_next(&machine.vcpu), 19811 * (uint64_t)FAKE_HZ));
	write(HOURS_ALARM, 0x25);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER), "there is no such hour");
}

Test(rtc, enabling_what_has_come_about)
{
	seconds_pass(1);
	write(B, 0x12);
	cr_expect(eq(int, take(), 0x48), "the flag was set before");
}

Test(rtc, update_in_progress)
{
	cr_expect(eq(int, read(A), 0x26));
	time_reach(FAKE_HZ - 12000);
	cr_expect(eq(int, read(A), 0xa6), "the last 244 us of a second");
	time_reach(FAKE_HZ);
	cr_expect(eq(int, read(A), 0x26));
}

Test(rtc, memory)
{
	write(0x40, 0x5a);
	cr_expect(eq(int, read(0x40), 0x5a));
	write(0xc0, 0xa5); /* bit 7 masks NMIs */
	cr_expect(eq(int, read(0x40), 0xa5));
	write(C, 0xff);
	write(D, 0);
	cr_expect(eq(int, read(D), 0x80));
}

/** Whatever is in the registers, each event comes after now, so that timers get on. */
Test(rtc, hostile)
{
	srand(2);
	for (unsigned i = 0; i < 100000; i++) {
		write((uint8_t)(rand() % 16 < 14 ? rand() % 14 : CENTURY), (uint8_t)rand());
		read((uint8_t)(rand() % 16));
		cr_assert(timer_next(&machine.vcpu) > machine.now);
		if (rand() % 4 == 0)
			time_reach(machine.now + (uint64_t)rand() % (FAKE_HZ / 100));
		take();
	}
}

Test(rtc, calendar_against_libc)
{
	for (uint64_t day = 0; day < 400 * 366; day++) {
		time_t seconds = (time_t)(day * DAY);
		struct calendar date = calendar_from(day);
		struct tm tm;

		gmtime_r(&seconds, &tm);
		cr_assert(date.year == (unsigned)tm.tm_year + 1900 &&
			  date.month == (unsigned)tm.tm_mon + 1 &&
			  date.day == (unsigned)tm.tm_mday && calendar_days(&date) == day);
	}
}
