/* SPDX-License-Identifier: GPL-2.0-only */
/* The 8254 interval timer: Intel data sheet 231164. Channel 0's output is line 0. */
#ifndef WORKLOADS_LIB_PIT_H
#define WORKLOADS_LIB_PIT_H

#include <stdint.h>

#define PIT_HZ 1193182u

enum { PIT_ONE_SHOT = 0, PIT_RATE = 2, PIT_SQUARE = 3 };

/** Channel @channel counts @count ticks (0: 65536) in mode @mode. */
void pit_start(unsigned channel, unsigned mode, uint16_t count);
/** The channel counts no more, until it is started again. */
void pit_stop(unsigned channel);
/** What the channel's counter holds. */
uint16_t pit_read(unsigned channel);

#endif
