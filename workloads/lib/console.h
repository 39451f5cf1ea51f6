/* SPDX-License-Identifier: GPL-2.0-only */
/* The console: a hypercall where the VMM offers one, otherwise the 8250 UART, polled. */
#ifndef WORKLOADS_LIB_CONSOLE_H
#define WORKLOADS_LIB_CONSOLE_H

#include <stddef.h>

#include "workloads/lib/uart.h"

/** All of it, before it returns. */
void console_write(const void *text, size_t bytes);

/**
 * %s %d %u %x %c and %%, with l, a width and a leading 0. A call prints at most 1023 characters.
 */
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
