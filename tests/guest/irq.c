// SPDX-License-Identifier: GPL-2.0-only
/* The 8259s, the 8254 and the clock: lines, masks, priorities, counting, the time of day. */
#include "tests/guest/test.h"
#include "workloads/lib/pic.h"
#include "workloads/lib/pit.h"

#define FIRST  0x30
#define SECOND 0x38

#define LINE_TIMER 0
#define LINE_CLOCK 8
#define OPEN(line) (uint16_t)(~(1u << (line)) & ((line) > 7 ? ~(1u << 2) : ~0u))

#define CLOCK_INDEX 0x70
#define CLOCK_DATA  0x71
#define CLOCK_A	    0x0a
#define CLOCK_B	    0x0b
#define CLOCK_C	    0x0c

static unsigned seen, lines[16];
static uint16_t service;

static uint8_t clock_read(uint8_t index)
{
	out8(CLOCK_INDEX, index);
	return in8(CLOCK_DATA);
}

static void clock_write(uint8_t index, uint8_t value)
{
	out8(CLOCK_INDEX, index);
	out8(CLOCK_DATA, value);
}

static void note(struct trap_frame *frame)
{
	unsigned line = (unsigned)frame->vector - FIRST;

	lines[seen++ & 15] = line;
	service = pic_in_service();
	if (line == LINE_CLOCK)
		clock_read(CLOCK_C);
	pic_eoi(line);
}

static void interrupts_open(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tnop\n\tcli" ::: "memory");
}

static void interrupt_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

static void one_shot(void)
{
	seen = 0;
	pic_mask(OPEN(LINE_TIMER));
	pit_start(0, PIT_ONE_SHOT, 2000);
	test_ok(!(pic_requests() & 1), "one-shot: the line is low while it counts");
	interrupt_wait();
	test_ok(seen == 1 && lines[0] == LINE_TIMER, "one-shot: HLT ends");
	test_equal(service, 1, "line 0 is in service");
	test_equal(pic_in_service(), 0, "until its EOI");
	interrupts_open();
	test_equal(seen, 1, "one-shot: once");
}

static void masked(void)
{
	seen = 0;
	pic_mask(0xffff);
	pit_start(0, PIT_ONE_SHOT, 50);
	while (!(pic_requests() & 1))
		;
	interrupts_open();
	test_equal(seen, 0, "masked: requested, and not delivered");
	pic_mask(OPEN(LINE_TIMER));
	interrupts_open();
	test_equal(seen, 1, "unmasked: delivered");
}

static void periodic(unsigned mode, const char *name)
{
	uint64_t start;

	seen = 0;
	pit_start(0, mode, 1193); /* a millisecond */
	start = rdtsc();
	while (seen < 10)
		interrupt_wait();
	start = rdtsc() - start;
	pit_stop(0);
	interrupts_open();
	/* Ten periods, but for the part of one; time stands still for no handler. */
	test_ok(start > machine.boot->tsc_hz / 1000 * 9 && start < machine.boot->tsc_hz / 1000 * 11,
		name);
}

static void counting(void)
{
	uint16_t before, after;

	out8(0x61, 1); /* its gate */
	pit_start(2, PIT_RATE, 60000);
	while (!pit_read(2))
		;
	before = pit_read(2);
	for (volatile unsigned i = 0; i < 2000; i++)
		;
	after = pit_read(2);
	test_ok(after < before, "channel 2 counts down");
	pit_start(2, PIT_ONE_SHOT, 100);
	while (!(in8(0x61) & 0x20))
		;
	test_ok(true, "channel 2's output is seen at port 0x61");
	out8(0x43, 0xe8); /* read-back: the status of channel 2 */
	test_equal(in8(0x42) & 0x3f, 0x30, "read-back: two bytes, mode 0, binary");
	out8(0x61, 0);
}

static void clock(void)
{
	test_equal(clock_read(0x0d) & 0x80, 0x80, "the clock: its time is valid");
	test_equal(clock_read(9), 0x00, "the clock: year");
	test_equal(clock_read(8), 0x01, "the clock: month");
	test_equal(clock_read(7), 0x01, "the clock: day");
	test_equal(clock_read(CLOCK_B) & 6, 2, "the clock: BCD, 24 hours");
	clock_read(CLOCK_C);
	seen = 0;
	pic_mask(OPEN(LINE_CLOCK));
	clock_write(CLOCK_A, 0x26); /* 1024 Hz */
	clock_write(CLOCK_B, clock_read(CLOCK_B) | 0x40);
	while (seen < 4)
		interrupt_wait();
	test_equal(lines[3], LINE_CLOCK, "the clock: periodic interrupts");
	test_equal(service, 0x0104, "lines 8 and 2 are in service");
	clock_write(CLOCK_B, (clock_read(CLOCK_B) & 0x0f) | 0x10);
	seen = 0;
	interrupt_wait();
	test_equal(seen, 1, "the clock: update interrupts");
	clock_write(CLOCK_B, clock_read(CLOCK_B) & 0x0f);
	clock_read(CLOCK_C);
	pic_mask(0xffff);
}

static void set(void)
{
	uint8_t control = clock_read(CLOCK_B);

	clock_write(CLOCK_B, control | 0x80);
	clock_write(7, 0x31);
	clock_write(8, 0x12);
	clock_write(9, 0x03);
	clock_write(4, 0x12);
	clock_write(2, 0x59);
	clock_write(0, 0x59);
	clock_write(CLOCK_B, (control & 0x0f) | 0x10);
	seen = 0;
	pic_mask(OPEN(LINE_CLOCK));
	clock_read(CLOCK_C);
	for (unsigned i = 0; i < 4 && clock_read(0) == 0x59; i++)
		interrupt_wait();
	clock_write(CLOCK_B, control & 0x0f);
	pic_mask(0xffff);
	test_equal(clock_read(9), 0x03, "the clock set: year");
	test_equal(clock_read(8), 0x12, "the clock set: month");
	test_equal(clock_read(7), 0x31, "the clock set: day");
	test_equal(clock_read(2), 0x00, "the clock set: the hour ends");
}

static void rotated(void)
{
	seen = 0;
	pic_init(FIRST, SECOND);
	out8(PIC_FIRST, 0xc0 | 4); /* line 4 gets the lowest priority */
	pic_mask(OPEN(LINE_TIMER));
	pit_start(0, PIT_ONE_SHOT, 50);
	interrupt_wait();
	test_equal(seen, 1, "another order of priorities");
	pic_mask(0xffff);
}

int main(void)
{
	for (unsigned line = 0; line < 16; line++)
		trap_set_handler(FIRST + line, note);
	pic_init(FIRST, SECOND);
	pit_stop(0);
	one_shot();
	masked();
	periodic(PIT_RATE, "rate generator: ten periods");
	periodic(PIT_SQUARE, "square wave: ten periods");
	counting();
	clock();
	set();
	rotated();
	return test_done();
}
