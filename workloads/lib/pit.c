// SPDX-License-Identifier: GPL-2.0-only
#include "workloads/lib/pit.h"

#include "workloads/lib/cpu.h"

#define PORT_DATA    0x40
#define PORT_CONTROL 0x43

#define CONTROL_BOTH	0x30 /* low byte, then high */
#define CONTROL_CHANNEL 6
#define CONTROL_MODE	1

static void control(unsigned channel, unsigned mode, unsigned access)
{
	out8(PORT_CONTROL, (uint8_t)(channel << CONTROL_CHANNEL | mode << CONTROL_MODE | access));
}

void pit_start(unsigned channel, unsigned mode, uint16_t count)
{
	control(channel, mode, CONTROL_BOTH);
	out8((uint16_t)(PORT_DATA + channel), (uint8_t)count);
	out8((uint16_t)(PORT_DATA + channel), (uint8_t)(count >> 8));
}

void pit_stop(unsigned channel)
{
	control(channel, PIT_ONE_SHOT, CONTROL_BOTH);
}

uint16_t pit_read(unsigned channel)
{
	uint8_t low;

	control(channel, 0, 0); /* latch */
	low = in8((uint16_t)(PORT_DATA + channel));
	return (uint16_t)(in8((uint16_t)(PORT_DATA + channel)) << 8 | low);
}
