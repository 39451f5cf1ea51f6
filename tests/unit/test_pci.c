/* SPDX-License-Identifier: GPL-2.0-only */
/* The PCI bus as a guest sees it: configuration mechanism 1, BARs, INTx, MSI-X. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "core-vmm/device/pci_msi.h"
#include "core-vmm/device/pci_msix.h"
#include "tests/unit/pci_machine.h"

#define VENDOR 0x1234
#define ID     0x5678

enum { BAR_MEMORY, BAR_PORT, BAR_MSIX };

/* Two devices, whose registers say which device was asked, where. */
static struct pci_device device[2];
static struct msix msix;
static uint64_t written;

static uint64_t asked_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	(void)vcpu, (void)size;
	return (uint64_t)((struct pci_device *)state - device) << 16 | offset;
}

static void asked_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			unsigned size, uint64_t value)
{
	(void)vcpu, (void)exit, (void)state, (void)offset, (void)size;
	written = value;
}

static void start(void)
{
	pci_machine_start();
	memset(device, 0, sizeof(device));
	memset(&msix, 0, sizeof(msix));
	for (unsigned i = 0; i < 2; i++) {
		pci_device_add(&fake.vm, &device[i], VTS_DEVICE_VIRTIO_BLK, VENDOR, ID, 0x010203,
			       true);
		for (unsigned bar = BAR_MEMORY; bar <= BAR_PORT; bar++)
			device[i].bar[bar].region = (struct bus_region){
			    .state = &device[i], .read = asked_read, .write = asked_write};
		pci_bar_add(&fake.vm, &device[i], BAR_MEMORY, false, 0x4000);
		pci_bar_add(&fake.vm, &device[i], BAR_PORT, true, 16);
	}
	msix_create(&fake.vm, &msix, &device[0], BAR_MSIX, 4);
}

TestSuite(pci, .init = start);

Test(pci, address_register)
{
	port_out(0xcf8, 4, 0xffffffff);
	cr_assert_eq(port_in(0xcf8, 4), 0x80fffffc, "reserved bits are 0");
	port_out(0xcf8, 2, 0);
	port_out(0xcf8, 1, 0);
	port_out(0xcfa, 2, 0);
	port_out(0xcf9, 1, 6);
	cr_assert_eq(port_in(0xcf8, 4), 0x80fffffc, "only double words reach it");
	cr_assert_eq(port_in(0xcf8, 2), 0xffff);
	cr_assert_eq(port_in(0xcfb, 1), 0xff);
}

Test(pci, host_bridge)
{
	cr_assert_eq(config_in(0, PCI_VENDOR_ID, 4), 0x12378086);
	cr_assert_eq(config_in(0, PCI_REVISION, 4) >> 8, 0x060000);
	cr_assert_eq(config_in(0, 0x0e, 1), 0, "one function, ordinary header");
	cr_assert_eq(config_in(0, PCI_INTERRUPT_PIN, 1), 0);
	for (unsigned i = 0; i < 6; i++) {
		config_out(0, PCI_BAR(i), 4, ~0u);
		cr_assert_eq(config_in(0, PCI_BAR(i), 4), 0, "no BARs");
	}
}

Test(pci, nobody_there)
{
	cr_assert_eq(config_in(3, PCI_VENDOR_ID, 4), 0xffffffff);
	cr_assert_eq(config_in(31, PCI_VENDOR_ID, 2), 0xffff);
	port_out(0xcf8, 4, 0x80000000 | 1 << 16);
	cr_assert_eq(port_in(0xcfc, 4), 0xffffffff, "bus 1");
	port_out(0xcf8, 4, 0x80000000 | 1 << 8);
	cr_assert_eq(port_in(0xcfc, 4), 0xffffffff, "function 1");
	port_out(0xcf8, 4, 0);
	cr_assert_eq(port_in(0xcfc, 4), 0xffffffff, "not enabled");
	port_out(0xcfc, 4, 0);
	config_out(3, 4, 4, ~0u);
}

Test(pci, widths)
{
	cr_assert_eq(config_in(1, 0, 1), VENDOR & 0xff);
	cr_assert_eq(config_in(1, 1, 1), VENDOR >> 8);
	cr_assert_eq(config_in(1, 2, 2), ID);
	cr_assert_eq(config_in(1, 1, 2), VENDOR >> 8 | (ID & 0xff) << 8);
	cr_assert_eq(config_in(1, 3, 4), 0xffffff00 | ID >> 8,
		     "what passes the double word is ones");
	config_out(1, PCI_INTERRUPT_LINE, 1, 0x77);
	cr_assert_eq(config_in(1, PCI_INTERRUPT_LINE, 2), 0x0177, "pin is read-only");
	config_out(1, PCI_INTERRUPT_LINE, 4, 0x99);
	cr_assert_eq(config_in(1, PCI_INTERRUPT_LINE, 4), 0x0199);
	config_out(1, 0, 4, 0);
	cr_assert_eq(config_in(1, 0, 4), (uint32_t)ID << 16 | VENDOR, "identity is read-only");
	config_out(1, 0x3f, 4, 0xffffffff);
	cr_assert_eq(config_in(1, 0xff, 1), 0);
}

Test(pci, bar_sizes)
{
	config_out(1, PCI_BAR(BAR_MEMORY), 4, ~0u);
	cr_assert_eq(config_in(1, PCI_BAR(BAR_MEMORY), 4), 0xffffc000);
	config_out(1, PCI_BAR(BAR_PORT), 4, ~0u);
	cr_assert_eq(config_in(1, PCI_BAR(BAR_PORT), 4), 0xfffffff1);
	config_out(1, PCI_BAR(5), 4, ~0u);
	cr_assert_eq(config_in(1, PCI_BAR(5), 4), 0, "no such BAR");
}

static uint32_t base(unsigned slot, unsigned bar)
{
	return config_in(slot, PCI_BAR(bar), 4) & ~15u;
}

Test(pci, bars_begin_apart)
{
	uint32_t seen[6];
	unsigned count = 0;

	for (unsigned slot = 1; slot <= 2; slot++)
		for (unsigned bar = 0; bar < 3; bar++)
			if (base(slot, bar))
				seen[count++] = base(slot, bar);
	cr_assert_eq(count, 5);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			cr_assert_neq(seen[i], seen[j]);
}

Test(pci, decoding)
{
	uint32_t memory = base(1, BAR_MEMORY), port = base(1, BAR_PORT);

	cr_assert_eq(memory_in(memory, 4), 0xffffffff, "off after reset");
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	cr_assert_eq(memory_in(memory + 8, 4), 8);
	cr_assert_eq(memory_in(memory + 0x3fff, 1), 0xff);
	cr_assert_eq(memory_in(memory + 0x4000, 4), 0xffffffff, "its end");
	cr_assert_eq(port_in((uint16_t)port, 4), 0xffffffff);
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_IO);
	cr_assert_eq(memory_in(memory + 8, 4), 0xffffffff);
	cr_assert_eq(port_in((uint16_t)(port + 3), 1), 3);
	config_out(1, PCI_COMMAND, 2, ~0u);
	cr_assert_eq(config_in(1, PCI_COMMAND, 2), 0x407, "the bits that there are");
	memory_out(memory, 4, 0x1234);
	cr_assert_eq(written, 0x1234);
}

Test(pci, bars_move)
{
	uint32_t memory = base(1, BAR_MEMORY);

	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_IO);
	config_out(1, PCI_BAR(BAR_MEMORY), 4, 0xd0001234);
	cr_assert_eq(memory_in(memory, 4), 0xffffffff, "gone from where it was");
	cr_assert_eq(memory_in(0xd0000010, 4), 0x10, "aligned to its size");
	config_out(1, PCI_BAR(BAR_MEMORY) + 3, 1, 0xc0);
	cr_assert_eq(memory_in(0xc0000010, 4), 0x10, "byte by byte");
	config_out(1, PCI_BAR(BAR_PORT), 4, 0x12345);
	cr_assert_eq(port_in(0x2345, 1), 0xff, "above the ports that there are");
	config_out(1, PCI_BAR(BAR_PORT), 4, 0x2345);
	cr_assert_eq(port_in(0x2341, 1), 1);
	config_out(1, PCI_BAR(BAR_PORT), 4, 0);
	cr_assert_eq(port_in(1, 1), 0xff, "0 is no address");
	config_out(1, PCI_BAR(BAR_MEMORY), 4, 0);
	cr_assert_eq(memory_in(0, 4), 0xffffffff);
	config_out(1, PCI_BAR(BAR_MEMORY), 4, PCI_MACHINE_MEMORY - 0x4000);
	cr_assert_eq(memory_in(PCI_MACHINE_MEMORY - 0x4000, 4), 0xffffffff, "memory comes first");
	config_out(1, PCI_BAR(BAR_MEMORY), 4, PCI_MACHINE_MEMORY);
	cr_assert_eq(memory_in(PCI_MACHINE_MEMORY, 4), 0);
}

Test(pci, overlap)
{
	uint32_t first = base(1, BAR_MEMORY), second = base(2, BAR_MEMORY);

	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	config_out(2, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	cr_assert_eq(memory_in(second, 4), 0x10000);
	config_out(2, PCI_BAR(BAR_MEMORY), 4, first);
	cr_assert_eq(memory_in(first, 4), 0, "who was there stays");
	cr_assert_eq(memory_in(second, 4), 0xffffffff);
	cr_assert_eq(config_in(2, PCI_BAR(BAR_MEMORY), 4), first, "the register is as written");
	config_out(1, PCI_COMMAND, 2, 0);
	cr_assert_eq(memory_in(first, 4), 0x10000, "until it goes");
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	cr_assert_eq(memory_in(first, 4), 0x10000);
	config_out(2, PCI_BAR(BAR_MEMORY), 4, second);
	cr_assert_eq(memory_in(first, 4), 0);
	cr_assert_eq(memory_in(second, 4), 0x10000);
	/* Over the configuration ports themselves. */
	config_out(1, PCI_BAR(BAR_PORT), 4, 0xcf0);
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_IO);
	cr_assert_eq(config_in(1, PCI_VENDOR_ID, 2), VENDOR);
}

Test(pci, many_moves)
{
	srand(1);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned slot = 1 + (unsigned)rand() % 2, bar = (unsigned)rand() % 3;

		if (rand() % 3)
			config_out(slot, PCI_BAR(bar), 4,
				   bar == BAR_PORT ? (uint32_t)rand() % 0x20000
						   : 0xd0000000 + (uint32_t)rand() % 0x8000 * 16);
		else
			config_out(slot, PCI_COMMAND, 2, (uint32_t)rand() % 8);
		cr_assert(pci_devices.ports.count <= 3 && pci_devices.memory.count <= 3);
		for (unsigned d = 0; d < 2; d++)
			for (unsigned b = 0; b < PCI_BARS; b++) {
				const struct pci_bar *at = &device[d].bar[b];
				struct bus *bus = at->io ? &pci_devices.ports : &pci_devices.memory;

				cr_assert(!at->mapped ||
					  bus_find(bus, at->region.first) == &at->region);
			}
	}
}

Test(pci, capabilities)
{
	unsigned at = config_in(1, PCI_CAPABILITIES, 1);

	cr_assert_eq(config_in(1, PCI_STATUS, 2), PCI_STATUS_CAPABILITIES);
	cr_assert_eq(config_in(1, at, 2), 0x0011);
	cr_assert_eq(config_in(1, at + 2, 2), 3, "table size less 1");
	cr_assert_eq(config_in(1, at + 4, 4), BAR_MSIX);
	cr_assert_eq(config_in(1, at + 8, 4), 0x800 | BAR_MSIX);
	cr_assert_eq(config_in(2, PCI_CAPABILITIES, 1), 0);
	cr_assert_eq(config_in(2, PCI_STATUS, 2), 0);
}

Test(pci, intx)
{
	pci_interrupt_set(&fake.vcpu, &device[0], true);
	cr_assert(heard.line[17], "slot 1, INTA#");
	cr_assert(config_in(1, PCI_STATUS, 2) & PCI_STATUS_INT);
	pci_interrupt_set(&fake.vcpu, &device[1], true);
	cr_assert(heard.line[18]);
	pci_interrupt_set(&fake.vcpu, &device[0], true);
	cr_assert_eq(heard.line_changes, 2, "said once");
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_NO_INT);
	cr_assert_not(heard.line[17]);
	cr_assert(config_in(1, PCI_STATUS, 2) & PCI_STATUS_INT, "the status bit does not care");
	config_out(1, PCI_COMMAND, 2, 0);
	cr_assert(heard.line[17]);
	pci_interrupt_set(&fake.vcpu, &device[0], false);
	cr_assert_not(heard.line[17]);
	cr_assert_not(config_in(1, PCI_STATUS, 2) & PCI_STATUS_INT);
}

#define MSIX_CONTROL (config_in(1, PCI_CAPABILITIES, 1) + 2)
#define MSIX_ON	     0x8000
#define MSIX_MASK    0x4000

static uint32_t msix_table(void)
{
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return base(1, BAR_MSIX);
}

Test(pci, msix_table)
{
	uint32_t table = msix_table();

	cr_assert_eq(memory_in(table + 12, 4), 1, "masked after reset");
	memory_out(table + 16, 8, 0x11223344fee01000);
	cr_assert_eq(memory_in(table + 16, 4), 0xfee01000);
	cr_assert_eq(memory_in(table + 20, 4), 0x11223344);
	cr_assert_eq(memory_in(table + 17, 1), 0x10);
	cr_assert_eq(memory_in(table + 18, 8), 0x11223344fee0, "any width is read");
	memory_out(table + 16, 1, 0xff);
	memory_out(table + 18, 4, 0);
	memory_out(table + 20, 8, 0);
	cr_assert_eq(memory_in(table + 16, 8), 0x11223344fee01000,
		     "whole, aligned words are written");
	memory_out(table + 4 * 16, 4, 0x55);
	cr_assert_eq(memory_in(table + 4 * 16, 4), 0, "its end");
	memory_out(table + 0x800, 4, ~0u);
	cr_assert_eq(memory_in(table + 0x800, 8), 0, "pending bits are read-only");
	cr_assert_eq(memory_in(table + 0xffc, 4), 0);
}

Test(pci, msix_messages)
{
	uint32_t table = msix_table();

	memory_out(table + 16, 8, 0xfee01000);
	memory_out(table + 24, 4, 0x4041);
	config_out(1, MSIX_CONTROL, 2, MSIX_ON);
	msix_raise(&fake.vcpu, &msix, 1);
	cr_assert_eq(heard.messages, 0, "the vector is masked");
	cr_assert_eq(memory_in(table + 0x800, 4), 2, "and pending");
	memory_out(table + 28, 4, 0);
	cr_assert_eq(heard.messages, 1);
	cr_assert_eq(heard.address, 0xfee01000);
	cr_assert_eq(heard.data, 0x4041);
	cr_assert_eq(memory_in(table + 0x800, 4), 0);
	msix_raise(&fake.vcpu, &msix, 1);
	cr_assert_eq(heard.messages, 2);
	config_out(1, MSIX_CONTROL, 2, MSIX_ON | MSIX_MASK);
	msix_raise(&fake.vcpu, &msix, 1);
	msix_raise(&fake.vcpu, &msix, 1);
	cr_assert_eq(heard.messages, 2, "the function is masked");
	config_out(1, MSIX_CONTROL, 2, MSIX_ON);
	cr_assert_eq(heard.messages, 3, "once");
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	msix_raise(&fake.vcpu, &msix, 1);
	cr_assert_eq(heard.messages, 3, "no bus master");
	config_out(1, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	cr_assert_eq(heard.messages, 4);
}

Test(pci, msix_replaces_intx)
{
	pci_interrupt_set(&fake.vcpu, &device[0], true);
	config_out(1, MSIX_CONTROL, 2, MSIX_ON);
	cr_assert_not(heard.line[17]);
	config_out(1, MSIX_CONTROL, 2, 0);
	cr_assert(heard.line[17]);
}

#define MSI (config_in(2, PCI_CAPABILITIES, 1))

static void msi_start(uint16_t command)
{
	msi_create(&device[1]);
	config_out(2, PCI_COMMAND, 2, command);
	config_out(2, MSI + 4, 4, 0xfee01003);
	config_out(2, MSI + 8, 4, 0);
	config_out(2, MSI + 12, 2, 0x4041);
	config_out(2, MSI + 2, 2, 0xffff);
}

Test(pci, msi_messages)
{
	msi_start(PCI_COMMAND_MASTER);
	cr_assert_eq(config_in(2, MSI, 1), 5);
	cr_assert_eq(config_in(2, MSI + 2, 2), 0x81, "on; one message, a 64-bit address");
	pci_interrupt_set(&fake.vcpu, &device[1], true);
	cr_assert_not(heard.line[18], "not by the line");
	cr_assert_eq(heard.messages, 1);
	cr_assert_eq(heard.address, 0xfee01000, "a double word's");
	cr_assert_eq(heard.data, 0x4041);
	pci_interrupt_set(&fake.vcpu, &device[1], true);
	cr_assert_eq(heard.messages, 2, "each time anew");
	config_out(2, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	cr_assert_eq(heard.messages, 2, "but once each");
	config_out(2, MSI + 2, 2, 0);
	cr_assert(heard.line[18], "back to the line");
	pci_interrupt_set(&fake.vcpu, &device[1], true);
	cr_assert_eq(heard.messages, 2);
}

Test(pci, msi_waits_for_the_bus)
{
	msi_start(0);
	pci_interrupt_set(&fake.vcpu, &device[1], true);
	cr_assert_eq(heard.messages, 0, "no bus master");
	config_out(2, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	cr_assert_eq(heard.messages, 1);
	config_out(2, PCI_COMMAND, 2, 0);
	pci_interrupt_set(&fake.vcpu, &device[1], true);
	pci_interrupt_set(&fake.vcpu, &device[1], false);
	config_out(2, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	cr_assert_eq(heard.messages, 1, "nothing asks any more");
}
