/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/fake/irq_machine.h"

#include <stdlib.h>
#include <string.h>

struct irq_machine machine;

uint64_t time_now(const struct vcpu *vcpu)
{
	(void)vcpu;
	return machine.now;
}

void pending_raise_nmi(struct vcpu *vcpu, struct irq_origin origin)
{
	(void)vcpu, (void)origin;
	machine.nmis++;
}

void irq_machine_start(void)
{
	memset(&machine, 0, sizeof(machine));
	machine.vm.config.hz = FAKE_HZ;
	machine.vm.devices = &machine.devices;
	machine.vcpu.vm = &machine.vm;
	machine.vcpu.capability = &machine.capability;
	machine.capability.physical_mask = (1ull << 39) - 1;
	machine.devices.ports.limit = 0x10000;
	machine.devices.memory.limit = ~0ull;
	irq_create(&machine.vcpu);
}

static struct bus_region *region_at(struct bus *bus, uint64_t address)
{
	struct bus_region *region = bus_find(bus, address);

	if (!region)
		abort();
	return region;
}

void port_write(uint16_t port, uint8_t value)
{
	struct bus_region *region = region_at(&machine.devices.ports, port);

	region->write(&machine.vcpu, NULL, region->state, port - region->first, 1, value);
}

uint8_t port_read(uint16_t port)
{
	struct bus_region *region = region_at(&machine.devices.ports, port);

	return (uint8_t)region->read(&machine.vcpu, region->state, port - region->first, 1);
}

void memory_write(uint64_t address, uint32_t value)
{
	struct bus_region *region = region_at(&machine.devices.memory, address);

	region->write(&machine.vcpu, NULL, region->state, address - region->first, 4, value);
}

uint32_t memory_read(uint64_t address)
{
	struct bus_region *region = region_at(&machine.devices.memory, address);

	return (uint32_t)region->read(&machine.vcpu, region->state, address - region->first, 4);
}

void time_reach(uint64_t now)
{
	while (timer_next(&machine.vcpu) <= now) {
		uint64_t deadline = timer_next(&machine.vcpu);

		if (deadline > machine.now)
			machine.now = deadline;
		timer_run(&machine.vcpu, machine.now);
	}
	machine.now = now;
}

int take(void)
{
	if (!irq_waits(&machine.vcpu))
		return NO_VECTOR;
	machine.taken = irq_take(&machine.vcpu);
	return machine.taken.vector;
}

/* A processor that virtualizes the APIC (irq_machine_virtualize): what it is told. */

void apicv_place(struct vcpu *vcpu)
{
	(void)vcpu;
}

void apicv_request(struct vcpu *vcpu, unsigned vector)
{
	(void)vcpu;
	machine.requested = vector > machine.requested ? vector : machine.requested;
}

void apicv_service(struct vcpu *vcpu, unsigned vector)
{
	(void)vcpu;
	machine.service = vector;
}

void apicv_clear(struct vcpu *vcpu)
{
	(void)vcpu;
	machine.requested = machine.service = 0;
}

void apicv_eoi_exit(struct vcpu *vcpu, unsigned vector, bool exits)
{
	(void)vcpu;
	machine.eoi_exits[vector] = exits;
}

void inject_posted(struct vcpu *vcpu, unsigned vector, struct irq_origin origin)
{
	(void)vcpu;
	machine.taken = (struct interrupt){.origin = origin, .vector = (uint8_t)vector};
	machine.posted++;
}

void irq_machine_virtualize(void)
{
	static uint32_t page[1024];

	memset(page, 0, sizeof(page));
	irq_machine_start();
	machine.vcpu.apicv.page = page;
	irq_create(&machine.vcpu);
}
