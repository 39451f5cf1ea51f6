/* SPDX-License-Identifier: GPL-2.0-only */
/* isa-debug-exit: as in QEMU, writing v ends the VM with status (v << 1) | 1. */
#ifndef CORE_VMM_DEVICE_DEBUG_EXIT_H
#define CORE_VMM_DEVICE_DEBUG_EXIT_H

#include <stdint.h>

struct exit;
struct vcpu;

void debug_exit_write(struct vcpu *vcpu, struct exit *exit, unsigned offset, unsigned size,
		      uint32_t value);

#endif
