/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/uart.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/device/console.h"
#include "core-vmm/device/devices.h"
#include "core-vmm/device/irq.h"
#include "core-vmm/vm.h"

#define UART_PORTS 8u
#define UART_LINE  4u

enum { DATA, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR };

#define IER_RECEIVED 0x01
#define IER_SENT     0x02
#define IER_LINE     0x04
#define IER_MODEM    0x08

#define IIR_NONE     0x01
#define IIR_MODEM    0x00
#define IIR_SENT     0x02
#define IIR_RECEIVED 0x04
#define IIR_LINE     0x06
#define IIR_TIMEOUT  0x0c /* data below the trigger level that nobody takes */
#define IIR_FIFOS    0xc0

#define FCR_ENABLE	  0x01
#define FCR_CLEAR_RECEIVE 0x02
#define FCR_KEPT	  0xc9

#define LCR_DLAB 0x80

#define LSR_DR	    0x01
#define LSR_OVERRUN 0x02
#define LSR_IDLE    0x60 /* transmitter holding register and transmitter empty */

#define MCR_DTR	 0x01
#define MCR_RTS	 0x02
#define MCR_OUT1 0x04
#define MCR_OUT2 0x08 /* on a PC it lets the interrupt through */
#define MCR_LOOP 0x10

#define MSR_CTS	  0x10
#define MSR_DSR	  0x20
#define MSR_RI	  0x40
#define MSR_DCD	  0x80
#define MSR_LINES 0xf0

static unsigned fifo_size(const struct uart *uart)
{
	return uart->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

static unsigned trigger_level(const struct uart *uart)
{
	static const uint8_t level[] = {1, 4, 8, 14};

	return uart->fcr & FCR_ENABLE ? level[uart->fcr >> 6] : 1;
}

static void receive(struct uart *uart, uint8_t byte)
{
	if (uart->count == fifo_size(uart)) {
		uart->overrun = true;
		/* without FIFOs the newer byte is kept, with them the older ones */
		if (uart->fcr & FCR_ENABLE)
			return;
		uart->count = 0;
	}
	uart->fifo[(uart->first + uart->count++) % UART_FIFO] = byte;
}

/** The terminal holds back what it would send while it is there to be talked to but not asked to send. A guest that drives
 *  neither line has never heard of them. */
static bool is_held(const struct uart *uart)
{
	return (uart->mcr & (MCR_DTR | MCR_RTS)) == MCR_DTR;
}

/** Take over what the console has, as far as there is room. */
static void receive_fill(struct vcpu *vcpu, struct uart *uart)
{
	int byte;

	if (uart->mcr & MCR_LOOP || is_held(uart))
		return;
	while (uart->count < fifo_size(uart) && (byte = console_read(vcpu->vm->console)) >= 0)
		receive(uart, (uint8_t)byte);
}

/** The interrupt of the highest priority that waits and is wanted; IIR_NONE. */
static uint8_t interrupt_cause(const struct uart *uart)
{
	if (uart->ier & IER_LINE && uart->overrun)
		return IIR_LINE;
	if (uart->ier & IER_RECEIVED && uart->count)
		return uart->count >= trigger_level(uart) ? IIR_RECEIVED : IIR_TIMEOUT;
	if (uart->ier & IER_SENT && uart->sent)
		return IIR_SENT;
	if (uart->ier & IER_MODEM && uart->msr & ~MSR_LINES)
		return IIR_MODEM;
	return IIR_NONE;
}

static void line_update(struct vcpu *vcpu, struct uart *uart)
{
	bool line =
	    interrupt_cause(uart) != IIR_NONE && uart->mcr & MCR_OUT2 && !(uart->mcr & MCR_LOOP);

	if (line == uart->line)
		return;
	uart->line = line;
	irq_line_set(vcpu, UART_LINE, line, VTS_DEVICE_UART);
}

/** The modem is always there; in the loop its lines are the UART's own. */
static void modem_update(struct uart *uart)
{
	uint8_t lines = MSR_DCD | MSR_DSR | MSR_CTS, changed;

	if (uart->mcr & MCR_LOOP)
		lines = (uint8_t)((uart->mcr & MCR_RTS ? MSR_CTS : 0) |
				  (uart->mcr & MCR_DTR ? MSR_DSR : 0) |
				  (uart->mcr & MCR_OUT1 ? MSR_RI : 0) |
				  (uart->mcr & MCR_OUT2 ? MSR_DCD : 0));
	changed = (lines ^ uart->msr) & MSR_LINES;
	/* of RI only the end counts */
	if (lines & MSR_RI)
		changed &= (uint8_t)~MSR_RI;
	uart->msr = (uint8_t)(lines | (uart->msr & ~MSR_LINES) | changed >> 4);
}

static uint8_t data_read(struct vcpu *vcpu, struct uart *uart)
{
	uint8_t byte;

	receive_fill(vcpu, uart);
	byte = uart->fifo[uart->first];
	if (!uart->count)
		return byte; /* the last one, again */
	uart->count--;
	if (uart->count || uart->fcr & FCR_ENABLE)
		uart->first = (uart->first + 1) % UART_FIFO;
	return byte;
}

static uint8_t cause_read(struct vcpu *vcpu, struct uart *uart)
{
	uint8_t cause;

	receive_fill(vcpu, uart);
	cause = interrupt_cause(uart);
	if (cause == IIR_SENT)
		uart->sent = false;
	return (uint8_t)(cause | (uart->fcr & FCR_ENABLE ? IIR_FIFOS : 0));
}

static uint8_t status_read(struct vcpu *vcpu, struct uart *uart)
{
	uint8_t status = LSR_IDLE;

	receive_fill(vcpu, uart);
	status |= uart->count ? LSR_DR : 0;
	status |= uart->overrun ? LSR_OVERRUN : 0;
	uart->overrun = false;
	return status;
}

static uint8_t register_read(struct vcpu *vcpu, struct uart *uart, unsigned offset)
{
	uint8_t value;

	switch (offset) {
	case DATA:
		return uart->lcr & LCR_DLAB ? uart->dll : data_read(vcpu, uart);
	case IER:
		return uart->lcr & LCR_DLAB ? uart->dlm : uart->ier;
	case IIR_FCR:
		return cause_read(vcpu, uart);
	case LCR:
		return uart->lcr;
	case MCR:
		return uart->mcr;
	case LSR:
		return status_read(vcpu, uart);
	case MSR:
		value = uart->msr;
		uart->msr &= MSR_LINES;
		return value;
	default:
		return uart->scr;
	}
}

static void data_write(struct vcpu *vcpu, struct uart *uart, uint8_t value)
{
	if (uart->lcr & LCR_DLAB) {
		uart->dll = value;
		return;
	}
	if (uart->mcr & MCR_LOOP)
		receive(uart, value);
	else
		console_write(vcpu->vm->console, (char)value);
	uart->sent = true;
}

static void control_write(struct uart *uart, uint8_t value)
{
	/* a change of the mode empties both FIFOs */
	if (value & FCR_CLEAR_RECEIVE || (value ^ uart->fcr) & FCR_ENABLE)
		uart->first = uart->count = 0;
	uart->fcr = value & FCR_ENABLE ? value & FCR_KEPT : 0;
}

static void enable_write(struct uart *uart, uint8_t value)
{
	if (uart->lcr & LCR_DLAB) {
		uart->dlm = value;
		return;
	}
	/* The transmitter is empty: who asks to be told, is. */
	if (value & ~uart->ier & IER_SENT)
		uart->sent = true;
	uart->ier = value & 0x0f;
}

static void register_write(struct vcpu *vcpu, struct uart *uart, unsigned offset, uint8_t value)
{
	switch (offset) {
	case DATA:
		data_write(vcpu, uart, value);
		break;
	case IER:
		enable_write(uart, value);
		break;
	case IIR_FCR:
		control_write(uart, value);
		break;
	case LCR:
		uart->lcr = value;
		break;
	case MCR:
		uart->mcr = value & 0x1f;
		modem_update(uart);
		break;
	case SCR:
		uart->scr = value;
		break;
	}
}

/* A wider access is as many single ones, as on the ISA bus. */
static uint64_t uart_read(struct vcpu *vcpu, void *state, uint64_t offset, unsigned size)
{
	struct uart *uart = state;
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)(offset + i < UART_PORTS
					? register_read(vcpu, uart, (unsigned)offset + i)
					: 0xff)
			 << 8 * i;
	line_update(vcpu, uart);
	return value;
}

bool uart_waits(const struct vcpu *vcpu)
{
	return vcpu->vm->devices->uart.poll.armed;
}

static void uart_write(struct vcpu *vcpu, struct exit *exit, void *state, uint64_t offset,
		       unsigned size, uint64_t value)
{
	struct uart *uart = state;
	uint8_t enabled = uart->ier;

	(void)exit;
	for (unsigned i = 0; i < size && offset + i < UART_PORTS; i++)
		register_write(vcpu, uart, (unsigned)offset + i, (uint8_t)(value >> 8 * i));
	if (uart->ier & IER_RECEIVED)
		receive_fill(vcpu, uart);
	if ((enabled ^ uart->ier) & IER_RECEIVED)
		console_poll_set(vcpu, &uart->poll, uart->ier & IER_RECEIVED);
	line_update(vcpu, uart);
}

static void poll_expire(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	struct uart *uart = state;

	(void)deadline;
	receive_fill(vcpu, uart);
	line_update(vcpu, uart);
	console_poll_set(vcpu, &uart->poll, uart->ier & IER_RECEIVED);
}

void uart_create(struct vm *vm)
{
	struct uart *uart = &vm->devices->uart;

	uart->region = (struct bus_region){
	    .device = VTS_DEVICE_UART, .state = uart, .read = uart_read, .write = uart_write};
	uart->poll = (struct timer){.expire = poll_expire, .state = uart};
	modem_update(uart);
	uart->msr &= MSR_LINES;
	bus_add(&vm->devices->ports, &uart->region, VTG_PORT_UART, UART_PORTS);
}
