/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core-vmm/device/bus.h"

static struct bus bus;
static struct bus_region region[BUS_REGIONS + 1];

static void start(void)
{
	bus = (struct bus){.limit = 0x10000};
}

TestSuite(bus, .init = start);

Test(bus, finds_what_has_the_address)
{
	cr_assert(bus_add(&bus, &region[0], 0x100, 8));
	cr_assert(bus_add(&bus, &region[1], 0x40, 0x10));
	cr_assert(bus_add(&bus, &region[2], 0x108, 1));
	cr_expect(eq(ptr, bus_find(&bus, 0x3f), NULL));
	cr_expect(eq(ptr, bus_find(&bus, 0x40), &region[1]));
	cr_expect(eq(ptr, bus_find(&bus, 0x4f), &region[1]));
	cr_expect(eq(ptr, bus_find(&bus, 0x50), NULL));
	cr_expect(eq(ptr, bus_find(&bus, 0x107), &region[0]));
	cr_expect(eq(ptr, bus_find(&bus, 0x108), &region[2]));
	cr_expect(eq(ptr, bus_find(&bus, 0x109), NULL));
	cr_expect(eq(ptr, bus_find(&bus, ~0ull), NULL));
}

Test(bus, none_lies_over_another)
{
	cr_assert(bus_add(&bus, &region[0], 0x100, 0x10));
	cr_expect(not(bus_add(&bus, &region[1], 0xff, 2)));
	cr_expect(not(bus_add(&bus, &region[1], 0x10f, 1)));
	cr_expect(not(bus_add(&bus, &region[1], 0x80, 0x1000)));
	cr_expect(not(bus_add(&bus, &region[1], 0x100, 0x10)));
	cr_expect(bus_add(&bus, &region[1], 0x110, 0x10));
	cr_expect(bus_add(&bus, &region[2], 0xf0, 0x10));
}

Test(bus, what_is_not_on_the_bus_is_refused)
{
	cr_expect(not(bus_add(&bus, &region[0], 0x10000, 1)));
	cr_expect(not(bus_add(&bus, &region[0], 0xffff, 2)));
	cr_expect(not(bus_add(&bus, &region[0], 0x8000, ~0ull)));
	cr_expect(not(bus_add(&bus, &region[0], 0, 0)));
	cr_expect(bus_add(&bus, &region[0], 0, 0x10000));
}

Test(bus, regions_go_and_come_back_elsewhere)
{
	for (unsigned i = 0; i < 3; i++)
		cr_assert(bus_add(&bus, &region[i], i * 0x10, 0x10));
	bus_remove(&bus, &region[1]);
	bus_remove(&bus, &region[1]);
	cr_expect(eq(ptr, bus_find(&bus, 0x10), NULL));
	cr_expect(eq(ptr, bus_find(&bus, 0x20), &region[2]));
	cr_assert(bus_add(&bus, &region[1], 0x300, 4));
	cr_expect(eq(ptr, bus_find(&bus, 0x303), &region[1]));
}

Test(bus, has_an_end)
{
	for (unsigned i = 0; i < BUS_REGIONS; i++)
		cr_assert(bus_add(&bus, &region[i], i * 2, 1));
	cr_expect(not(bus_add(&bus, &region[BUS_REGIONS], 0x8000, 1)));
}
