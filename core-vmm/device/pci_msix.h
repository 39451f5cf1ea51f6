/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI-X: a device's interrupts as messages, each with an address and data of its own (PCI Local Bus Specification 3.0, 6.8.2). */
#ifndef CORE_VMM_DEVICE_PCI_MSIX_H
#define CORE_VMM_DEVICE_PCI_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/device/pci.h"

#define MSIX_VECTORS_MAX 8u
#define MSIX_BAR_BYTES	 4096u
#define MSIX_PENDING_AT	 2048u /* the table is at 0 */

struct msix {
	struct pci_device *device;
	unsigned capability, vectors;
	uint32_t entry[MSIX_VECTORS_MAX][4]; /* address, address above, data, control */
	uint64_t pending;		     /* by vector */
};

/** Give @device the capability, and BAR @bar for the table and the pending bits. */
void msix_create(struct vm *vm, struct msix *msix, struct pci_device *device, unsigned bar,
		 unsigned vectors);
bool msix_is_enabled(const struct msix *msix);
/** Send @vector's message, or keep it pending while it is masked. @vector is one of the table's, and MSI-X is on. */
void msix_raise(struct vcpu *vcpu, struct msix *msix, unsigned vector);
/** Configuration registers were written: send what is no longer held up. */
void msix_update(struct vcpu *vcpu, struct msix *msix);

#endif
