/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that writes anything to everything: no deadline is in the past once it has run, and what is taken is sound. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "core-vmm/vmx/msr.h"
#include "tests/unit/fake/irq_machine.h"

#define STEPS 300000

static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40,
				 0x41, 0x42, 0x43, 0x61, 0x70,	0x71};

static uint64_t any(void)
{
	return (uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand();
}

static void access_memory(const struct bus_region *region)
{
	uint64_t offset = any() % 4 ? any() % 0x40 * 0x10 : any() % 0x1000;
	unsigned size = 1u << rand() % 4;

	if (!bus_find(&machine.devices.memory, region->first))
		return;
	if (rand() % 2)
		region->write(&machine.vcpu, NULL, region->state, offset, size, any());
	else
		region->read(&machine.vcpu, region->state, offset, size);
}

static void step(void)
{
	uint16_t port = ports[any() % (sizeof(ports) / sizeof(*ports))];
	uint64_t value;

	switch (rand() % 10) {
	case 0:
	case 1:
	case 2:
		port_write(port, (uint8_t)any());
		break;
	case 3:
		port_read(port);
		break;
	case 4:
		access_memory(&machine.devices.lapic.region);
		break;
	case 5:
		access_memory(&machine.devices.ioapic.region);
		break;
	case 6:
		lapic_msr_write(&machine.vcpu, MSR_X2APIC + (uint32_t)any() % X2APIC_MSRS,
				any() & 0x700ff);
		lapic_msr_read(&machine.vcpu, MSR_X2APIC + (uint32_t)any() % X2APIC_MSRS, &value);
		break;
	case 7:
		lapic_msr_write(&machine.vcpu, MSR_TSC_DEADLINE, machine.now + any() % 10000);
		if (!(any() % 64))
			lapic_msr_write(&machine.vcpu, MSR_APIC_BASE, any() & 0xfee00d00);
		break;
	case 8:
		irq_line_set(&machine.vcpu, (unsigned)any() % IRQ_LINES, any() & 1,
			     VTS_DEVICE_UART);
		irq_pci_route(&machine.vcpu, (unsigned)any() % IRQ_PCI_LINES, (uint8_t)any());
		break;
	default:
		irq_message(&machine.vcpu, 0xfee00000 | (any() & 0xff00c), (uint32_t)any(),
			    VTS_DEVICE_UART);
	}
}

Test(irq_random, everything)
{
	unsigned taken = 0;

	irq_machine_start();
	srand(4);
	for (unsigned i = 0; i < STEPS; i++) {
		int vector;

		step();
		machine.now += any() % 4 ? any() % 1000 : any() % FAKE_HZ;
		timer_run(&machine.vcpu, machine.now);
		cr_assert(timer_next(&machine.vcpu) > machine.now);
		vector = any() % 4 ? NO_VECTOR : take();
		cr_assert(vector == NO_VECTOR || machine.taken.origin.since <= machine.now);
		taken += vector != NO_VECTOR;
	}
	cr_expect(taken > STEPS / 1000, "some came: %u", taken);
}
