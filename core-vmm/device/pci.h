/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI: configuration mechanism 1 and bus 0, whose devices have one function each (PCI Local Bus Specification 3.0, 3.2.2.3.2
 * and 6). The registers behind a device's BARs are on the VM's buses while the guest has it decode them, there where the
 * guest put them; as no firmware runs, BARs begin with an address.
 */
#ifndef CORE_VMM_DEVICE_PCI_H
#define CORE_VMM_DEVICE_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/device/bus.h"

struct exit;
struct msix;
struct vcpu;
struct vm;

#define PCI_CONFIG_BYTES 256u
#define PCI_BARS	 6u
#define PCI_DEVICES	 8u

/* Configuration registers. */
#define PCI_VENDOR_ID	     0x00
#define PCI_DEVICE_ID	     0x02
#define PCI_COMMAND	     0x04
#define PCI_STATUS	     0x06
#define PCI_REVISION	     0x08
#define PCI_CLASS	     0x09 /* 3 bytes */
#define PCI_BAR(n)	     (0x10u + 4 * (n))
#define PCI_SUBSYSTEM_VENDOR 0x2c
#define PCI_SUBSYSTEM_ID     0x2e
#define PCI_CAPABILITIES     0x34
#define PCI_INTERRUPT_LINE   0x3c
#define PCI_INTERRUPT_PIN    0x3d
#define PCI_HEADER_BYTES     0x40

#define PCI_COMMAND_IO	   0x0001
#define PCI_COMMAND_MEMORY 0x0002
#define PCI_COMMAND_MASTER 0x0004
#define PCI_COMMAND_NO_INT 0x0400

#define PCI_STATUS_INT		0x0008
#define PCI_STATUS_CAPABILITIES 0x0010

#define PCI_BAR_IO 1u

struct pci_bar {
	struct bus_region region; /* the device sets all but where it is */
	uint32_t bytes;		  /* a power of two; 0: no such BAR */
	bool io, mapped;
};

struct pci_device {
	enum vts_device source;
	uint8_t slot;
	uint8_t config[PCI_CONFIG_BYTES];
	uint8_t writable[PCI_CONFIG_BYTES]; /* the bits that the guest may change */
	uint8_t capability_last, capability_end;
	struct pci_bar bar[PCI_BARS];
	struct msix *msix; /* or NULL */
	uint8_t msi;	   /* where MSI's capability is; 0: it has none */
	bool msi_waits;
	/* The device's own part: before a read of configuration registers, and after a write; or NULL. */
	void (*config_reads)(struct vcpu *vcpu, struct pci_device *device, unsigned offset,
			     unsigned size);
	void (*config_written)(struct vcpu *vcpu, struct exit *exit, struct pci_device *device,
			       unsigned offset, unsigned size);
	bool line_high; /* what its interrupt line was last told */
};

struct pci {
	struct bus_region region; /* ports 0xcf8 to 0xcff */
	uint32_t address;
	uint32_t memory_next, ports_next; /* where the next BARs begin */
	unsigned count;
	struct pci_device *device[PCI_DEVICES];
	struct pci_device bridge;
};

/** Put the configuration mechanism on the bus of ports, and a host bridge into slot 0. */
void pci_create(struct vm *vm);

/** Put @device, which is cleared, into the next slot: its identity, interrupt pin A or none. @class: 24 bits. */
void pci_device_add(struct vm *vm, struct pci_device *device, enum vts_device source,
		    uint16_t vendor, uint16_t id, uint32_t class, bool interrupts);

/** Give it a BAR. device->bar[@number].region must be filled in. @bytes: a power of two, 16 or more (ports: 4 to 256). */
void pci_bar_add(struct vm *vm, struct pci_device *device, unsigned number, bool io,
		 uint32_t bytes);

/** Append a capability of @bytes, its first two included; returns where it is. */
unsigned pci_capability_add(struct pci_device *device, uint8_t id, unsigned bytes);

/** Whether it wants an interrupt by its line (INTA#, by slot to line 16 to 19); by MSI, where that is on: each time anew. */
void pci_interrupt_set(struct vcpu *vcpu, struct pci_device *device, bool high);

static inline uint16_t pci_command(const struct pci_device *device)
{
	return (uint16_t)(device->config[PCI_COMMAND] | device->config[PCI_COMMAND + 1] << 8);
}

/** Whether it may access memory, which messages are too. */
static inline bool pci_is_master(const struct pci_device *device)
{
	return device->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

/* Little-endian registers, or the bits of them that are writable, in a device's configuration space. */
static inline void pci_store(uint8_t *space, unsigned offset, unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < size; i++)
		space[offset + i] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t pci_load(const uint8_t *space, unsigned offset, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)space[offset + i] << 8 * i;
	return value;
}

/** Whether an access of @size at @offset touches [@first, @first + @bytes). */
static inline bool pci_touches(unsigned offset, unsigned size, unsigned first, unsigned bytes)
{
	return offset < first + bytes && first < offset + size;
}

#endif
