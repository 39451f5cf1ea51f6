/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/uart.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/device/console.h"
#include "core-vmm/device/devices.h"
#include "core-vmm/vm.h"

enum { UART_DATA, UART_IER, UART_IIR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCR };

#define UART_PORTS 8u

#define LCR_DLAB  0x80
#define LSR_DR	  0x01
#define LSR_IDLE  0x60 /* transmitter holding register and transmitter empty */
#define IIR_NONE  0x01
#define MSR_READY 0xb0 /* carrier, data set ready, clear to send */
#define MCR_LOOP  0x10

/** Whether a byte is there; takes one from the console if the receiver is empty. */
static int uart_receive(struct vm *vm)
{
	struct uart *uart = &vm->devices->uart;
	int byte;

	if (!uart->received) {
		byte = console_read(vm->console);
		if (byte < 0)
			return 0;
		uart->rbr = (uint8_t)byte;
		uart->received = 1;
	}
	return 1;
}

static uint8_t register_read(struct vm *vm, unsigned offset)
{
	struct uart *uart = &vm->devices->uart;

	switch (offset) {
	case UART_DATA:
		if (uart->lcr & LCR_DLAB)
			return uart->dll;
		uart_receive(vm);
		uart->received = 0;
		return uart->rbr;
	case UART_IER:
		return uart->lcr & LCR_DLAB ? uart->dlm : uart->ier;
	case UART_IIR:
		return IIR_NONE;
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return (uint8_t)(LSR_IDLE | (uart_receive(vm) ? LSR_DR : 0));
	case UART_MSR:
		return MSR_READY;
	default:
		return uart->scr;
	}
}

static void data_write(struct vm *vm, uint8_t value)
{
	struct uart *uart = &vm->devices->uart;

	if (uart->lcr & LCR_DLAB)
		uart->dll = value;
	else if (uart->mcr & MCR_LOOP)
		uart->rbr = value, uart->received = 1;
	else
		console_write(vm->console, (char)value);
}

static void register_write(struct vm *vm, unsigned offset, uint8_t value)
{
	struct uart *uart = &vm->devices->uart;

	switch (offset) {
	case UART_DATA:
		data_write(vm, value);
		break;
	case UART_IER:
		if (uart->lcr & LCR_DLAB)
			uart->dlm = value;
		else
			uart->ier = value & 0x0f;
		break;
	case UART_LCR:
		uart->lcr = value;
		break;
	case UART_MCR:
		uart->mcr = value & 0x1f;
		break;
	case UART_SCR:
		uart->scr = value;
		break;
	}
}

/* A wider access is as many single ones, as on the ISA bus. */
static uint64_t uart_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	uint64_t value = 0;

	(void)state;
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)(offset + i < UART_PORTS
					? register_read(vcpu->vm, (unsigned)offset + i)
					: 0xff)
			 << 8 * i;
	return value;
}

static void uart_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
		       unsigned size, uint64_t value)
{
	(void)exit, (void)state;
	for (unsigned i = 0; i < size && offset + i < UART_PORTS; i++)
		register_write(vcpu->vm, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
}

void uart_create(struct vm *vm)
{
	struct uart *uart = &vm->devices->uart;

	uart->region = (struct bus_region){
	    .device = VTS_DEVICE_UART, .state = uart, .read = uart_read, .write = uart_write};
	bus_add(&vm->devices->ports, &uart->region, VTG_PORT_UART, UART_PORTS);
}
