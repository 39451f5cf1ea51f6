/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI: what a device would ask for by its line comes as one message (PCI Local Bus Specification 3.0, 6.8.1). */
#ifndef CORE_VMM_DEVICE_PCI_MSI_H
#define CORE_VMM_DEVICE_PCI_MSI_H

#include "core-vmm/device/pci.h"

/** Give @device the capability: one message, a 64-bit address, no mask. */
void msi_create(struct pci_device *device);
/** Whether the guest has chosen messages instead of the line. */
bool msi_is_enabled(const struct pci_device *device);
/** Send the message, if one waits (device->msi_waits) and the device may: it is a bus master. */
void msi_update(struct vcpu *vcpu, struct pci_device *device);

#endif
