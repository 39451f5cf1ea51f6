// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/pci.h"

#include "workloads/lib/cpu.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/paging.h"

#define ADDRESS_PORT 0xcf8
#define DATA_PORT    0xcfc
#define ENABLE	     0x80000000u

/* What is mapped goes to a window of its own, 2 MiB for each BAR of each slot. */
#define WINDOW_BARS WINDOW(200)
#define BARS	    6u

#define MSI_CONTROL	 2
#define MSI_ADDRESS	 4
#define MSI_ADDRESS_HIGH 8
#define MSI_DATA	 12 /* behind a 64-bit address */
#define MSI_ENABLE	 0x0001u

#define MSIX_CONTROL 2
#define MSIX_TABLE   4
#define MSIX_ENABLE  0x8000u
#define MSIX_ADDRESS 0xfee00000u
#define MSR_APIC_ID  0x802 /* x2APIC mode */

static uint16_t address_set(unsigned slot, unsigned offset)
{
	__asm__ volatile("outl %0, %w1" ::"a"(ENABLE | slot << 11 | (offset & 0xfc)),
			 "d"(ADDRESS_PORT));
	return (uint16_t)(DATA_PORT + (offset & 3));
}

uint32_t pci_read(unsigned slot, unsigned offset, unsigned size)
{
	uint16_t port = address_set(slot, offset);
	uint32_t value = 0;

	if (size == 1)
		__asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
	else if (size == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
	else
		__asm__ volatile("inl %w1, %0" : "=a"(value) : "d"(port));
	return value;
}

void pci_write(unsigned slot, unsigned offset, unsigned size, uint32_t value)
{
	uint16_t port = address_set(slot, offset);

	if (size == 1)
		out8(port, (uint8_t)value);
	else if (size == 2)
		out16(port, (uint16_t)value);
	else
		__asm__ volatile("outl %0, %w1" ::"a"(value), "d"(port));
}

unsigned pci_find(uint16_t vendor, uint16_t device)
{
	unsigned slot = 0;

	while (slot < PCI_SLOTS && pci_read(slot, PCI_ID, 4) != ((uint32_t)device << 16 | vendor))
		slot++;
	return slot;
}

unsigned pci_capability(unsigned slot, unsigned at, uint8_t id)
{
	do
		at = pci_read(slot, at ? at + 1 : PCI_CAPABILITIES, 1) & 0xfc;
	while (at && pci_read(slot, at, 1) != id);
	return at;
}

uint32_t pci_bar(unsigned slot, unsigned n)
{
	uint32_t bar = pci_read(slot, PCI_BAR(n), 4);

	return bar & (bar & 1 ? ~3u : ~15u);
}

volatile void *pci_map(unsigned slot, unsigned n, uint64_t bytes)
{
	uint64_t at = WINDOW_BARS + (slot * BARS + n) * LARGE_SIZE, physical = pci_bar(slot, n);
	uint64_t *root = paging_init();

	for (uint64_t offset = 0; offset < bytes; offset += PAGE_SIZE) {
		paging_map(root, at + offset, physical + offset, PTE_P | PTE_W);
		invlpg(at + offset);
	}
	return (volatile void *)at;
}

void pci_msix_set(unsigned slot, unsigned entry, uint8_t vector)
{
	unsigned at = pci_capability(slot, 0, PCI_CAP_MSIX);
	uint32_t table = pci_read(slot, at + MSIX_TABLE, 4);
	volatile uint8_t *base = pci_map(slot, table & 7, PAGE_SIZE);
	volatile uint32_t *word = (volatile uint32_t *)(base + (table & ~7u) + 16 * entry);

	word[0] = MSIX_ADDRESS | (uint32_t)rdmsr(MSR_APIC_ID) << 12;
	word[1] = 0;
	word[2] = vector;
	word[3] = 0; /* not masked */
	pci_write(slot, at + MSIX_CONTROL, 2, MSIX_ENABLE);
}

void pci_msi_set(unsigned slot, uint8_t vector)
{
	unsigned at = pci_capability(slot, 0, PCI_CAP_MSI);

	pci_write(slot, at + MSI_ADDRESS, 4, MSIX_ADDRESS | (uint32_t)rdmsr(MSR_APIC_ID) << 12);
	pci_write(slot, at + MSI_ADDRESS_HIGH, 4, 0);
	pci_write(slot, at + MSI_DATA, 2, vector);
	pci_write(slot, at + MSI_CONTROL, 2, MSI_ENABLE);
}

void pci_msi_clear(unsigned slot)
{
	pci_write(slot, pci_capability(slot, 0, PCI_CAP_MSI) + MSI_CONTROL, 2, 0);
}
