/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/pci_msix.h"

#include "core-vmm/device/irq.h"
#include "core-vmm/vm.h"

#define CAPABILITY_ID	 0x11
#define CAPABILITY_BYTES 12
#define CONTROL		 2
#define TABLE		 4
#define PENDING		 8

#define CONTROL_ENABLE 0x8000
#define CONTROL_MASK   0x4000

enum { ENTRY_ADDRESS, ENTRY_ADDRESS_HIGH, ENTRY_DATA, ENTRY_CONTROL };

#define ENTRY_MASKED 1u

static uint32_t control(const struct msix *msix)
{
	return pci_load(msix->device->config, msix->capability + CONTROL, 2);
}

bool msix_is_enabled(const struct msix *msix)
{
	return control(msix) & CONTROL_ENABLE;
}

void msix_update(struct vcpu *vcpu, struct msix *msix)
{
	if (!msix->pending || !pci_is_master(msix->device) ||
	    (control(msix) & (CONTROL_ENABLE | CONTROL_MASK)) != CONTROL_ENABLE)
		return;
	for (unsigned i = 0; i < msix->vectors; i++) {
		const uint32_t *entry = msix->entry[i];

		if (!(msix->pending >> i & 1) || entry[ENTRY_CONTROL] & ENTRY_MASKED)
			continue;
		msix->pending &= ~(1ull << i);
		irq_message(vcpu, (uint64_t)entry[ENTRY_ADDRESS_HIGH] << 32 | entry[ENTRY_ADDRESS],
			    entry[ENTRY_DATA], msix->device->source);
	}
}

void msix_raise(struct vcpu *vcpu, struct msix *msix, unsigned vector)
{
	msix->pending |= 1ull << vector;
	msix_update(vcpu, msix);
}

/** The double word at @offset, or NULL: the pending bits, and all where nothing is. */
static uint32_t *table_word(struct msix *msix, uint64_t offset)
{
	return offset < msix->vectors * sizeof(msix->entry[0])
		   ? &msix->entry[offset / 16][offset / 4 % 4]
		   : NULL;
}

static uint32_t word_read(struct msix *msix, uint64_t offset)
{
	const uint32_t *word = table_word(msix, offset);

	if (word)
		return *word;
	if (offset - MSIX_PENDING_AT < sizeof(msix->pending))
		return (uint32_t)(msix->pending >> 8 * (offset - MSIX_PENDING_AT));
	return 0;
}

static uint64_t table_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	struct msix *msix = state;
	uint64_t at = offset & ~3ull, value = word_read(msix, at);

	(void)vcpu;
	if (offset + size > at + 4)
		value |= (uint64_t)word_read(msix, at + 4) << 32;
	return value >> 8 * (offset - at);
}

/* Written in whole, aligned double words, one or two; what else a guest tries is undefined, and here nothing. */
static void table_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
			unsigned size, uint64_t value)
{
	struct msix *msix = state;

	(void)exit;
	if (size < 4 || offset % size)
		return;
	for (unsigned i = 0; i < size; i += 4) {
		uint32_t *word = table_word(msix, offset + i);

		if (word)
			*word = (uint32_t)(value >> 8 * i);
	}
	msix_update(vcpu, msix);
}

void msix_create(struct vm *vm, struct msix *msix, struct pci_device *device, unsigned bar,
		 unsigned vectors)
{
	unsigned at = pci_capability_add(device, CAPABILITY_ID, CAPABILITY_BYTES);

	msix->device = device;
	msix->capability = at;
	msix->vectors = vectors;
	for (unsigned i = 0; i < vectors; i++)
		msix->entry[i][ENTRY_CONTROL] = ENTRY_MASKED;
	pci_store(device->config, at + CONTROL, 2, vectors - 1);
	pci_store(device->writable, at + CONTROL, 2, CONTROL_ENABLE | CONTROL_MASK);
	pci_store(device->config, at + TABLE, 4, bar);
	pci_store(device->config, at + PENDING, 4, MSIX_PENDING_AT | bar);
	device->bar[bar].region = (struct bus_region){
	    .device = device->source, .state = msix, .read = table_read, .write = table_write};
	pci_bar_add(vm, device, bar, false, MSIX_BAR_BYTES);
	device->msix = msix;
}
