/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI bus 0 by configuration mechanism 1 (PCI Local Bus Specification 3.0, 3.2.2.3.2). */
#ifndef WORKLOADS_LIB_PCI_H
#define WORKLOADS_LIB_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_SLOTS 32u

#define PCI_ID		 0x00 /* vendor, and above it the device */
#define PCI_COMMAND	 0x04
#define PCI_BAR(n)	 (0x10u + 4 * (n))
#define PCI_CAPABILITIES 0x34
#define PCI_LINE	 0x3c

#define PCI_COMMAND_IO	   0x0001u
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u

#define PCI_CAP_MSI    0x05
#define PCI_CAP_VENDOR 0x09
#define PCI_CAP_MSIX   0x11

/** Configuration registers; @size 1, 2 or 4, within a double word. */
uint32_t pci_read(unsigned slot, unsigned offset, unsigned size);
void pci_write(unsigned slot, unsigned offset, unsigned size, uint32_t value);

/** The slot of the device with these; PCI_SLOTS: there is none. */
unsigned pci_find(uint16_t vendor, uint16_t device);

/** Where the capability after @at (0: the first) with @id is; 0: there is none. */
unsigned pci_capability(unsigned slot, unsigned at, uint8_t id);

/** Where BAR @n is: a port or a guest-physical address. */
uint32_t pci_bar(unsigned slot, unsigned n);

/**
 * The first @bytes of memory BAR @n, mapped on the tables of paging_init. A BAR is mapped where it is now: at most 2 MiB, and
 * each slot has a place for each.
 */
volatile void *pci_map(unsigned slot, unsigned n, uint64_t bytes);

/** Send MSI-X vector @entry of the device to this processor's local APIC as interrupt @vector, and enable MSI-X. */
void pci_msix_set(unsigned slot, unsigned entry, uint8_t vector);

/** The same by MSI, which a device has one of; and back to its line. */
void pci_msi_set(unsigned slot, uint8_t vector);
void pci_msi_clear(unsigned slot);

static inline void out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

#endif
