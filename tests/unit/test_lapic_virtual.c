/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC's state on the virtual-APIC page: SDM vol. 3, chapter 30. The tests do what the processor does. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core-vmm/device/lapic_virtual.h"
#include "core-vmm/vmx/msr.h"
#include "tests/unit/fake/irq_machine.h"

#define AT(reg)	  (0xfee00000u + ((reg) << 4))
#define TIMER_LVT (LAPIC_LVT + LVT_TIMER)
#define PERIODIC  0x20000u
#define PIN	  5
#define LEVEL	  0x8000u

static const struct irq_origin origin = {.since = 5, .source = VTS_DEVICE_UART};

static uint32_t *page(unsigned number)
{
	return lapic_virtual_register(&machine.vcpu, number);
}

static void raise_vector(unsigned vector)
{
	lapic_raise(&machine.vcpu, vector, false, origin);
}

/** The processor delivers @vector: from IRR to ISR. */
static void deliver(unsigned vector)
{
	cr_assert(lapic_virtual_has(&machine.vcpu, LAPIC_IRR, vector));
	*page(LAPIC_IRR + vector / 32) &= ~(1u << vector % 32);
	*page(LAPIC_ISR + vector / 32) |= 1u << vector % 32;
	machine.requested = 0;
	machine.service = vector;
}

TestSuite(lapic_virtual, .init = irq_machine_virtualize);

Test(lapic_virtual, a_request_is_posted_once)
{
	raise_vector(0x61);
	cr_expect(eq(uint, machine.posted, 1));
	cr_expect(eq(uint, machine.taken.vector, 0x61));
	cr_expect(eq(u64, machine.taken.origin.since, 5));
	cr_expect(eq(int, machine.taken.origin.source, VTS_DEVICE_UART));
	raise_vector(0x61);
	cr_expect(eq(uint, machine.posted, 1));
	raise_vector(0x51);
	cr_expect(eq(uint, machine.posted, 2));
	cr_expect(eq(uint, machine.requested, 0x61), "the highest is next");
	cr_expect(eq(u32, *page(LAPIC_IRR + 3), 2));
	cr_expect(eq(u32, *page(LAPIC_IRR + 2), 1u << 0x11));
}

Test(lapic_virtual, the_vmm_injects_none)
{
	raise_vector(0x61);
	cr_expect(not(irq_waits(&machine.vcpu)));
	cr_expect(eq(int, lapic_virtual_vector(&machine.vcpu), 0x61));
	*page(LAPIC_TPR) = 0x60;
	cr_expect(eq(int, lapic_virtual_vector(&machine.vcpu), -1));
	*page(LAPIC_TPR) = 0x5f;
	cr_expect(eq(int, lapic_virtual_vector(&machine.vcpu), 0x61));
}

Test(lapic_virtual, priorities)
{
	*page(LAPIC_TPR) = 0x23;
	cr_expect(eq(u32, lapic_virtual_ppr(&machine.vcpu), 0x23));
	raise_vector(0x61);
	deliver(0x61);
	cr_expect(eq(u32, lapic_virtual_ppr(&machine.vcpu), 0x60));
	raise_vector(0x6f);
	cr_expect(eq(int, lapic_virtual_vector(&machine.vcpu), -1), "the same class waits");
	raise_vector(0x70);
	cr_expect(eq(int, lapic_virtual_vector(&machine.vcpu), 0x70));
	cr_expect(eq(u32, memory_read(AT(LAPIC_PPR)), 0x60));
}

Test(lapic_virtual, an_eoi_that_the_vmm_does)
{
	raise_vector(0x61);
	deliver(0x61);
	raise_vector(0x71);
	deliver(0x71);
	memory_write(AT(LAPIC_EOI), 0);
	cr_expect(eq(uint, machine.service, 0x61));
	cr_expect(not(lapic_virtual_has(&machine.vcpu, LAPIC_ISR, 0x71)));
	memory_write(AT(LAPIC_EOI), 0);
	cr_expect(eq(uint, machine.service, 0));
	memory_write(AT(LAPIC_EOI), 0);
	cr_expect(eq(u32, lapic_virtual_ppr(&machine.vcpu), 0), "none was in service");
}

Test(lapic_virtual, a_level_is_ended_for_the_ioapic)
{
	struct ioapic *ioapic = &machine.devices.ioapic;

	ioapic->entry[PIN] = LEVEL | 0x61;
	irq_line_set(&machine.vcpu, PIN, true, VTS_DEVICE_UART);
	cr_expect(machine.eoi_exits[0x61]);
	cr_expect(lapic_virtual_has(&machine.vcpu, LAPIC_TMR, 0x61));
	deliver(0x61);
	/* The processor has ended it: the exit. */
	*page(LAPIC_ISR + 3) = 0;
	lapic_virtual_ended(&machine.vcpu, 0x61);
	cr_expect(eq(uint, machine.posted, 2), "the line is still high");
	deliver(0x61);
	irq_line_set(&machine.vcpu, PIN, false, VTS_DEVICE_UART);
	*page(LAPIC_ISR + 3) = 0;
	lapic_virtual_ended(&machine.vcpu, 0x61);
	cr_expect(eq(uint, machine.posted, 2));
	raise_vector(0x61);
	cr_expect(not(machine.eoi_exits[0x61]), "an edge's EOI is nobody's business");
	cr_expect(not(lapic_virtual_has(&machine.vcpu, LAPIC_TMR, 0x61)));
}

Test(lapic_virtual, periods_that_nobody_takes_end)
{
	memory_write(AT(LAPIC_DIVIDE), 0xb);
	memory_write(AT(TIMER_LVT), PERIODIC | 0x71);
	memory_write(AT(LAPIC_INITIAL), 100);
	time_reach(100);
	cr_expect(eq(uint, machine.posted, 1));
	cr_expect(eq(u64, timer_next(&machine.vcpu), 200), "as nobody says whether it was taken");
	time_reach(200);
	cr_expect(eq(uint, machine.posted, 1), "it was not");
	cr_expect(eq(u64, timer_next(&machine.vcpu), TIMER_NEVER));
	cr_expect(machine.eoi_exits[0x71]);
	deliver(0x71);
	time_reach(1050);
	*page(LAPIC_ISR + 3) = 0;
	lapic_virtual_ended(&machine.vcpu, 0x71);
	cr_expect(eq(u64, timer_next(&machine.vcpu), 1100));
	time_reach(1100);
	cr_expect(eq(uint, machine.posted, 2));
	cr_expect(not(machine.eoi_exits[0x71]));
}

Test(lapic_virtual, what_the_guest_reads_is_on_the_page)
{
	uint64_t base;

	cr_expect(eq(u32, *page(LAPIC_VERSION), 0x50014));
	cr_expect(eq(u32, *page(LAPIC_SVR), 0x1ff));
	memory_write(AT(LAPIC_LDR), 0x01ffffff);
	cr_expect(eq(u32, *page(LAPIC_LDR), 0x01000000));
	memory_write(AT(LAPIC_SVR), 0xff);
	cr_expect(eq(u32, *page(TIMER_LVT), LVT_MASKED), "software-disabled");
	memory_write(AT(LAPIC_SVR), 0x1ff);
	cr_assert(lapic_msr_read(&machine.vcpu, MSR_APIC_BASE, &base));
	cr_assert(lapic_msr_write(&machine.vcpu, MSR_APIC_BASE, base | APIC_BASE_X2APIC));
	cr_expect(eq(u32, *page(LAPIC_LDR), 1));
	cr_assert(lapic_msr_write(&machine.vcpu, MSR_X2APIC + LAPIC_ICR, 7ull << 32 | 0x61));
	cr_expect(eq(u32, *page(LAPIC_ICR), 0x61));
	cr_expect(eq(u32, page(LAPIC_ICR)[1], 7));
}

Test(lapic_virtual, what_the_guest_wrote_there_counts)
{
	machine.vcpu.apicv.mode = APICV_BY_PAGE;
	*page(LAPIC_ICR_HIGH) = 0x07ffffff;
	*page(TIMER_LVT) = 0xffffffff;
	cr_expect(eq(u32, lapic_page_written(&machine.vcpu, TIMER_LVT), 0xffffffff));
	cr_expect(eq(u32, *page(TIMER_LVT), 0x000700ff), "what is reserved is 0");
	cr_expect(eq(u32, *page(LAPIC_ICR_HIGH), 0x07000000));
	*page(LAPIC_ICR) = 0x61; /* to processor 7 */
	lapic_page_written(&machine.vcpu, LAPIC_ICR);
	cr_expect(eq(uint, machine.posted, 0));
	*page(LAPIC_ICR_HIGH) = 0;
	*page(LAPIC_ICR) = 0x62;
	lapic_page_written(&machine.vcpu, LAPIC_ICR);
	cr_expect(eq(uint, machine.posted, 1));
}

Test(lapic_virtual, disabled_it_forgets)
{
	uint64_t base;

	raise_vector(0x61);
	deliver(0x61);
	raise_vector(0x71);
	*page(LAPIC_TPR) = 0x30;
	cr_assert(lapic_msr_read(&machine.vcpu, MSR_APIC_BASE, &base));
	cr_assert(lapic_msr_write(&machine.vcpu, MSR_APIC_BASE, base & ~APIC_BASE_ENABLE));
	cr_expect(eq(u32, lapic_virtual_ppr(&machine.vcpu), 0));
	cr_expect(eq(int, lapic_virtual_vector(&machine.vcpu), -1));
	cr_expect(machine.requested == 0 && machine.service == 0);
	raise_vector(0x61);
	cr_expect(eq(uint, machine.posted, 2), "and takes nothing");
}
