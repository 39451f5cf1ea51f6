/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "core-vmm/device/console.h"
#include "core-vmm/device/devices.h"
#include "core-vmm/device/irq.h"
#include "tests/unit/fake/machine.h"

#define PORT 0x3f8

enum { DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR, FCR = IIR };

static struct devices devices;
static struct console console;
static char output[64];
static unsigned output_bytes;
static const char *input;
static int line = -1; /* as last driven */

static uint64_t now;

uint64_t time_now(const struct vcpu *vcpu)
{
	(void)vcpu;
	return now;
}

/** Somebody has typed, and a while goes by. */
static void type(const char *text)
{
	input = text;
	now += fake.vm.config.hz / 100;
	timer_run(&fake.vcpu, now);
}

static void output_add(char c)
{
	output[output_bytes++] = c;
}

static int input_next(void)
{
	return *input ? *input++ : -1;
}

void irq_line_set(struct vcpu *vcpu, unsigned number, bool high, enum vts_device source)
{
	cr_assert(eq(ptr, vcpu, &fake.vcpu));
	cr_assert(eq(u32, number, 4));
	cr_assert(eq(int, source, VTS_DEVICE_UART));
	cr_assert(ne(int, line, high));
	line = high;
}

static void start(void)
{
	fake_start(2 << 20, false);
	memset(&devices, 0, sizeof(devices));
	devices.ports.limit = 0x10000;
	fake.vm.devices = &devices;
	fake.vm.console = &console;
	console = (struct console){.read_raw = input_next, .write_raw = output_add};
	input = "";
	now = 1000;
	fake.vm.config.hz = 50000000;
	output_bytes = 0;
	line = -1;
	uart_create(&fake.vm);
}

TestSuite(uart, .init = start);

static unsigned in(unsigned offset)
{
	struct bus_region *region = bus_find(&devices.ports, PORT + offset);

	return (unsigned)region->read(&fake.vcpu, region->state, offset, 1);
}

static void out(unsigned offset, unsigned value)
{
	struct bus_region *region = bus_find(&devices.ports, PORT + offset);

	region->write(&fake.vcpu, NULL, region->state, offset, 1, value);
}

Test(uart, polled)
{
	input = "hi";
	cr_expect(eq(u32, in(LSR), 0x61));
	cr_expect(eq(u32, in(DATA), 'h'));
	cr_expect(eq(u32, in(DATA), 'i'));
	cr_expect(eq(u32, in(LSR), 0x60));
	cr_expect(eq(u32, in(DATA), 'i'));
	out(DATA, 'x');
	cr_expect(eq(u32, output_bytes, 1));
	cr_expect(eq(chr, output[0], 'x'));
	cr_expect(eq(int, line, -1));
}

/* Linux drives DTR while it probes the port and empties its FIFOs, and RTS when somebody has opened it. */
Test(uart, input_waits_while_dtr_is_there_and_rts_is_not)
{
	input = "hi";
	out(MCR, 0x09);
	cr_expect(eq(u32, in(LSR), 0x60));
	cr_expect(eq(u32, in(DATA), 0));
	out(FCR, 0x07);
	out(MCR, 0x0b);
	cr_expect(eq(u32, in(LSR), 0x61));
	cr_expect(eq(u32, in(DATA), 'h'));
	cr_expect(eq(u32, in(DATA), 'i'));
}

Test(uart, divisor_and_scratch)
{
	out(LCR, 0x83);
	out(DATA, 1);
	out(IER, 2);
	cr_expect(eq(u32, in(DATA), 1));
	cr_expect(eq(u32, in(IER), 2));
	out(LCR, 3);
	cr_expect(eq(u32, in(IER), 0));
	out(SCR, 0xa5);
	cr_expect(eq(u32, in(SCR), 0xa5));
	cr_expect(eq(u32, output_bytes, 0));
}

/** What drivers do to find out what is there. */
Test(uart, is_a_16550a)
{
	cr_expect(eq(u32, in(IIR), 0x01));
	out(FCR, 0x01);
	cr_expect(eq(u32, in(IIR) >> 6, 3));
	out(FCR, 0x00);
	cr_expect(eq(u32, in(IIR) >> 6, 0));
	out(MCR, 0x10 | 0x0a);
	cr_expect(eq(u32, in(MSR)&0xf0, 0x90));
	out(MCR, 0x10 | 0x05);
	cr_expect(eq(u32, in(MSR)&0xf0, 0x60));
}

Test(uart, interrupts_when_the_transmitter_is_empty)
{
	out(MCR, 0x08);
	out(IER, 0x02);
	cr_expect(eq(int, line, 1));
	cr_expect(eq(u32, in(IIR), 0x02));
	cr_expect(eq(int, line, 0));
	cr_expect(eq(u32, in(IIR), 0x01));
	out(DATA, 'a');
	cr_expect(eq(int, line, 1));
	out(IER, 0);
	cr_expect(eq(int, line, 0));
}

Test(uart, interrupts_for_input)
{
	out(MCR, 0x08);
	out(IER, 0x01);
	cr_expect(eq(int, line, -1));
	cr_expect(uart_waits(&fake.vcpu));
	type("");
	cr_expect(eq(int, line, -1));
	type("ab");
	cr_expect(eq(int, line, 1));
	cr_expect(eq(u32, in(IIR), 0x04));
	cr_expect(eq(u32, in(DATA), 'a'));
	type("b");
	cr_expect(eq(int, line, 1));
	cr_expect(eq(u32, in(DATA), 'b'));
	cr_expect(eq(int, line, 0));
	type("c");
	cr_expect(eq(int, line, 1));
	out(IER, 0);
	cr_expect(eq(u64, timer_next(&fake.vcpu), TIMER_NEVER));
}

Test(uart, fifos_fill_to_the_trigger_or_time_out)
{
	input = "0123456789";
	out(FCR, 0x81); /* 8 bytes */
	out(MCR, 0x08);
	out(IER, 0x01);
	cr_expect(eq(int, line, 1));
	cr_expect(eq(u32, in(IIR), 0xc4));
	for (unsigned i = 0; i < 3; i++)
		cr_expect(eq(u32, in(DATA), '0' + i));
	cr_expect(eq(u32, in(IIR), 0xcc));
	for (unsigned i = 3; i < 10; i++)
		cr_expect(eq(u32, in(DATA), '0' + i));
	cr_expect(eq(int, line, 0));
}

Test(uart, no_interrupt_gets_out_without_out2_or_in_the_loop)
{
	input = "a";
	out(IER, 0x03);
	cr_expect(eq(int, line, -1));
	out(MCR, 0x18);
	cr_expect(eq(int, line, -1));
	out(MCR, 0x08);
	cr_expect(eq(int, line, 1));
}

Test(uart, the_loop_brings_back_what_is_sent_and_loses_what_has_no_room)
{
	out(MCR, 0x10);
	out(DATA, 'a');
	out(DATA, 'b');
	cr_expect(eq(u32, in(LSR), 0x63));
	cr_expect(eq(u32, in(LSR), 0x61));
	cr_expect(eq(u32, in(DATA), 'b'));
	out(FCR, 0x01);
	for (unsigned i = 0; i < 17; i++)
		out(DATA, 'a' + i);
	cr_expect(eq(u32, in(LSR), 0x63));
	for (unsigned i = 0; i < 16; i++)
		cr_expect(eq(u32, in(DATA), 'a' + i));
	cr_expect(eq(u32, in(LSR), 0x60));
	cr_expect(eq(u32, output_bytes, 0));
}

Test(uart, clearing_the_fifo)
{
	input = "abc";
	out(FCR, 0x01);
	cr_expect(eq(u32, in(LSR), 0x61));
	out(FCR, 0x03);
	cr_expect(eq(u32, in(LSR), 0x60));
}

Test(uart, the_modem_says_what_changed)
{
	cr_expect(eq(u32, in(MSR), 0xb0));
	out(MCR, 0x18);
	out(IER, 0x08);
	cr_expect(eq(u32, in(MSR), 0x80 | 0x03));
	cr_expect(eq(u32, in(MSR), 0x80));
	out(MCR, 0x08);
	cr_expect(eq(int, line, 1));
	cr_expect(eq(u32, in(IIR), 0x00));
	cr_expect(eq(u32, in(MSR), 0xb0 | 0x03));
	cr_expect(eq(int, line, 0));
}

Test(uart, wide_accesses_are_as_many_narrow_ones)
{
	struct bus_region *region = bus_find(&devices.ports, PORT);

	out(SCR, 0x77);
	cr_expect(eq(u64, region->read(&fake.vcpu, region->state, 6, 4), 0xffff77b0));
	region->write(&fake.vcpu, NULL, region->state, 7, 4, 0x11223344);
	cr_expect(eq(u32, in(SCR), 0x44));
}
