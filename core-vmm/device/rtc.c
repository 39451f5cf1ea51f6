/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/rtc.h"

#include "core-vmm/device/calendar.h"
#include "core-vmm/device/devices.h"
#include "core-vmm/device/isa.h"
#include "core-vmm/vm.h"

#define LINE  8
#define PORTS 2

enum { SECONDS, SECONDS_ALARM, MINUTES, MINUTES_ALARM, HOURS, HOURS_ALARM };
enum { WEEKDAY = 6, DAY, MONTH, YEAR, REG_A, REG_B, REG_C, REG_D, CENTURY = 0x32 };

#define A_UIP	   0x80
#define A_DIVIDER  0x70
#define A_RUNS	   0x20 /* 32768 Hz */
#define A_RATE	   0x0f
#define B_SET	   0x80
#define B_PERIODIC 0x40 /* these three also in register C */
#define B_ALARM	   0x20
#define B_UPDATE   0x10
#define B_ENABLES  0x70
#define B_BINARY   0x04
#define B_24	   0x02
#define C_IRQ	   0x80
#define D_VALID	   0x80

#define HOURS_PM    0x80
#define ALARM_ANY   0xc0 /* both bits set: any value */
#define CRYSTAL	    32768u
#define UIP_CRYSTAL 8u /* UIP rises 244 us before the second */
#define DAY_SECONDS 86400u

static bool halted(const struct rtc *rtc)
{
	return rtc->cmos[REG_B] & B_SET || (rtc->cmos[REG_A] & A_DIVIDER) != A_RUNS;
}

/** Seconds since 1970; the clock runs. */
static uint64_t seconds_at(const struct vcpu *vcpu, const struct rtc *rtc, uint64_t time)
{
	return rtc->epoch + (time - rtc->base) / vcpu->vm->config.hz;
}

/** VM time at which second @second begins. */
static uint64_t second_time(const struct vcpu *vcpu, const struct rtc *rtc, uint64_t second)
{
	return rtc->base + (second - rtc->epoch) * vcpu->vm->config.hz;
}

/* ---- the time's registers ---- */

static uint8_t field_encode(const struct rtc *rtc, unsigned value)
{
	return (uint8_t)(rtc->cmos[REG_B] & B_BINARY ? value : value / 10 << 4 | value % 10);
}

static unsigned field_decode(const struct rtc *rtc, uint8_t value)
{
	return rtc->cmos[REG_B] & B_BINARY ? value : (value >> 4) * 10u + (value & 15);
}

static uint8_t hours_encode(const struct rtc *rtc, unsigned hours)
{
	if (rtc->cmos[REG_B] & B_24)
		return field_encode(rtc, hours);
	return (uint8_t)(field_encode(rtc, hours % 12 ? hours % 12 : 12) |
			 (hours >= 12 ? HOURS_PM : 0));
}

static unsigned hours_decode(const struct rtc *rtc, uint8_t value)
{
	if (rtc->cmos[REG_B] & B_24)
		return field_decode(rtc, value);
	return field_decode(rtc, value & (uint8_t)~HOURS_PM) % 12 + (value & HOURS_PM ? 12 : 0);
}

static uint8_t time_read(const struct rtc *rtc, uint64_t seconds, unsigned index)
{
	struct calendar date = calendar_from(seconds / DAY_SECONDS);
	unsigned second = (unsigned)(seconds % DAY_SECONDS);

	switch (index) {
	case SECONDS:
		return field_encode(rtc, second % 60);
	case MINUTES:
		return field_encode(rtc, second / 60 % 60);
	case HOURS:
		return hours_encode(rtc, second / 3600);
	case WEEKDAY: /* Sunday is 1 */
		return field_encode(rtc, (unsigned)((seconds / DAY_SECONDS + 4) % 7 + 1));
	case DAY:
		return field_encode(rtc, date.day);
	case MONTH:
		return field_encode(rtc, date.month);
	case YEAR:
		return field_encode(rtc, date.year % 100);
	default:
		return field_encode(rtc, date.year / 100);
	}
}

static bool is_time(unsigned index)
{
	return index == SECONDS || index == MINUTES || index == HOURS ||
	       (index >= WEEKDAY && index <= YEAR) || index == CENTURY;
}

/** The time's registers, made; all of them hold the time only while the clock stands. */
static void time_store(struct rtc *rtc, uint64_t seconds)
{
	for (unsigned index = 0; index < CMOS_BYTES; index++)
		if (is_time(index))
			rtc->cmos[index] = time_read(rtc, seconds, index);
}

/** What they say; the day of the week follows from the date. */
static uint64_t time_load(const struct rtc *rtc)
{
	const uint8_t *cmos = rtc->cmos;
	struct calendar date = {.year = field_decode(rtc, cmos[CENTURY]) % 100 * 100 +
					field_decode(rtc, cmos[YEAR]) % 100,
				.month = field_decode(rtc, cmos[MONTH]),
				.day = field_decode(rtc, cmos[DAY])};

	return calendar_days(&date) * DAY_SECONDS + hours_decode(rtc, cmos[HOURS]) % 24 * 3600 +
	       field_decode(rtc, cmos[MINUTES]) % 60 * 60 + field_decode(rtc, cmos[SECONDS]) % 60;
}

/* ---- interrupts ---- */

static bool alarm_matches(uint8_t alarm, unsigned wanted, unsigned value)
{
	return (alarm & ALARM_ANY) == ALARM_ANY || wanted == value;
}

/** The first second after @seconds at which the alarm is due, or TIMER_NEVER. */
static uint64_t alarm_next(const struct rtc *rtc, uint64_t seconds)
{
	const uint8_t *cmos = rtc->cmos;
	unsigned hour = hours_decode(rtc, cmos[HOURS_ALARM]);
	unsigned minute = field_decode(rtc, cmos[MINUTES_ALARM]);
	unsigned second = field_decode(rtc, cmos[SECONDS_ALARM]);
	uint64_t at = seconds + 1, end = at + DAY_SECONDS;

	while (at < end) {
		unsigned now = (unsigned)(at % DAY_SECONDS);

		if (!alarm_matches(cmos[HOURS_ALARM], hour, now / 3600))
			at += 3600 - now % 3600;
		else if (!alarm_matches(cmos[MINUTES_ALARM], minute, now / 60 % 60))
			at += 60 - now % 60;
		else if (!alarm_matches(cmos[SECONDS_ALARM], second, now % 60))
			at++;
		else
			return at;
	}
	return TIMER_NEVER;
}

/** Cycles of the crystal in a period; 0: no periodic interrupt. */
static unsigned period(const struct rtc *rtc)
{
	unsigned rate = rtc->cmos[REG_A] & A_RATE;

	if (!rate || (rtc->cmos[REG_A] & A_DIVIDER) != A_RUNS)
		return 0;
	return 1u << ((rate < 3 ? rate + 7 : rate) - 1);
}

static uint64_t periods_at(const struct vcpu *vcpu, const struct rtc *rtc, uint64_t time)
{
	return time_scale(time, CRYSTAL, vcpu->vm->config.hz) / period(rtc);
}

/** When the next event of an enabled kind comes after @time. */
static uint64_t event_next(const struct vcpu *vcpu, const struct rtc *rtc, uint64_t time)
{
	uint64_t next = TIMER_NEVER, seconds, at;
	uint8_t enabled = rtc->cmos[REG_B];

	if (enabled & B_PERIODIC && period(rtc))
		next = time_scale_up((periods_at(vcpu, rtc, time) + 1) * period(rtc),
				     vcpu->vm->config.hz, CRYSTAL);
	if (halted(rtc))
		return next;
	seconds = seconds_at(vcpu, rtc, time);
	if (enabled & B_UPDATE) {
		at = second_time(vcpu, rtc, seconds + 1);
		next = at < next ? at : next;
	}
	if (enabled & B_ALARM && alarm_next(rtc, seconds) != TIMER_NEVER) {
		at = second_time(vcpu, rtc, alarm_next(rtc, seconds));
		next = at < next ? at : next;
	}
	return next;
}

/** Set the flags of what has come about since they were last made. */
static void flags_update(const struct vcpu *vcpu, struct rtc *rtc)
{
	uint64_t now = time_now(vcpu), before = rtc->seen, seconds;

	rtc->seen = now;
	if (period(rtc) && periods_at(vcpu, rtc, now) != periods_at(vcpu, rtc, before))
		rtc->flags |= B_PERIODIC;
	if (halted(rtc))
		return;
	seconds = seconds_at(vcpu, rtc, before);
	if (seconds_at(vcpu, rtc, now) == seconds)
		return;
	rtc->flags |= B_UPDATE;
	if (alarm_next(rtc, seconds) <= seconds_at(vcpu, rtc, now))
		rtc->flags |= B_ALARM;
}

/** Line 8 as the flags have it; the timer for the event that raises it. */
static void line_update(struct vcpu *vcpu, struct rtc *rtc, uint64_t since)
{
	uint64_t next;

	if (rtc->flags & rtc->cmos[REG_B] & B_ENABLES) {
		timer_cancel(vcpu, &rtc->timer);
		irq_line_set_since(vcpu, LINE, true, VTS_DEVICE_RTC, since);
		return;
	}
	irq_line_set(vcpu, LINE, false, VTS_DEVICE_RTC);
	next = event_next(vcpu, rtc, rtc->seen);
	if (next == TIMER_NEVER)
		timer_cancel(vcpu, &rtc->timer);
	else
		timer_set(vcpu, &rtc->timer, next);
}

static void expire(struct vcpu *vcpu, void *state, uint64_t deadline)
{
	struct rtc *rtc = state;

	flags_update(vcpu, rtc);
	line_update(vcpu, rtc, deadline);
}

/* ---- ports ---- */

/** Make it @seconds now; the fraction of a second goes on. */
static void clock_set(const struct vcpu *vcpu, struct rtc *rtc, uint64_t seconds)
{
	rtc->epoch = seconds;
	rtc->base = rtc->seen - (rtc->seen - rtc->base) % vcpu->vm->config.hz;
}

static void control_write(struct vcpu *vcpu, struct rtc *rtc, unsigned index, uint8_t value)
{
	bool stood = halted(rtc);

	if (!stood)
		time_store(rtc, seconds_at(vcpu, rtc, rtc->seen));
	rtc->cmos[index] = index == REG_A ? value & (uint8_t)~A_UIP : value;
	/* SET also ends the update interrupt. */
	if (index == REG_B && value & B_SET)
		rtc->cmos[REG_B] &= (uint8_t)~B_UPDATE;
	if (stood && !halted(rtc))
		clock_set(vcpu, rtc, time_load(rtc));
}

static void time_write(struct vcpu *vcpu, struct rtc *rtc, unsigned index, uint8_t value)
{
	if (!halted(rtc))
		time_store(rtc, seconds_at(vcpu, rtc, rtc->seen));
	rtc->cmos[index] = value;
	if (!halted(rtc))
		clock_set(vcpu, rtc, time_load(rtc));
}

static void cmos_write(struct vcpu *vcpu, struct rtc *rtc, uint8_t value)
{
	unsigned index = rtc->index;

	flags_update(vcpu, rtc);
	if (is_time(index))
		time_write(vcpu, rtc, index, value);
	else if (index == REG_A || index == REG_B)
		control_write(vcpu, rtc, index, value);
	else if (index != REG_C && index != REG_D)
		rtc->cmos[index] = value;
	line_update(vcpu, rtc, rtc->seen);
}

/** Whether the second ends in less than UIP's time. */
static bool update_soon(const struct vcpu *vcpu, const struct rtc *rtc)
{
	uint64_t hz = vcpu->vm->config.hz, left = hz - (rtc->seen - rtc->base) % hz;

	return !halted(rtc) && left <= time_scale(UIP_CRYSTAL, hz, CRYSTAL);
}

static uint8_t flags_read(struct vcpu *vcpu, struct rtc *rtc)
{
	uint8_t flags = rtc->flags;

	if (flags & rtc->cmos[REG_B] & B_ENABLES)
		flags |= C_IRQ;
	rtc->flags = 0;
	line_update(vcpu, rtc, rtc->seen);
	return flags;
}

static uint8_t cmos_read(struct vcpu *vcpu, struct rtc *rtc)
{
	unsigned index = rtc->index;

	flags_update(vcpu, rtc);
	if (is_time(index) && !halted(rtc))
		return time_read(rtc, seconds_at(vcpu, rtc, rtc->seen), index);
	if (index == REG_A)
		return (uint8_t)(rtc->cmos[REG_A] | (update_soon(vcpu, rtc) ? A_UIP : 0));
	return index == REG_C ? flags_read(vcpu, rtc) : rtc->cmos[index];
}

static uint8_t rtc_read(struct vcpu *vcpu, void *state, unsigned port)
{
	return port ? cmos_read(vcpu, state) : 0xff;
}

/** Bit 7 of the index port masks NMIs; no device here sends one past the APICs. */
static void rtc_write(struct vcpu *vcpu, void *state, unsigned port, uint8_t value)
{
	struct rtc *rtc = state;

	if (port)
		cmos_write(vcpu, rtc, value);
	else
		rtc->index = value & (CMOS_BYTES - 1);
}

ISA_ACCESSORS(rtc, PORTS)

void rtc_create(struct vcpu *vcpu)
{
	struct devices *devices = vcpu->vm->devices;
	struct rtc *rtc = &devices->rtc;

	rtc->region = (struct bus_region){
	    .device = VTS_DEVICE_RTC, .state = rtc, .read = rtc_isa_read, .write = rtc_isa_write};
	rtc->timer = (struct timer){.expire = expire, .state = rtc};
	rtc->cmos[REG_A] = A_RUNS | 6;
	rtc->cmos[REG_B] = B_24;
	rtc->cmos[REG_D] = D_VALID;
	rtc->epoch = RTC_START;
	bus_add(&devices->ports, &rtc->region, 0x70, PORTS);
}
