// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/console.h"

#include <stdarg.h>

#include "workloads/lib/machine.h"
#include "workloads/lib/string.h"

#define PV_CHUNK 4096 /* VTG_CONSOLE_WRITE takes no more */

struct line {
	char text[1024];
	size_t length;
};

void console_write(const void *text, size_t bytes)
{
	const uint8_t *byte = text;

	if (machine.pv_console) {
		for (size_t done = 0; done < bytes; done += PV_CHUNK)
			hypercall(VTG_CONSOLE_WRITE, (uint64_t)(byte + done),
				  bytes - done < PV_CHUNK ? bytes - done : PV_CHUNK);
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		uart_write(byte[i]);
}

static void line_add(struct line *line, char c)
{
	if (line->length < sizeof(line->text) - 1)
		line->text[line->length++] = c;
}

static void line_add_text(struct line *line, const char *text, unsigned width)
{
	for (size_t length = strlen(text); length < width; length++)
		line_add(line, ' ');
	while (*text)
		line_add(line, *text++);
}

static void line_add_number(struct line *line, uint64_t value, unsigned base, unsigned width,
			    char pad)
{
	char digits[20];
	unsigned count = 0;

	do
		digits[count++] = "0123456789abcdef"[value % base];
	while (value /= base);
	for (unsigned i = count; i < width; i++)
		line_add(line, pad);
	while (count)
		line_add(line, digits[--count]);
}

/* One conversion, @format behind its '%'; returns what follows it. */
static const char *line_convert(struct line *line, const char *format, va_list *args)
{
	char pad = *format == '0' ? '0' : ' ';
	unsigned width = 0;
	bool is_long = false;
	int64_t number;

	while (*format >= '0' && *format <= '9')
		width = width * 10 + (unsigned)(*format++ - '0');
	for (; *format == 'l'; format++)
		is_long = true;
	switch (*format) {
	case 's':
		line_add_text(line, va_arg(*args, const char *), width);
		break;
	case 'c':
		line_add(line, (char)va_arg(*args, int));
		break;
	case 'd':
		number = is_long ? va_arg(*args, long) : va_arg(*args, int);
		if (number < 0)
			line_add(line, '-');
		line_add_number(line, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, width,
				pad);
		break;
	case 'u':
	case 'x':
		line_add_number(line,
				is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned),
				*format == 'x' ? 16 : 10, width, pad);
		break;
	default:
		line_add(line, *format);
	}
	return format + 1;
}

void printf(const char *format, ...)
{
	static struct line line; /* not on the stack: the hypercall takes a physical address */
	va_list args;

	line.length = 0;
	va_start(args, format);
	while (*format) {
		if (*format != '%')
			line_add(&line, *format++);
		else
			format = line_convert(&line, format + 1, &args);
	}
	va_end(args);
	console_write(line.text, line.length);
}
