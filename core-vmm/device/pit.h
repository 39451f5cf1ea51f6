/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 8254 interval timer (Intel data sheet 231164) at ports 0x40 to 0x43, 1193182 ticks a second, and port 0x61: channel
 * 2's gate and output. Channel 0's output is ISA line 0; its gate, and channel 1's, are always high.
 */
#ifndef CORE_VMM_DEVICE_PIT_H
#define CORE_VMM_DEVICE_PIT_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/timer.h"

#define PIT_HZ	     1193182u
#define PIT_CHANNELS 3u

struct pit_channel {
	uint64_t start;	 /* the tick that loads the count; valid if counting */
	uint64_t frozen; /* ticks counted when the gate fell */
	uint32_t count;	 /* what is loaded: 1 to 65536, as a number also in BCD */
	uint16_t latched;
	uint8_t mode;	    /* 0 to 5 */
	uint8_t access;	    /* 1 low byte, 2 high byte, 3 low, then high */
	uint8_t status;	    /* latched by read-back */
	uint8_t low;	    /* of two bytes written, the first */
	uint8_t latch_left; /* bytes of @latched still to be read */
	bool bcd, gate, counting;
	bool write_high, read_high; /* of two bytes, the second is next */
	bool status_latched;
};

struct pit {
	struct bus_region region, port61;
	struct pit_channel channel[PIT_CHANNELS];
	struct timer timer;
	uint64_t
	    edges; /* rising edges of channel 0 since its count was loaded that line 0 has had */
	bool speaker;
};

void pit_create(struct vcpu *vcpu);
/** Line 0 gets the edge that it may have missed while it was masked; the timer is set for the next one. */
void pit_sync(struct vcpu *vcpu);

#endif
