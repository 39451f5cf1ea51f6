/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMM's messages: to the hop's log ring when there is one, else to COM1. */
#include <stdarg.h>

#include "core-vmm/platform/bare/bare.h"
#include "core-vmm/platform/bare/port.h"
#include "core-vmm/platform/platform.h"
#include "trace/hop.h"

#define COM1	 0x3f8
#define LSR	 5
#define LSR_DR	 0x01
#define LSR_THRE 0x20
#define LSR_TEMT 0x40

/* Divisors of 115200 baud. */
#define FASTEST 1
#define PACED                                                                                      \
	12 /* 9600: 16 bytes, a FIFO, take longer than the guest's UART takes to look for them */

/* Where messages go: one machine, one log. */
static struct vts_hop *log_hop;

static void speed_set(uint8_t divisor)
{
	port_out8(COM1 + 3, 0x80); /* divisor latch */
	port_out8(COM1 + 0, divisor);
	port_out8(COM1 + 1, 0);
	port_out8(COM1 + 3, 0x03); /* 8 bits, no parity, 1 stop bit */
}

void serial_init(void)
{
	port_out8(COM1 + 1, 0); /* no interrupts */
	speed_set(FASTEST);
	port_out8(COM1 + 2, 0x07); /* FIFOs on, cleared */
	port_out8(COM1 + 4, 0x03); /* DTR, RTS */
}

void serial_pace(void)
{
	speed_set(PACED);
}

void serial_write(char c)
{
	while (!(port_in8(COM1 + LSR) & LSR_THRE))
		;
	port_out8(COM1, (uint8_t)c);
}

void serial_drain(void)
{
	while (!(port_in8(COM1 + LSR) & LSR_TEMT))
		;
}

int serial_read(void)
{
	return port_in8(COM1 + LSR) & LSR_DR ? port_in8(COM1) : -1;
}

void log_to(struct vts_hop *hop)
{
	log_hop = hop;
}

static void log_char(char c)
{
	char *ring;

	if (!log_hop) {
		serial_write(c);
		return;
	}
	ring = (char *)log_hop + VTS_HOP_LOG_OFFSET;
	ring[log_hop->log_head % VTS_HOP_LOG_BYTES] = c;
	__atomic_store_n(&log_hop->log_head, log_hop->log_head + 1, __ATOMIC_RELEASE);
}

static void log_number(uint64_t value, unsigned base, unsigned width, char pad, bool negative)
{
	char digits[24];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (negative)
		digits[count++] = '-';
	for (unsigned i = count; i < width; i++)
		log_char(pad);
	while (count)
		log_char(digits[--count]);
}

static void log_string(const char *string)
{
	while (*string)
		log_char(*string++);
}

/** One conversion, the '%' already read; returns what follows it. */
static const char *log_conversion(const char *format, va_list *arguments)
{
	char pad = ' ';
	unsigned width = 0, longs = 0;
	uint64_t value;

	if (*format == '0')
		pad = *format++;
	while (*format >= '0' && *format <= '9')
		width = width * 10 + (unsigned)(*format++ - '0');
	for (; *format == 'l'; format++)
		longs++;
	switch (*format) {
	case 's':
		log_string(va_arg(*arguments, const char *));
		break;
	case 'c':
		log_char((char)va_arg(*arguments, int));
		break;
	case 'd':
		value = longs ? va_arg(*arguments, uint64_t) : (uint64_t)va_arg(*arguments, int);
		log_number((int64_t)value < 0 ? -value : value, 10, width, pad, (int64_t)value < 0);
		break;
	case 'u':
	case 'x':
		value = longs ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
		log_number(value, *format == 'x' ? 16 : 10, width, pad, false);
		break;
	default:
		log_char(*format);
	}
	return *format ? format + 1 : format;
}

static void log_line(const char *format, va_list *arguments)
{
	while (*format) {
		if (*format == '%')
			format = log_conversion(format + 1, arguments);
		else
			log_char(*format++);
	}
	log_char('\n');
}

void platform_log(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(format, &arguments);
	va_end(arguments);
}

_Noreturn void platform_panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line(format, &arguments);
	va_end(arguments);
	hop_end(log_hop != NULL);
}
