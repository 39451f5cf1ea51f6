/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MC146818 clock and its CMOS memory (Motorola data sheet) at ports 0x70 and 0x71, ISA line 8. The time of day at the
 * VM's first entry is always the same; from then on it is VM time.
 */
#ifndef CORE_VMM_DEVICE_RTC_H
#define CORE_VMM_DEVICE_RTC_H

#include "core-vmm/device/bus.h"
#include "core-vmm/device/timer.h"

#define RTC_START  946684800u /* seconds since 1970: 2000-01-01 00:00:00, as vtrun tells Bochs */
#define CMOS_BYTES 128u

struct rtc {
	struct bus_region region;
	struct timer timer;
	uint8_t index;
	uint8_t cmos[CMOS_BYTES]; /* the time and register C are made when read */
	uint64_t epoch;		  /* seconds since 1970 */
	uint64_t base;		  /* at this VM time */
	uint64_t seen;		  /* VM time up to which register C's flags are made */
	uint8_t flags;		  /* of register C */
};

void rtc_create(struct vcpu *vcpu);

#endif
