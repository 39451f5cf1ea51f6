/* SPDX-License-Identifier: GPL-2.0-only */
/* All that a VM has besides its processor and its memory. */
#ifndef CORE_VMM_DEVICE_DEVICES_H
#define CORE_VMM_DEVICE_DEVICES_H

#include "core-vmm/device/ata.h"
#include "core-vmm/device/bus.h"
#include "core-vmm/device/uart.h"

struct vm;

struct devices {
	struct bus ports;
	struct bus memory; /* guest-physical addresses */
	struct uart uart;
	struct bus_region debug_exit;
	struct ata ata;
};

/** vm->devices, as after a reset. False: no memory. */
bool devices_create(struct vm *vm);

#endif
