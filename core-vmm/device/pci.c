/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/pci.h"

#include <stddef.h>

#include "core-vmm/device/devices.h"
#include "core-vmm/device/irq.h"
#include "core-vmm/device/pci_msi.h"
#include "core-vmm/device/pci_msix.h"
#include "core-vmm/vm.h"

#define PORT_FIRST  0xcf8
#define PORT_BYTES  8
#define DATA_OFFSET 4

#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_BITS   0x80fffffcu

#define HOST_BRIDGE_VENDOR 0x8086
#define HOST_BRIDGE_ID	   0x1237 /* 440FX */
#define HOST_BRIDGE_CLASS  0x060000

/* Where BARs begin: memory below the interrupt controllers, ports above all of ISA's. */
#define MEMORY_FIRST 0xe0000000u
#define PORTS_FIRST  0xc000u

/* ---- BARs ---- */

/** Where @device is to answer for its BAR; false: nowhere. */
static bool bar_address(const struct vm *vm, const struct pci_device *device, unsigned number,
			uint64_t *address)
{
	const struct pci_bar *bar = &device->bar[number];
	uint16_t decodes = bar->io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;

	if (!bar->bytes || !(pci_command(device) & decodes))
		return false;
	*address = pci_load(device->config, PCI_BAR(number), 4) & ~(uint64_t)(bar->bytes - 1);
	/* 0 is an address that was not given; and memory answers before any device. */
	return *address && (bar->io || *address >= vm->memory.bytes);
}

static struct bus *bar_bus(struct vm *vm, const struct pci_bar *bar)
{
	return bar->io ? &vm->devices->ports : &vm->devices->memory;
}

/**
 * Registers follow their BARs. All that has gone gives way first. What would lie over another's does not answer until the
 * other has gone.
 */
static void bars_map(struct vm *vm, bool (*change)(struct vm *, struct pci_device *, unsigned))
{
	struct pci *pci = &vm->devices->pci;

	for (unsigned i = 0; i < pci->count; i++)
		for (unsigned number = 0; number < PCI_BARS; number++)
			pci->device[i]->bar[number].mapped = change(vm, pci->device[i], number);
}

static bool bar_leave(struct vm *vm, struct pci_device *device, unsigned number)
{
	struct pci_bar *bar = &device->bar[number];
	uint64_t address;

	if (bar->mapped &&
	    !(bar_address(vm, device, number, &address) && address == bar->region.first)) {
		bus_remove(bar_bus(vm, bar), &bar->region);
		return false;
	}
	return bar->mapped;
}

static bool bar_enter(struct vm *vm, struct pci_device *device, unsigned number)
{
	struct pci_bar *bar = &device->bar[number];
	uint64_t address;

	return bar->mapped || (bar_address(vm, device, number, &address) &&
			       bus_add(bar_bus(vm, bar), &bar->region, address, bar->bytes));
}

/* ---- interrupts ---- */

/** Then the line is not used. */
static bool messages_on(const struct pci_device *device)
{
	return (device->msix && msix_is_enabled(device->msix)) || msi_is_enabled(device);
}

static void line_update(struct vcpu *vcpu, struct pci_device *device)
{
	bool high = device->config[PCI_STATUS] & PCI_STATUS_INT &&
		    !(pci_command(device) & PCI_COMMAND_NO_INT) && !messages_on(device);

	if (high == device->line_high)
		return;
	device->line_high = high;
	irq_line_set(vcpu, IRQ_PCI_FIRST + device->slot % IRQ_PCI_LINES, high, device->source);
}

void pci_interrupt_set(struct vcpu *vcpu, struct pci_device *device, bool high)
{
	if (high)
		device->config[PCI_STATUS] |= PCI_STATUS_INT;
	else
		device->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INT;
	line_update(vcpu, device);
	device->msi_waits = high && msi_is_enabled(device);
	msi_update(vcpu, device);
}

/* ---- configuration space ---- */

static uint32_t config_read(struct vcpu *vcpu, struct pci_device *device, unsigned offset,
			    unsigned size)
{
	if (device->config_reads)
		device->config_reads(vcpu, device, offset, size);
	return pci_load(device->config, offset, size);
}

static void config_write(struct vcpu *vcpu, struct exit *exit, struct pci_device *device,
			 unsigned offset, unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < size; i++) {
		uint8_t *byte = &device->config[offset + i];
		uint8_t bits = device->writable[offset + i];

		*byte = (uint8_t)((*byte & ~bits) | (value >> 8 * i & bits));
	}
	if (pci_touches(offset, size, PCI_COMMAND, 2) ||
	    pci_touches(offset, size, PCI_BAR(0), 4 * PCI_BARS)) {
		bars_map(vcpu->vm, bar_leave);
		bars_map(vcpu->vm, bar_enter);
	}
	if (device->msix)
		msix_update(vcpu, device->msix);
	msi_update(vcpu, device);
	line_update(vcpu, device);
	if (device->config_written)
		device->config_written(vcpu, exit, device, offset, size);
}

/** The device that the address names, or NULL: all but bus 0, function 0 is empty. */
static struct pci_device *device_find(struct pci *pci)
{
	unsigned slot = pci->address >> 11 & 31;

	if (!(pci->address & ADDRESS_ENABLE) || pci->address & 0x00ff0700 || slot >= pci->count)
		return NULL;
	return pci->device[slot];
}

/** An access to the data port ends with the double word that was addressed. */
static unsigned data_size(uint64_t offset, unsigned size)
{
	unsigned left = PORT_BYTES - (unsigned)offset;

	return size < left ? size : left;
}

/* The address register is there for aligned double words only; other accesses to it are ordinary ones, to nothing. */
static uint64_t port_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	struct pci *pci = state;
	struct pci_device *device;
	unsigned bytes;

	if (offset < DATA_OFFSET)
		return !offset && size == 4 ? pci->address : ~0ull;
	device = device_find(pci);
	if (!device)
		return ~0ull;
	bytes = data_size(offset, size);
	return config_read(vcpu, device, (pci->address & 0xfc) + (offset & 3), bytes) |
	       ~0ull << (8 * bytes - 1) << 1;
}

static void port_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
		       unsigned size, uint64_t value)
{
	struct pci *pci = state;
	struct pci_device *device;

	if (offset < DATA_OFFSET) {
		if (!offset && size == 4)
			pci->address = (uint32_t)value & ADDRESS_BITS;
		return;
	}
	device = device_find(pci);
	if (device)
		config_write(vcpu, exit, device, (pci->address & 0xfc) + (offset & 3),
			     data_size(offset, size), (uint32_t)value);
}

/* ---- devices ---- */

void pci_device_add(struct vm *vm, struct pci_device *device, enum vts_device source,
		    uint16_t vendor, uint16_t id, uint32_t class, bool interrupts)
{
	struct pci *pci = &vm->devices->pci;

	device->source = source;
	device->slot = (uint8_t)pci->count;
	device->capability_end = PCI_HEADER_BYTES;
	pci_store(device->config, PCI_VENDOR_ID, 2, vendor);
	pci_store(device->config, PCI_DEVICE_ID, 2, id);
	pci_store(device->config, PCI_CLASS, 3, class);
	pci_store(device->writable, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_NO_INT);
	device->writable[PCI_INTERRUPT_LINE] = 0xff;
	if (interrupts) {
		device->config[PCI_INTERRUPT_LINE] = IRQ_PCI_ROUTE(device->slot % IRQ_PCI_LINES);
		device->config[PCI_INTERRUPT_PIN] = 1;
	}
	pci->device[pci->count++] = device;
}

void pci_bar_add(struct vm *vm, struct pci_device *device, unsigned number, bool io, uint32_t bytes)
{
	struct pci *pci = &vm->devices->pci;
	uint32_t *next = io ? &pci->ports_next : &pci->memory_next;

	device->bar[number].bytes = bytes;
	device->bar[number].io = io;
	*next = (*next + bytes - 1) & ~(bytes - 1);
	pci_store(device->config, PCI_BAR(number), 4, *next | (io ? PCI_BAR_IO : 0));
	*next += bytes;
	pci_store(device->writable, PCI_BAR(number), 4, ~(bytes - 1));
	device->writable[PCI_COMMAND] |= io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
}

unsigned pci_capability_add(struct pci_device *device, uint8_t id, unsigned bytes)
{
	unsigned at = device->capability_end;

	device->config[device->capability_last ? device->capability_last + 1u : PCI_CAPABILITIES] =
	    (uint8_t)at;
	device->config[PCI_STATUS] |= PCI_STATUS_CAPABILITIES;
	device->config[at] = id;
	device->capability_last = (uint8_t)at;
	device->capability_end = (uint8_t)(at + ((bytes + 3) & ~3u));
	return at;
}

void pci_create(struct vm *vm)
{
	struct pci *pci = &vm->devices->pci;

	pci->memory_next = MEMORY_FIRST;
	pci->ports_next = PORTS_FIRST;
	pci->region = (struct bus_region){
	    .device = VTS_DEVICE_PCI, .state = pci, .read = port_read, .write = port_write};
	bus_add(&vm->devices->ports, &pci->region, PORT_FIRST, PORT_BYTES);
	pci_device_add(vm, &pci->bridge, VTS_DEVICE_PCI, HOST_BRIDGE_VENDOR, HOST_BRIDGE_ID,
		       HOST_BRIDGE_CLASS, false);
}
