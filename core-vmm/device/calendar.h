/* SPDX-License-Identifier: GPL-2.0-only */
/* Days since 1970-01-01 as dates of the Gregorian calendar, and back. */
#ifndef CORE_VMM_DEVICE_CALENDAR_H
#define CORE_VMM_DEVICE_CALENDAR_H

#include <stdint.h>

struct calendar {
	unsigned year, month, day; /* month and day from 1 on */
};

struct calendar calendar_from(uint64_t days);
/** A day or month that does not exist counts on into the next. Before 1970: 0. */
uint64_t calendar_days(const struct calendar *date);

#endif
