/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/pci_msi.h"

#include "core-vmm/device/irq.h"

#define CAPABILITY_ID	 0x05
#define CAPABILITY_BYTES 14
#define CONTROL		 2
#define ADDRESS		 4
#define ADDRESS_HIGH	 8
#define DATA		 12

#define CONTROL_ENABLE 0x0001
#define CONTROL_64     0x0080

bool msi_is_enabled(const struct pci_device *device)
{
	return device->msi && device->config[device->msi + CONTROL] & CONTROL_ENABLE;
}

void msi_update(struct vcpu *vcpu, struct pci_device *device)
{
	const uint8_t *capability = device->config + device->msi;

	if (!device->msi_waits || !pci_is_master(device) || !msi_is_enabled(device))
		return;
	device->msi_waits = false;
	irq_message(vcpu,
		    (uint64_t)pci_load(capability, ADDRESS_HIGH, 4) << 32 |
			pci_load(capability, ADDRESS, 4),
		    pci_load(capability, DATA, 2), device->source);
}

void msi_create(struct pci_device *device)
{
	unsigned at = pci_capability_add(device, CAPABILITY_ID, CAPABILITY_BYTES);

	device->msi = (uint8_t)at;
	pci_store(device->config, at + CONTROL, 2, CONTROL_64);
	pci_store(device->writable, at + CONTROL, 2, CONTROL_ENABLE);
	pci_store(device->writable, at + ADDRESS, 4, ~3u);
	pci_store(device->writable, at + ADDRESS_HIGH, 4, ~0u);
	pci_store(device->writable, at + DATA, 2, 0xffff);
}
