/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The UART, a 16550A (Texas Instruments TL16C550 data sheet): polled, a byte or a FIFO at a time, or with interrupts on line 4
 * of the 8259s.
 */
#ifndef WORKLOADS_LIB_UART_H
#define WORKLOADS_LIB_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vmm/abi/guest.h"
#include "workloads/lib/cpu.h"

#define UART_DATA     (VTG_PORT_UART + 0)
#define UART_ENABLE   (VTG_PORT_UART + 1)
#define UART_CAUSE    (VTG_PORT_UART + 2) /* read */
#define UART_FIFOS    (VTG_PORT_UART + 2) /* written */
#define UART_MODEM    (VTG_PORT_UART + 4)
#define UART_STATUS   (VTG_PORT_UART + 5)
#define UART_RECEIVED 0x01 /* line status: a byte is there */
#define UART_THR_FREE                                                                              \
	0x20	       /* line status: the transmitter holding register, or its FIFO, is empty */
#define UART_IDLE 0x40 /* line status: and so is the shift register behind it */

#define UART_FIFO 16u /* bytes */
#define UART_LINE 4u

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

/** Both FIFOs, emptied. */
void uart_fifos(bool on);
/** Polled, a FIFO at a time; they are on. */
void uart_fifo_write(const void *text, size_t bytes);

/** From now on by interrupts: @vector is line 4's, which the caller lets through. IF is clear but while one of these waits. */
void uart_irq_start(unsigned vector);
/** Back to polling. */
void uart_irq_stop(void);
/** Returns when all has gone to the UART. The FIFOs are on. */
void uart_irq_write(const void *text, size_t bytes);
/** Waits for input: how much there was, at least 1 and at most @bytes. */
size_t uart_irq_read(void *to, size_t bytes);
/** How many interrupts came. */
unsigned uart_irq_count(void);

#endif
