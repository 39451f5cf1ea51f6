/* SPDX-License-Identifier: GPL-2.0-only */
/* The I/O APIC, as Intel's data sheet 290566 has it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/fake/irq_machine.h"

#define SELECT 0xfec00000u
#define WINDOW 0xfec00010u
#define EOI    0xfee000b0u
#define LEVEL  0x8000u
#define LOW    0x2000u
#define MASKED 0x10000u
#define REMOTE 0x4000u

static uint32_t read(unsigned number)
{
	memory_write(SELECT, number);
	return memory_read(WINDOW);
}

static void write(unsigned number, uint32_t value)
{
	memory_write(SELECT, number);
	memory_write(WINDOW, value);
}

static void entry(unsigned pin, uint32_t low)
{
	write(0x11 + 2 * pin, 0);
	write(0x10 + 2 * pin, low);
}

static void line(unsigned number, bool high)
{
	irq_line_set(&machine.vcpu, number, high, VTS_DEVICE_UART);
}

static int take_eoi(void)
{
	int vector = take();

	memory_write(EOI, 0);
	return vector;
}

TestSuite(ioapic, .init = irq_machine_start);

Test(ioapic, registers)
{
	cr_expect(eq(u32, read(1), 0x170011));
	write(0, 0xffffffff);
	cr_expect(eq(u32, read(0), 0x0f000000));
	cr_expect(eq(u32, read(2), 0x0f000000));
	for (unsigned pin = 0; pin < 24; pin++)
		cr_expect(eq(u32, read(0x10 + 2 * pin), MASKED));
	write(0x10, 0xffffffff);
	cr_expect(eq(u32, read(0x10), 0x1afff), "status and remote IRR are read only");
	write(0x11, 0xffffffff);
	cr_expect(eq(u32, read(0x11), 0xff000000));
	write(0x40, 0xffffffff);
	cr_expect(eq(u32, read(0x40), 0));
	write(0xff, 0xffffffff);
}

Test(ioapic, edges)
{
	entry(4, 0x54);
	machine.now = 9;
	line(4, true);
	cr_expect(eq(int, take_eoi(), 0x54));
	cr_expect(eq(u64, machine.taken.origin.since, 9));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_UART));
	cr_expect(eq(int, take_eoi(), NO_VECTOR));
	line(4, false);
	line(4, true);
	cr_expect(eq(int, take_eoi(), 0x54));
	entry(4, MASKED | 0x54);
	line(4, false);
	line(4, true);
	entry(4, 0x54);
	cr_expect(eq(int, take_eoi(), NO_VECTOR), "an edge that was masked is lost");
}

Test(ioapic, levels)
{
	entry(16, LEVEL | LOW | 0x90);
	line(16, true);
	cr_expect(eq(u32, read(0x30) & REMOTE, REMOTE));
	cr_expect(eq(int, take(), 0x90));
	cr_expect(eq(u32, memory_read(0xfee00180 + 0x40), 1u << 16), "TMR: a level");
	memory_write(EOI, 0);
	cr_expect(eq(int, take(), 0x90), "still high: again");
	line(16, false);
	memory_write(EOI, 0);
	cr_expect(eq(u32, read(0x30) & REMOTE, 0));
	cr_expect(eq(int, take(), NO_VECTOR));
	entry(16, LEVEL | MASKED | 0x90);
	line(16, true);
	cr_expect(eq(int, take(), NO_VECTOR));
	entry(16, LEVEL | 0x91);
	cr_expect(eq(int, take(), 0x91), "unmasked while high");
}

Test(ioapic, one_level_at_a_time)
{
	entry(16, LEVEL | 0x90);
	line(16, true);
	cr_expect(eq(int, take(), 0x90));
	line(16, false);
	line(16, true);
	cr_expect(eq(u32, memory_read(0xfee00200 + 0x40), 0), "IRR: not before EOI");
	memory_write(EOI, 0);
	cr_expect(eq(int, take(), 0x90));
}

Test(ioapic, shared)
{
	entry(17, LEVEL | 0x90);
	irq_line_set(&machine.vcpu, 17, true, VTS_DEVICE_UART);
	irq_line_set(&machine.vcpu, 17, true, VTS_DEVICE_RTC);
	cr_expect(eq(int, take(), 0x90));
	irq_line_set(&machine.vcpu, 17, false, VTS_DEVICE_UART);
	memory_write(EOI, 0);
	cr_expect(eq(int, take(), 0x90), "one device is not yet served");
	irq_line_set(&machine.vcpu, 17, false, VTS_DEVICE_RTC);
	memory_write(EOI, 0);
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(ioapic, line_0_is_pin_2)
{
	entry(0, 0x50);
	entry(2, 0x52);
	line(0, true);
	cr_expect(eq(int, take_eoi(), 0x52));
}

Test(ioapic, destinations_and_modes)
{
	write(0x19, 5u << 24);
	write(0x18, 0x54);
	line(4, true);
	cr_expect(eq(int, take_eoi(), NO_VECTOR), "to processor 5");
	write(0x19, 0xffu << 24);
	line(4, false);
	line(4, true);
	cr_expect(eq(int, take_eoi(), 0x54), "to all");
	cr_expect(not(ioapic_sends_nmi(&machine.vcpu)));
	entry(5, 0x400);
	cr_expect(ioapic_sends_nmi(&machine.vcpu));
	line(5, true);
	cr_expect(eq(uint, machine.nmis, 1));
	entry(6, 0x200);
	entry(7, 0x500);
	line(6, true);
	line(7, true);
	cr_expect(eq(int, take_eoi(), NO_VECTOR), "SMI and INIT are dropped");
	entry(8, 0x100 | 0x58);
	line(8, true);
	cr_expect(eq(int, take_eoi(), 0x58), "lowest priority: there is only one");
}
