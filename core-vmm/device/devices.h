/* SPDX-License-Identifier: GPL-2.0-only */
/* All that a VM has besides its processor and its memory. */
#ifndef CORE_VMM_DEVICE_DEVICES_H
#define CORE_VMM_DEVICE_DEVICES_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/pci.h"
#include "core-vmm/device/uart.h"
#include "core-vmm/device/virtio_blk.h"
#include "core-vmm/device/virtio_console.h"

struct vm;

struct devices {
	struct bus ports;
	struct bus memory; /* guest-physical addresses */
	struct uart uart;
	struct bus_region debug_exit;
	struct pci pci;
	struct virtio_blk virtio_blk; /* --io pv */
	struct virtio_console virtio_console;
};

/** vm->devices, as after a reset. False: no memory. */
bool devices_create(struct vm *vm);

#endif
