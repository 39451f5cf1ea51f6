/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's disk, which is the VM's (trace/boot.h): the master of the second ATA channel, by PIO, polled.
 *
 * Time that the machine's disk takes is no work of the VMM's: while it is waited for, the time-stamp counter stands
 * still, and the request's record says for how long.
 */
#ifndef CORE_VMM_PLATFORM_BARE_DISK_H
#define CORE_VMM_PLATFORM_BARE_DISK_H

#include "core-vmm/device/disk.h"

/** NULL, or what is wrong. */
const char *bare_disk_open(struct disk *disk, bool read_only);

#endif
