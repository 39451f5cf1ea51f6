/* SPDX-License-Identifier: GPL-2.0-only */
/* isa-debug-exit: as in QEMU, writing v ends the VM with status (v << 1) | 1. */
#ifndef CORE_VMM_DEVICE_DEBUG_EXIT_H
#define CORE_VMM_DEVICE_DEBUG_EXIT_H

struct vm;

/** Put it on the bus of ports. */
void debug_exit_create(struct vm *vm);

#endif
