// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/uart.h"

#include "workloads/lib/pic.h"
#include "workloads/lib/trap.h"
#include "workloads/lib/wait.h"

#define ENABLE_RECEIVED 0x01
#define ENABLE_SENT	0x02

#define CAUSE_NONE     0x01
#define CAUSE_MASK     0x0f
#define CAUSE_SENT     0x02
#define CAUSE_RECEIVED 0x04
#define CAUSE_TIMEOUT  0x0c

#define FIFOS_ON    0x01
#define FIFOS_CLEAR 0x06

#define MODEM_OUT2 0x0b /* DTR and RTS as well; on a PC it lets the interrupt through */

#define INPUT_BYTES 256u /* a power of two */

static struct {
	const uint8_t *out;
	volatile size_t left;
	uint8_t in[INPUT_BYTES];
	volatile unsigned put;
	unsigned taken;
	volatile unsigned came; /* since the last wait */
	unsigned interrupts;
} irq;

void uart_fifos(bool on)
{
	out8(UART_FIFOS, on ? FIFOS_ON | FIFOS_CLEAR : 0);
}

/** What goes into the FIFO, which is empty; how much that was. */
static size_t fifo_fill(const uint8_t *byte, size_t bytes)
{
	if (bytes > UART_FIFO)
		bytes = UART_FIFO;
	for (size_t i = 0; i < bytes; i++)
		out8(UART_DATA, byte[i]);
	return bytes;
}

void uart_fifo_write(const void *text, size_t bytes)
{
	const uint8_t *byte = text;

	while (bytes) {
		size_t sent;

		while (!(in8(UART_STATUS) & UART_THR_FREE))
			;
		sent = fifo_fill(byte, bytes);
		byte += sent;
		bytes -= sent;
	}
}

/* ---- interrupts ---- */

static void transmit(void)
{
	size_t sent = fifo_fill(irq.out, irq.left);

	irq.out += sent;
	irq.left -= sent;
	if (!sent)
		out8(UART_ENABLE, ENABLE_RECEIVED);
}

/* What there is no room for is lost. */
static void receive(void)
{
	while (in8(UART_STATUS) & UART_RECEIVED) {
		uint8_t byte = in8(UART_DATA);

		if (irq.put - irq.taken < INPUT_BYTES)
			irq.in[irq.put++ % INPUT_BYTES] = byte;
	}
}

static void interrupt(struct trap_frame *frame)
{
	uint8_t cause;

	(void)frame;
	irq.came++;
	irq.interrupts++;
	while (!((cause = in8(UART_CAUSE)) & CAUSE_NONE)) {
		cause &= CAUSE_MASK;
		if (cause == CAUSE_SENT)
			transmit();
		else if (cause == CAUSE_RECEIVED || cause == CAUSE_TIMEOUT)
			receive();
		else
			in8(UART_STATUS);
	}
	pic_eoi(UART_LINE);
}

void uart_irq_start(unsigned vector)
{
	irq.left = 0;
	irq.put = irq.taken = irq.interrupts = irq.came = 0;
	trap_set_handler(vector, interrupt);
	uart_fifos(true);
	out8(UART_MODEM, MODEM_OUT2);
	out8(UART_ENABLE, ENABLE_RECEIVED);
}

void uart_irq_stop(void)
{
	uart_drain();
	out8(UART_ENABLE, 0);
	out8(UART_MODEM, 0);
	uart_fifos(false);
}

static void interrupt_await(void)
{
	wait_interrupt(WAIT_HALT, &irq.came);
	irq.came = 0;
}

void uart_irq_write(const void *text, size_t bytes)
{
	if (!bytes)
		return;
	irq.out = text;
	irq.left = bytes;
	out8(UART_ENABLE, ENABLE_RECEIVED | ENABLE_SENT);
	while (irq.left)
		interrupt_await();
}

size_t uart_irq_read(void *to, size_t bytes)
{
	uint8_t *byte = to;
	size_t count = 0;

	while (irq.put == irq.taken)
		interrupt_await();
	while (count < bytes && irq.put != irq.taken)
		byte[count++] = irq.in[irq.taken++ % INPUT_BYTES];
	return count;
}

unsigned uart_irq_count(void)
{
	return irq.interrupts;
}
