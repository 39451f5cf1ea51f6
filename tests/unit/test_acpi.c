/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI's fixed registers, as its specification has them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core-vmm/dispatch/dispatch.h"
#include "tests/unit/fake/irq_machine.h"

#define STATUS	0x600
#define ENABLE	0x602
#define CONTROL 0x604
#define TIMER	0x608
#define RESET	0x60c
#define PANIC	0x60d

#define TIMER_HZ 3579545.0
#define OVERFLOW 0x80000000ul

static struct exit exit_now;

static void start(void)
{
	irq_machine_start();
	acpi_create(&machine.vm);
	exit_now = (struct exit){0};
}

TestSuite(acpi, .init = start);

static uint64_t in(uint16_t port, unsigned size)
{
	struct bus_region *region = bus_find(&machine.devices.ports, port);

	return region->read(&machine.vcpu, region->state, port - region->first, size);
}

static void out(uint16_t port, unsigned size, uint32_t value)
{
	struct bus_region *region = bus_find(&machine.devices.ports, port);

	region->write(&machine.vcpu, &exit_now, region->state, port - region->first, size, value);
}

/** When the timer's count has reached @count. */
static uint64_t when(uint64_t count)
{
	return (uint64_t)((double)count * FAKE_HZ / TIMER_HZ) + 2;
}

Test(acpi, the_timer_counts_at_its_rate)
{
	cr_expect(eq(u64, in(TIMER, 4), 0));
	time_reach(FAKE_HZ);
	cr_expect(eq(u64, in(TIMER, 4), 3579545));
	cr_expect(eq(u64, in(TIMER + 1, 2), 3579545 >> 8 & 0xffff));
	out(TIMER, 4, 0);
	cr_expect(eq(u64, in(TIMER, 4), 3579545));
	time_reach(when(1ul << 32));
	cr_expect(lt(u64, in(TIMER, 4), 16));
}

Test(acpi, overflow_sets_its_status_until_it_is_cleared)
{
	time_reach(when(OVERFLOW) - 100);
	cr_expect(eq(u64, in(STATUS, 2), 0));
	time_reach(when(OVERFLOW));
	cr_expect(eq(u64, in(STATUS, 2), 1));
	out(STATUS, 2, 0xfffe);
	cr_expect(eq(u64, in(STATUS, 2), 1));
	out(STATUS, 2, 1);
	cr_expect(eq(u64, in(STATUS, 2), 0));
	time_reach(when(2 * OVERFLOW));
	cr_expect(eq(u64, in(STATUS, 4), 1));
	cr_expect(eq(u64, machine.devices.irq.high[9], 0));
}

Test(acpi, overflow_interrupts_as_a_level_if_enabled)
{
	out(ENABLE, 2, 1);
	time_reach(when(OVERFLOW) - 100);
	cr_expect(eq(u64, machine.devices.irq.high[9], 0));
	time_reach(when(OVERFLOW));
	cr_expect(ne(u64, machine.devices.irq.high[9], 0));
	out(ENABLE, 2, 0);
	cr_expect(eq(u64, machine.devices.irq.high[9], 0));
	out(ENABLE, 2, 1);
	cr_expect(ne(u64, machine.devices.irq.high[9], 0));
	out(STATUS, 2, 1);
	cr_expect(eq(u64, machine.devices.irq.high[9], 0));
	time_reach(when(2 * OVERFLOW));
	cr_expect(ne(u64, machine.devices.irq.high[9], 0));
}

/* Linux reads back what it has enabled, and complains. */
Test(acpi, enabled_events_are_read_back)
{
	out(ENABLE, 2, 0xffff);
	cr_expect(eq(u64, in(ENABLE, 2), 0x421));
	out(STATUS, 4, 0x04200000);
	cr_expect(eq(u64, in(STATUS, 4), 0x04200000));
}

Test(acpi, control_is_in_acpi_mode_and_remembers_the_sleep_type)
{
	cr_expect(eq(u64, in(CONTROL, 2), 1));
	out(CONTROL, 2, 0xdc00 & ~0x2000);
	cr_expect(eq(u64, in(CONTROL, 2), 0x1c01));
	out(CONTROL + 1, 1, 0x04);
	cr_expect(eq(u64, in(CONTROL, 2), 0x0401));
	cr_expect(not(machine.vm.stop.stopped));
}

Test(acpi, sleep_state_s5_ends_the_vm)
{
	out(CONTROL, 2, 3 << 10 | 1 << 13); /* none that there is */
	cr_expect(not(machine.vm.stop.stopped));
	out(CONTROL, 2, 5 << 10 | 1 << 13);
	cr_expect(machine.vm.stop.stopped);
	cr_expect(eq(int, machine.vm.stop.cause, VTS_VM_STOP_GUEST_EXIT));
	cr_expect(eq(u64, machine.vm.stop.status, 0));
	cr_expect(eq(int, exit_now.how, VTS_EXIT_STOPPED));
}

Test(acpi, sleep_by_bytes)
{
	out(CONTROL, 1, 0);
	out(CONTROL + 1, 1, (5 << 10 | 1 << 13) >> 8);
	cr_expect(machine.vm.stop.stopped);
}

Test(acpi, the_reset_register_takes_its_value_only)
{
	out(RESET, 1, 6);
	out(RESET + 2, 1, 1);
	cr_expect(not(machine.vm.stop.stopped));
	out(RESET, 1, 1);
	cr_expect(eq(int, machine.vm.stop.cause, VTS_VM_STOP_RESET));
	cr_expect(eq(int, exit_now.how, VTS_EXIT_STOPPED));
}

Test(acpi, a_panic_that_is_told_ends_the_vm)
{
	cr_expect(eq(u64, in(PANIC, 1), 1));
	cr_expect(eq(u64, in(RESET, 4), 1 << 8));
	out(PANIC, 1, 2); /* the guest's crash kernel takes over: QEMU's PVPANIC_CRASH_LOADED */
	cr_expect(not(machine.vm.stop.stopped));
	out(PANIC, 1, 1);
	cr_expect(eq(int, machine.vm.stop.cause, VTS_VM_STOP_PANIC));
	cr_expect(eq(int, exit_now.how, VTS_EXIT_STOPPED));
}
