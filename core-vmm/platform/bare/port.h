/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's own I/O ports. */
#ifndef CORE_VMM_PLATFORM_BARE_PORT_H
#define CORE_VMM_PLATFORM_BARE_PORT_H

#include <stdint.h>

static inline void port_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

#endif
