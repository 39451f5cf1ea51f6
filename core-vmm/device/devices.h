/* SPDX-License-Identifier: GPL-2.0-only */
/* All that a VM has besides its processor and its memory. */
#ifndef CORE_VMM_DEVICE_DEVICES_H
#define CORE_VMM_DEVICE_DEVICES_H

#include "core-vmm/device/acpi.h"
#include "core-vmm/device/ata.h"
#include "core-vmm/device/bus.h"
#include "core-vmm/device/ioapic.h"
#include "core-vmm/device/irq.h"
#include "core-vmm/device/lapic.h"
#include "core-vmm/device/pic.h"
#include "core-vmm/device/pit.h"
#include "core-vmm/device/rtc.h"
#include "core-vmm/device/timer.h"
#include "core-vmm/device/pci.h"
#include "core-vmm/device/uart.h"
#include "core-vmm/interpret/decode.h"
#include "core-vmm/memory/walk_known.h"
#include "core-vmm/device/virtio_blk.h"
#include "core-vmm/device/virtio_console.h"

struct vm;

struct devices {
	struct bus ports;
	struct bus memory;	       /* guest-physical addresses */
	struct decode_cache decoded;   /* instructions that accessed it */
	struct walks_known code, data; /* walks to these; and under shadow paging to it */
	struct uart uart;
	struct bus_region debug_exit;
	struct timer *timers; /* armed ones, by deadline */
	struct irq irq;
	struct pic pic;
	struct pit pit;
	struct rtc rtc;
	struct acpi acpi;
	struct lapic lapic;
	struct ioapic ioapic;
	struct pci pci;
	struct virtio_blk virtio_blk; /* --io pv */
	struct virtio_console virtio_console;
	struct ata ata;
};

/** vm->devices, as after a reset. False: no memory. */
bool devices_create(struct vm *vm);

#endif
