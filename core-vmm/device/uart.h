/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 16550A UART at 0x3f8, line 4: the trapped console (Texas Instruments TL16C550 data sheet). No time passes on its line: what
 * is sent is gone at once, and what the console has to give is there when it is looked for.
 */
#ifndef CORE_VMM_DEVICE_UART_H
#define CORE_VMM_DEVICE_UART_H

#include <stdint.h>

#include "core-vmm/device/bus.h"
#include "core-vmm/device/timer.h"

struct vcpu;
struct vm;

#define UART_FIFO 16u

struct uart {
	struct bus_region region;
	struct timer poll; /* armed while the guest waits for what is typed */
	uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
	uint8_t fifo[UART_FIFO]; /* received */
	uint8_t first, count;
	uint8_t
	    msr; /* what the modem lines are, and bits 3 to 0: which changed since they were read */
	bool overrun; /* a byte was lost since the line status was read */
	bool line;    /* as it is driven */
	bool sent;    /* the transmitter became empty, and that was not told yet */
};

/** Put it on the bus of ports. */
void uart_create(struct vm *vm);
/** Whether the guest is to be interrupted by what is typed, so that it may halt for as long as it likes. */
bool uart_waits(const struct vcpu *vcpu);

#endif
