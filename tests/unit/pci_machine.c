/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/unit/pci_machine.h"

#include <string.h>

#include "core-vmm/device/irq.h"
#include "core-vmm/memory/paging.h"

struct heard heard;
struct devices pci_devices;
unsigned long pci_machine_writes;
uint64_t pci_machine_now;

uint64_t time_now(const struct vcpu *vcpu)
{
	(void)vcpu;
	return pci_machine_now;
}

void irq_line_set(struct vcpu *vcpu, unsigned line, bool high, enum vts_device source)
{
	(void)vcpu, (void)source;
	heard.line[line] = high;
	heard.line_changes++;
}

void irq_message(struct vcpu *vcpu, uint64_t address, uint32_t data, enum vts_device source)
{
	(void)vcpu, (void)source;
	heard.address = address;
	heard.data = data;
	heard.messages++;
}

static int write_block(struct vcpu *vcpu, uint64_t gpa, const void *from, uint64_t bytes)
{
	pci_machine_writes++;
	return guest_memory_write(&vcpu->vm->memory, gpa, from, bytes);
}

static const struct paging_ops paging = {.name = "fake", .write_block = write_block};

void pci_machine_start(void)
{
	fake_start(PCI_MACHINE_MEMORY, false);
	memset(&heard, 0, sizeof(heard));
	memset(&pci_devices, 0, sizeof(pci_devices));
	pci_machine_writes = 0;
	pci_machine_now = 0;
	pci_devices.ports.limit = 0x10000;
	pci_devices.memory.limit = ~0ull;
	fake.vm.devices = &pci_devices;
	fake.vm.paging = &paging;
	pci_create(&fake.vm);
}

static uint64_t bus_in(struct bus *bus, uint64_t address, unsigned size)
{
	const struct bus_region *region = bus_find(bus, address);
	uint64_t ones = ~0ull >> (64 - 8 * size);

	if (!region)
		return ones;
	return region->read(&fake.vcpu, region->state, address - region->first, size) & ones;
}

static void bus_out(struct bus *bus, uint64_t address, unsigned size, uint64_t value)
{
	const struct bus_region *region = bus_find(bus, address);

	if (region)
		region->write(&fake.vcpu, NULL, region->state, address - region->first, size,
			      value & ~0ull >> (64 - 8 * size));
}

uint64_t port_in(uint16_t port, unsigned size)
{
	return bus_in(&pci_devices.ports, port, size);
}

void port_out(uint16_t port, unsigned size, uint64_t value)
{
	bus_out(&pci_devices.ports, port, size, value);
}

uint64_t memory_in(uint64_t gpa, unsigned size)
{
	return bus_in(&pci_devices.memory, gpa, size);
}

void memory_out(uint64_t gpa, unsigned size, uint64_t value)
{
	bus_out(&pci_devices.memory, gpa, size, value);
}

static void config_address(unsigned slot, unsigned offset)
{
	port_out(0xcf8, 4, 0x80000000u | slot << 11 | (offset & 0xfc));
}

uint32_t config_in(unsigned slot, unsigned offset, unsigned size)
{
	config_address(slot, offset);
	return (uint32_t)port_in((uint16_t)(0xcfc + (offset & 3)), size);
}

void config_out(unsigned slot, unsigned offset, unsigned size, uint32_t value)
{
	config_address(slot, offset);
	port_out((uint16_t)(0xcfc + (offset & 3)), size, value);
}

const struct vts_event *event_back(unsigned back)
{
	const struct vts_ring *ring = &fake.vcpu.ring;
	uint64_t per = vts_ring_per_packet(ring->control->packet_bytes);
	uint64_t number = ring->control->head - 1 - back;

	return &ring->data[number / per % ring->control->packets * (per + 1) + 1 + number % per];
}
