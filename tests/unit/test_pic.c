/* SPDX-License-Identifier: GPL-2.0-only */
/* The 8259s, as Intel's data sheet 231468 has them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/fake/irq_machine.h"

#define FIRST  0x20
#define SECOND 0xa0

#define EOI	     0x20
#define EOI_SPECIFIC 0x60
#define READ_IRR     0x0a
#define READ_ISR     0x0b

static void init(uint8_t icw4)
{
	static const uint8_t icw3[] = {4, 2};

	for (unsigned i = 0; i < 2; i++) {
		uint16_t port = i ? SECOND : FIRST;

		port_write(port, 0x11);
		port_write(port + 1, i ? 0x48 : 0x40);
		port_write(port + 1, icw3[i]);
		port_write(port + 1, icw4);
		port_write(port + 1, 0);
	}
}

static void start(void)
{
	irq_machine_start();
	init(1);
}

static void line(unsigned number, bool high)
{
	irq_line_set(&machine.vcpu, number, high, VTS_DEVICE_UART);
}

static void pulse(unsigned number)
{
	line(number, true);
	line(number, false);
	line(number, true);
}

static uint8_t read(uint16_t port, uint8_t what)
{
	port_write(port, what);
	return port_read(port);
}

TestSuite(pic, .init = start);

Test(pic, masked_until_the_guest_asks)
{
	irq_machine_start();
	line(4, true);
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(pic, an_edge_is_one_interrupt)
{
	machine.now = 77;
	line(4, true);
	machine.now = 99;
	cr_expect(eq(int, take(), 0x44));
	cr_expect(eq(u64, machine.taken.origin.since, 77));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_UART));
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), NO_VECTOR), "the line is still high");
	line(4, false);
	line(4, true);
	cr_expect(eq(int, take(), 0x44));
}

Test(pic, lower_priorities_wait_for_eoi)
{
	line(4, true);
	cr_expect(eq(int, take(), 0x44));
	line(5, true);
	cr_expect(eq(int, take(), NO_VECTOR));
	line(3, true);
	cr_expect(eq(int, take(), 0x43), "a higher one does not");
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), NO_VECTOR), "the EOI was for the higher one");
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), 0x45));
}

Test(pic, second_chip_through_the_first)
{
	line(12, true);
	cr_expect(eq(int, take(), 0x4c));
	cr_expect(eq(int, read(FIRST, READ_ISR), 4));
	cr_expect(eq(int, read(SECOND, READ_ISR), 0x10));
	line(3, true);
	cr_expect(eq(int, take(), NO_VECTOR), "line 2 is higher than 3");
	port_write(SECOND, EOI);
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), 0x43));
	port_write(FIRST, EOI);
	port_write(FIRST + 1, 4);
	line(13, true);
	cr_expect(eq(int, take(), NO_VECTOR), "line 2 masked");
	port_write(FIRST + 1, 0);
	cr_expect(eq(int, take(), 0x4d));
}

Test(pic, masks)
{
	port_write(FIRST + 1, 0x10);
	line(4, true);
	cr_expect(eq(int, take(), NO_VECTOR));
	cr_expect(eq(int, read(FIRST, READ_IRR), 0x10));
	cr_expect(eq(int, port_read(FIRST + 1), 0x10));
	port_write(FIRST + 1, 0);
	cr_expect(eq(int, take(), 0x44));
}

Test(pic, levels_ask_again)
{
	port_write(0x4d0, 0x20);
	cr_expect(eq(int, port_read(0x4d0), 0x20));
	line(5, true);
	cr_expect(eq(int, take(), 0x45));
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), 0x45), "the line is still high");
	line(5, false);
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), NO_VECTOR));
	port_write(0x4d0, 0xff);
	port_write(0x4d1, 0xff);
	cr_expect(eq(int, port_read(0x4d0), 0xf8), "lines 0 to 2 stay edge-triggered");
	cr_expect(eq(int, port_read(0x4d1), 0xde), "and 8 and 13");
}

Test(pic, spurious)
{
	line(4, true);
	cr_assert(irq_waits(&machine.vcpu));
	line(4, false);
	cr_expect(not(irq_waits(&machine.vcpu)));
	cr_expect(eq(int, pic_take(&machine.vcpu).vector, 0x47));
	cr_expect(eq(int, read(FIRST, READ_ISR), 0), "nothing is in service");
}

Test(pic, automatic_eoi)
{
	init(3);
	line(4, true);
	cr_expect(eq(int, take(), 0x44));
	cr_expect(eq(int, read(FIRST, READ_ISR), 0));
	line(5, true);
	cr_expect(eq(int, take(), 0x45));
}

Test(pic, automatic_eoi_rotates)
{
	init(3);
	port_write(FIRST, 0x80);
	line(0, true);
	cr_expect(eq(int, take(), 0x40));
	pulse(0);
	line(1, true);
	cr_expect(eq(int, take(), 0x41), "line 0 is the lowest now");
	cr_expect(eq(int, take(), 0x40));
}

Test(pic, rotation_at_eoi)
{
	line(3, true);
	cr_expect(eq(int, take(), 0x43));
	port_write(FIRST, 0xa0);
	pulse(3);
	line(7, true);
	cr_expect(eq(int, take(), 0x47), "line 3 is the lowest now, 4 the highest");
	port_write(FIRST, 0xe0 | 7); /* specific, and lines as at first */
	cr_expect(eq(int, take(), 0x43));
}

Test(pic, specific_eoi_and_priority)
{
	line(5, true);
	cr_expect(eq(int, take(), 0x45));
	line(1, true);
	cr_expect(eq(int, take(), 0x41));
	port_write(FIRST, EOI_SPECIFIC | 5);
	cr_expect(eq(int, read(FIRST, READ_ISR), 2));
	port_write(FIRST, EOI);
	port_write(FIRST, 0xc0 | 2);
	pulse(1);
	line(3, true);
	cr_expect(eq(int, take(), 0x43), "after line 2, line 3 is the highest");
}

Test(pic, special_mask)
{
	line(3, true);
	cr_expect(eq(int, take(), 0x43));
	port_write(FIRST + 1, 0x08);
	line(6, true);
	cr_expect(eq(int, take(), NO_VECTOR));
	port_write(FIRST, 0x68);
	cr_expect(eq(int, take(), 0x46), "what is masked holds back nothing");
	port_write(FIRST, 0x48);
	port_write(FIRST, EOI_SPECIFIC | 6);
	line(7, true);
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(pic, special_fully_nested)
{
	line(12, true);
	cr_expect(eq(int, take(), 0x4c));
	line(9, true);
	cr_expect(eq(int, take(), NO_VECTOR), "the first chip serves line 2");
	init(0x11);
	line(12, false);
	line(9, false);
	line(12, true);
	cr_expect(eq(int, take(), 0x4c));
	line(9, true);
	cr_expect(eq(int, take(), 0x49), "a higher one of the second chip");
}

Test(pic, poll)
{
	port_write(FIRST + 1, 0);
	port_write(FIRST, 0x0c);
	cr_expect(eq(int, port_read(FIRST), 0));
	line(6, true);
	port_write(FIRST, 0x0c);
	cr_expect(eq(int, port_read(FIRST), 0x86));
	cr_expect(eq(int, read(FIRST, READ_ISR), 0x40), "it is acknowledged");
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(pic, no_request_while_it_is_initialized)
{
	line(4, true);
	port_write(FIRST, 0x11);
	line(5, true);
	cr_expect(eq(int, take(), NO_VECTOR));
	port_write(FIRST + 1, 0x60);
	port_write(FIRST + 1, 4);
	cr_expect(eq(int, take(), NO_VECTOR));
	port_write(FIRST + 1, 1);
	cr_expect(eq(int, take(), 0x65), "what rose since; what was before is forgotten");
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), NO_VECTOR));
}

Test(pic, pci_lines_go_where_they_are_routed)
{
	irq_line_set(&machine.vcpu, 16, true, VTS_DEVICE_UART);
	cr_expect(eq(int, take(), 0x4b), "INTA#: line 11");
	irq_line_set(&machine.vcpu, 18, true, VTS_DEVICE_RTC);
	irq_line_set(&machine.vcpu, 16, false, VTS_DEVICE_UART);
	port_write(SECOND, EOI);
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), 0x4b), "INTC# holds the same line");
	irq_line_set(&machine.vcpu, 18, false, VTS_DEVICE_RTC);
	port_write(SECOND, EOI);
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), NO_VECTOR));
	irq_pci_route(&machine.vcpu, 0, 5);
	irq_line_set(&machine.vcpu, 16, true, VTS_DEVICE_UART);
	cr_expect(eq(int, take(), 0x45));
	irq_pci_route(&machine.vcpu, 0, 0x80);
	port_write(FIRST, EOI);
	cr_expect(eq(int, take(), NO_VECTOR), "to none");
}

Test(pic, two_devices_share_a_line)
{
	port_write(0x4d1, 0x08);
	irq_line_set(&machine.vcpu, 16, true, VTS_DEVICE_UART);
	irq_line_set(&machine.vcpu, 16, true, VTS_DEVICE_RTC);
	irq_line_set(&machine.vcpu, 16, false, VTS_DEVICE_UART);
	cr_expect(eq(int, take(), 0x4b), "one still holds it");
}
