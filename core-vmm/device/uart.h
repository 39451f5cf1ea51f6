/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 8250 UART at 0x3f8, the trapped console (National Semiconductor PC16450 data sheet: no FIFOs).
 * The line is always ready to send; no interrupts.
 */
#ifndef CORE_VMM_DEVICE_UART_H
#define CORE_VMM_DEVICE_UART_H

#include <stdint.h>

#include "core-vmm/device/bus.h"

struct vm;

struct uart {
	struct bus_region region;
	uint8_t ier, lcr, mcr, scr, dll, dlm;
	uint8_t rbr;	  /* a received byte, */
	uint8_t received; /* if there is one */
};

/** Put it on the bus of ports. */
void uart_create(struct vm *vm);

#endif
