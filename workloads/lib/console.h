/* SPDX-License-Identifier: GPL-2.0-only */
/* The console: a hypercall where the VMM offers one, otherwise the 8250 UART, polled. */
#ifndef WORKLOADS_LIB_CONSOLE_H
#define WORKLOADS_LIB_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#include "core-vmm/abi/guest.h"
#include "workloads/lib/cpu.h"

#define UART_DATA     (VTG_PORT_UART + 0)
#define UART_STATUS   (VTG_PORT_UART + 5)
#define UART_THR_FREE 0x20 /* line status: the transmitter holding register is empty */
#define UART_IDLE     0x40 /* line status: and so is the shift register behind it */

/** One byte to the UART, once it is ready for it. */
static inline void uart_write(uint8_t byte)
{
	while (!(in8(UART_STATUS) & UART_THR_FREE))
		;
	out8(UART_DATA, byte);
}

/** Wait until all is sent. */
static inline void uart_drain(void)
{
	while (!(in8(UART_STATUS) & UART_IDLE))
		;
}

void console_write(const void *text, size_t bytes);

/**
 * %s %d %u %x %c and %%, with l, a width and a leading 0. A call prints at most 1023 characters.
 */
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
