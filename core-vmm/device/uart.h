/* SPDX-License-Identifier: GPL-2.0-only */
/* 8250 UART at 0x3f8 (National Semiconductor PC16550D data sheet; here without FIFOs and interrupts). */
#ifndef CORE_VMM_DEVICE_UART_H
#define CORE_VMM_DEVICE_UART_H

#include <stdint.h>

struct uart {
	uint8_t ier, lcr, mcr, scr, dll, dlm;
};

#endif
