/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC: SDM vol. 3, chapter 11. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "core-vmm/vmx/msr.h"
#include "tests/unit/fake/irq_machine.h"

#define BASE	  0xfee00000u
#define AT(reg)	  (BASE + ((reg) << 4))
#define TIMER_LVT (LAPIC_LVT + LVT_TIMER)

static const struct irq_origin origin = {.since = 5, .source = VTS_DEVICE_UART};

static void raise_vector(unsigned vector)
{
	lapic_raise(&machine.vcpu, vector, false, origin);
}

static uint64_t msr(uint32_t index)
{
	uint64_t value = 0;

	cr_assert(lapic_msr_read(&machine.vcpu, index, &value));
	return value;
}

static bool msr_set(uint32_t index, uint64_t value)
{
	return lapic_msr_write(&machine.vcpu, index, value);
}

static void x2apic(void)
{
	cr_assert(msr_set(MSR_APIC_BASE, msr(MSR_APIC_BASE) | APIC_BASE_X2APIC));
}

TestSuite(lapic, .init = irq_machine_start);

Test(lapic, as_firmware_leaves_it)
{
	cr_expect(eq(u64, msr(MSR_APIC_BASE), 0xfee00900));
	cr_expect(eq(u32, memory_read(AT(LAPIC_SVR)), 0x1ff));
	cr_expect(eq(u32, memory_read(AT(LAPIC_VERSION)), 0x50014));
	cr_expect(eq(u32, memory_read(AT(LAPIC_LVT + LVT_LINT0)), 0x700));
	cr_expect(eq(u32, memory_read(AT(LAPIC_LVT + LVT_LINT1)), 0x400));
	cr_expect(eq(u32, memory_read(AT(TIMER_LVT)), 0x10000));
	cr_expect(lapic_extint_open(&machine.vcpu));
}

Test(lapic, priorities)
{
	raise_vector(0x51);
	raise_vector(0x61);
	raise_vector(0x62);
	cr_expect(eq(u32, memory_read(AT(LAPIC_IRR + 3)), 6));
	cr_expect(eq(int, take(), 0x62));
	cr_expect(eq(u64, machine.taken.origin.since, 5));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_UART));
	cr_expect(eq(int, take(), NO_VECTOR), "of the same class: after EOI");
	cr_expect(eq(u32, memory_read(AT(LAPIC_ISR + 3)), 4));
	cr_expect(eq(u32, memory_read(AT(LAPIC_PPR)), 0x60));
	raise_vector(0x71);
	cr_expect(eq(int, take(), 0x71));
	memory_write(AT(LAPIC_EOI), 0);
	cr_expect(eq(int, take(), NO_VECTOR));
	machine.vcpu.pending.any = false;
	memory_write(AT(LAPIC_EOI), 0);
	cr_expect(machine.vcpu.pending.any, "the next entry must look");
	cr_expect(eq(int, take(), 0x61));
	memory_write(AT(LAPIC_EOI), 0);
	memory_write(AT(LAPIC_TPR), 0x50);
	cr_expect(eq(int, take(), NO_VECTOR));
	cr_expect(eq(u32, memory_read(AT(LAPIC_PPR)), 0x50));
	memory_write(AT(LAPIC_TPR), 0x4f);
	cr_expect(eq(int, take(), 0x51));
	cr_expect(eq(u32, memory_read(AT(LAPIC_PPR)), 0x50));
	memory_write(AT(LAPIC_TPR), 0x5a);
	cr_expect(eq(u32, memory_read(AT(LAPIC_PPR)), 0x5a));
}

Test(lapic, what_waits_keeps_its_origin)
{
	raise_vector(0x51);
	lapic_raise(&machine.vcpu, 0x51, false,
		    (struct irq_origin){.since = 99, .source = VTS_DEVICE_RTC});
	cr_expect(eq(int, take(), 0x51));
	cr_expect(eq(u64, machine.taken.origin.since, 5));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_UART));
	cr_expect(eq(int, take(), NO_VECTOR));
}

/** No deadline, and so no exit, for an interrupt that is asked for already. */
Test(lapic, periods_that_nobody_takes_set_no_timer)
{
	memory_write(AT(LAPIC_DIVIDE), 0xb);
	memory_write(AT(TIMER_LVT), 0x20070);
	memory_write(AT(LAPIC_INITIAL), 1000);
	time_reach(1000);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	machine.now = 3500;
	cr_expect(eq(int, take(), 0x70));
	cr_expect(eq(u64, timer_next(&machine.vcpu), 4000));
}

Test(lapic, ipis)
{
	memory_write(AT(LAPIC_ICR), 0x40000 | 0x40);
	cr_expect(eq(int, take(), 0x40));
	memory_write(AT(LAPIC_EOI), 0);
	memory_write(AT(LAPIC_ICR), 0x80000 | 0x41);
	cr_expect(eq(int, take(), 0x41), "all");
	memory_write(AT(LAPIC_EOI), 0);
	memory_write(AT(LAPIC_ICR), 0xc0000 | 0x42);
	cr_expect(eq(int, take(), NO_VECTOR), "all others: none");
	memory_write(AT(LAPIC_ICR_HIGH), 3u << 24);
	memory_write(AT(LAPIC_ICR), 0x43);
	cr_expect(eq(int, take(), NO_VECTOR), "not here");
	memory_write(AT(LAPIC_ICR_HIGH), 0);
	memory_write(AT(LAPIC_ICR), 0x44);
	cr_expect(eq(int, take(), 0x44));
	memory_write(AT(LAPIC_EOI), 0);
	memory_write(AT(LAPIC_LDR), 4u << 24);
	memory_write(AT(LAPIC_ICR_HIGH), 6u << 24);
	memory_write(AT(LAPIC_ICR), 0x800 | 0x45);
	cr_expect(eq(int, take(), 0x45), "logical, flat");
	memory_write(AT(LAPIC_EOI), 0);
	memory_write(AT(LAPIC_DFR), 0);
	memory_write(AT(LAPIC_LDR), 0x21u << 24);
	memory_write(AT(LAPIC_ICR_HIGH), 0x23u << 24);
	memory_write(AT(LAPIC_ICR), 0x800 | 0x46);
	cr_expect(eq(int, take(), 0x46), "logical, cluster");
	memory_write(AT(LAPIC_EOI), 0);
	memory_write(AT(LAPIC_ICR_HIGH), 0x13u << 24);
	memory_write(AT(LAPIC_ICR), 0x800 | 0x46);
	cr_expect(eq(int, take(), NO_VECTOR), "another cluster");
	memory_write(AT(LAPIC_ICR), 0x40400);
	cr_expect(eq(uint, machine.nmis, 1));
	memory_write(AT(LAPIC_ICR), 0x40500);
	memory_write(AT(LAPIC_ICR), 0x40600);
	cr_expect(eq(int, take(), NO_VECTOR), "INIT and start-up are dropped");
}

Test(lapic, errors)
{
	memory_write(AT(LAPIC_LVT + LVT_ERROR), 0xee);
	memory_write(AT(LAPIC_ICR), 0x40000 | 0x0f);
	cr_expect(eq(int, take(), 0xee));
	cr_expect(eq(u32, memory_read(AT(LAPIC_ESR)), 0), "until it is written");
	memory_write(AT(LAPIC_ESR), 0);
	cr_expect(eq(u32, memory_read(AT(LAPIC_ESR)), 1 << 5));
	memory_read(AT(1));
	raise_vector(3);
	memory_write(AT(LAPIC_ESR), 0);
	cr_expect(eq(u32, memory_read(AT(LAPIC_ESR)), 1 << 7 | 1 << 6));
	memory_write(AT(LAPIC_LVT + LVT_ERROR), 3);
	memory_read(AT(1));
	memory_write(AT(LAPIC_ESR), 0);
	cr_expect(eq(u32, memory_read(AT(LAPIC_ESR)), 1 << 7), "its own vector cannot be taken");
}

Test(lapic, timer_once)
{
	memory_write(AT(LAPIC_DIVIDE), 0xb); /* by 1 */
	memory_write(AT(TIMER_LVT), 0x70);
	machine.now = 100;
	memory_write(AT(LAPIC_INITIAL), 1000);
	machine.now = 350;
	cr_expect(eq(u32, memory_read(AT(LAPIC_CURRENT)), 750));
	time_reach(1099);
	cr_expect(eq(int, take(), NO_VECTOR));
	time_reach(1100);
	cr_expect(eq(int, take(), 0x70));
	cr_expect(eq(u64, machine.taken.origin.since, 1100));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_LAPIC));
	cr_expect(eq(u32, memory_read(AT(LAPIC_CURRENT)), 0));
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
}

Test(lapic, timer_divides)
{
	static const unsigned divide[16] = {
	    [0] = 2, [1] = 4, [2] = 8, [3] = 16, [8] = 32, [9] = 64, [10] = 128, [11] = 1};

	memory_write(AT(TIMER_LVT), 0x70);
	for (unsigned i = 0; i < 16; i++) {
		if (!divide[i])
			continue;
		memory_write(AT(LAPIC_DIVIDE), i);
		memory_write(AT(LAPIC_INITIAL), 100);
		cr_expect(eq(u64, timer_next(&machine.vcpu), 100 * divide[i]));
	}
}

Test(lapic, timer_periods)
{
	memory_write(AT(LAPIC_DIVIDE), 0xb);
	memory_write(AT(TIMER_LVT), 0x20070);
	memory_write(AT(LAPIC_INITIAL), 1000);
	for (unsigned i = 1; i <= 5; i++) {
		time_reach(i * 1000);
		cr_expect(eq(int, take(), 0x70));
		memory_write(AT(LAPIC_EOI), 0);
	}
	machine.now = 9500;
	timer_run(&machine.vcpu, machine.now);
	cr_expect(eq(int, take(), 0x70), "missed ones are one");
	cr_expect(eq(u64, timer_next(&machine.vcpu), 10000));
	memory_write(AT(TIMER_LVT), 0x30070);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER), "masked");
	machine.now = 20500;
	memory_write(AT(TIMER_LVT), 0x20070);
	cr_expect(eq(u64, timer_next(&machine.vcpu), 21000));
	memory_write(AT(LAPIC_INITIAL), 0);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	memory_write(AT(LAPIC_INITIAL), 1);
	time_reach(machine.now + 100000); /* ends, although each period is one unit */
}

Test(lapic, deadlines)
{
	machine.vcpu.tsc_adjust = 1000000;
	cr_assert(msr_set(MSR_TSC_DEADLINE, 1000500));
	cr_expect(eq(u64, msr(MSR_TSC_DEADLINE), 0), "in another mode");
	memory_write(AT(TIMER_LVT), 0x40070);
	cr_assert(msr_set(MSR_TSC_DEADLINE, 1000500));
	cr_expect(eq(u64, msr(MSR_TSC_DEADLINE), 1000500));
	cr_expect(eq(u64, timer_next(&machine.vcpu), 500));
	machine.vcpu.tsc_adjust = 1000100; /* the guest wrote its TSC */
	lapic_timer_update(&machine.vcpu);
	time_reach(400);
	cr_expect(eq(int, take(), 0x70));
	cr_expect(eq(u64, msr(MSR_TSC_DEADLINE), 0));
	cr_assert(msr_set(MSR_TSC_DEADLINE, 1));
	time_reach(401);
	memory_write(AT(LAPIC_EOI), 0);
	cr_expect(eq(int, take(), 0x70), "in the past: at once");
	cr_assert(msr_set(MSR_TSC_DEADLINE, UINT64_MAX));
	memory_write(AT(TIMER_LVT), 0x70);
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER), "another mode ends it");
	cr_expect(eq(u64, msr(MSR_TSC_DEADLINE), 0));
}

Test(lapic, switched_off_by_software)
{
	raise_vector(0x51);
	memory_write(AT(LAPIC_LVT + LVT_ERROR), 0xee);
	memory_write(AT(LAPIC_SVR), 0xff);
	cr_expect(eq(u32, memory_read(AT(LAPIC_LVT + LVT_ERROR)), 0x100ee));
	memory_write(AT(LAPIC_LVT + LVT_ERROR), 0xee);
	cr_expect(eq(u32, memory_read(AT(LAPIC_LVT + LVT_ERROR)), 0x100ee), "masks stay");
	raise_vector(0x61);
	cr_expect(eq(int, take(), 0x51), "what was there is kept, more does not come");
	memory_write(AT(LAPIC_ICR), 0x40400);
	cr_expect(eq(uint, machine.nmis, 1), "but NMIs do");
}

Test(lapic, switched_off_altogether)
{
	raise_vector(0x51);
	cr_assert(msr_set(MSR_APIC_BASE, 0xfee00100));
	cr_expect(eq(int, take(), NO_VECTOR));
	cr_expect(eq(ptr, bus_find(&machine.devices.memory, BASE), NULL));
	cr_expect(eq(u32, machine.vcpu.cpuid_1_edx_hidden, CPUID_1_EDX_APIC));
	cr_expect(lapic_extint_open(&machine.vcpu), "the 8259s reach the processor");
	cr_assert(msr_set(MSR_APIC_BASE, 0xfee00900));
	cr_expect(eq(u32, memory_read(AT(LAPIC_SVR)), 0xff), "as after a reset");
	cr_expect(eq(u32, machine.vcpu.cpuid_1_edx_hidden, 0));
	cr_expect(not(lapic_extint_open(&machine.vcpu)));
}

Test(lapic, moves)
{
	cr_assert(msr_set(MSR_APIC_BASE, 0xd0000900));
	cr_expect(eq(u32, memory_read(0xd0000030), 0x50014));
	cr_expect(eq(ptr, bus_find(&machine.devices.memory, BASE), NULL));
	cr_assert(msr_set(MSR_APIC_BASE, 0xfec00900), "where the I/O APIC is, that stays");
	cr_expect(
	    eq(ptr, bus_find(&machine.devices.memory, 0xfec00000), &machine.devices.ioapic.region));
}

Test(lapic, modes)
{
	uint64_t value;

	cr_expect(not(lapic_msr_read(&machine.vcpu, 0x803, &value)), "xAPIC: no MSRs");
	cr_expect(not(msr_set(MSR_APIC_BASE, 0xfee00500)), "x2APIC without the APIC");
	cr_expect(not(msr_set(MSR_APIC_BASE, 0xfee00901)), "a reserved bit");
	cr_expect(not(msr_set(MSR_APIC_BASE, 1ull << 40 | 0x900)), "beyond physical memory");
	x2apic();
	cr_expect(eq(ptr, bus_find(&machine.devices.memory, BASE), NULL));
	cr_expect(eq(u64, msr(0x803), 0x50014));
	cr_expect(eq(u64, msr(0x80d), 1), "LDR");
	cr_expect(not(msr_set(MSR_APIC_BASE, 0xfee00900)), "not back to xAPIC");
	cr_assert(msr_set(MSR_APIC_BASE, 0xfee00100));
	cr_expect(not(msr_set(MSR_APIC_BASE, 0xfee00d00)), "not from off to x2APIC");
}

Test(lapic, x2apic_registers)
{
	uint64_t value;

	x2apic();
	cr_expect(not(msr_set(0x80b, 1)));
	cr_expect(msr_set(0x80b, 0));
	cr_expect(not(msr_set(0x80e, 0)), "DFR is no more");
	cr_expect(not(lapic_msr_read(&machine.vcpu, 0x831, &value)));
	cr_expect(not(lapic_msr_read(&machine.vcpu, 0x83f, &value)));
	cr_expect(not(msr_set(0x83f, 0x100)));
	cr_assert(msr_set(0x83f, 0x55));
	cr_expect(eq(int, take(), 0x55));
	cr_assert(msr_set(0x830, 0x56));
	cr_assert(msr_set(0x830, 1ull << 32 | 0x57));
	msr_set(0x80b, 0);
	cr_expect(eq(int, take(), 0x56));
	cr_assert(msr_set(0x830, 0xffffffffull << 32 | 0x60));
	cr_expect(eq(int, take(), 0x60), "to all");
	cr_assert(msr_set(0x830, 1ull << 32 | 0x800 | 0x70));
	cr_expect(eq(int, take(), 0x70), "logical");
	irq_message(&machine.vcpu, 0xfeeff000, 0x80, VTS_DEVICE_UART);
	cr_expect(eq(int, take(), 0x80), "a message to all, of 8 bits");
}

Test(lapic, messages)
{
	machine.now = 1234;
	irq_message(&machine.vcpu, 0xfee00000, 0x66, VTS_DEVICE_UART);
	cr_expect(eq(int, take(), 0x66));
	cr_expect(eq(u64, machine.taken.origin.since, 1234));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_UART));
	irq_message(&machine.vcpu, 0xfee01000, 0x76, VTS_DEVICE_UART);
	irq_message(&machine.vcpu, 0xfed00000, 0x76, VTS_DEVICE_UART);
	irq_message(&machine.vcpu, 0x1fee00000, 0x76, VTS_DEVICE_UART);
	cr_expect(eq(int, take(), NO_VECTOR), "to another processor, to no processor");
	irq_message(&machine.vcpu, 0xfee00000, 0x400, VTS_DEVICE_UART);
	cr_expect(eq(uint, machine.nmis, 1));
}

Test(lapic, hostile)
{
	srand(3);
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t value = (uint64_t)rand() << 32 ^ (uint64_t)rand() << 8 ^ (uint64_t)rand();
		struct bus_region *region = &machine.devices.lapic.region;

		switch (rand() % 6) {
		case 0:
			region->write(&machine.vcpu, NULL, region->state, (uint64_t)rand() % 0x1000,
				      1u << rand() % 4, value);
			break;
		case 1:
			region->read(&machine.vcpu, region->state, (uint64_t)rand() % 0x1000,
				     1u << rand() % 4);
			break;
		case 2:
			msr_set(MSR_X2APIC + (uint32_t)rand() % 0x100,
				rand() % 2 ? value & 0x700ff : value);
			break;
		case 3:
			lapic_msr_read(&machine.vcpu, MSR_X2APIC + (uint32_t)rand() % 0x100,
				       &value);
			break;
		case 4:
			msr_set(rand() % 2 ? MSR_APIC_BASE : MSR_TSC_DEADLINE,
				rand() % 2 ? 0xfee00900 : value & 0xfffffd00);
			break;
		default:
			machine.now += (uint64_t)rand() % 1000;
			timer_run(&machine.vcpu, machine.now);
			take();
		}
	}
}
