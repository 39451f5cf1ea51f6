/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Power management as ACPI has it (specification 6.4, 4.8.3): fixed registers at ports, in ACPI mode from the start. The PM
 * timer is 32 bits wide; sleep state S5 ends the VM with status 0, the reset register ends it as reset. The tables that tell
 * a guest all this are written by loader/acpi_tables.c.
 *
 * Beside them is QEMU's pvpanic (docs/specs/pvpanic of QEMU): reading tells which events the host takes, writing one tells it.
 * Only a panic that nobody in the guest deals with is taken, and ends the VM as panic.
 */
#ifndef CORE_VMM_DEVICE_ACPI_H
#define CORE_VMM_DEVICE_ACPI_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/timer.h"

struct vm;

/* Where the registers are; loader/dsdt.asl knows these too. */
#define ACPI_PORT     0x600
#define ACPI_PORTS    16u
#define ACPI_EVENT    0x0 /* PM1a status and enable, 2 bytes each */
#define ACPI_CONTROL  0x4 /* PM1a control, 2 bytes */
#define ACPI_TIMER    0x8 /* 4 bytes */
#define ACPI_RESET    0xc /* 1 byte */
#define ACPI_PANIC    0xd /* pvpanic, 1 byte */
#define ACPI_SCI_LINE 9

#define ACPI_RESET_VALUE 1
#define ACPI_PANICKED	 (1u << 0) /* pvpanic's PVPANIC_PANICKED */
#define ACPI_SLEEP_S5	 5	   /* SLP_TYP; the DSDT's \_S5 says so */

#define ACPI_TIMER_HZ 3579545ull

struct acpi {
	struct bus_region region;
	struct timer timer; /* armed while the PM timer's overflow is to interrupt */
	uint64_t
	    overflows; /* of the PM timer, its highest bit's changes, that the guest has cleared */
	uint16_t enable, control;
};

void acpi_create(struct vm *vm);

#endif
