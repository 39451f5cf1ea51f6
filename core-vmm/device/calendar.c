/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/calendar.h"

#include <stdbool.h>

#define YEAR_START 1970
#define CYCLE_DAYS 146097u /* in 400 years */

static bool leap(unsigned year)
{
	return (year % 4 == 0 && year % 100) || year % 400 == 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
	if (month == 2)
		return leap(year) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

struct calendar calendar_from(uint64_t days)
{
	struct calendar date = {.year = YEAR_START + 400 * (unsigned)(days / CYCLE_DAYS),
				.month = 1};

	for (days %= CYCLE_DAYS; days >= (leap(date.year) ? 366 : 365); date.year++)
		days -= leap(date.year) ? 366 : 365;
	for (; days >= month_days(date.year, date.month); date.month++)
		days -= month_days(date.year, date.month);
	date.day = (unsigned)days + 1;
	return date;
}

/** Days from year 1 to the start of @year. */
static uint64_t year_days(uint64_t year)
{
	year--;
	return 365 * year + year / 4 - year / 100 + year / 400;
}

uint64_t calendar_days(const struct calendar *date)
{
	uint64_t days, year = date->year;
	unsigned months = date->month ? date->month - 1 : 0;

	year += months / 12;
	if (year < YEAR_START)
		return 0;
	days = year_days(year) - year_days(YEAR_START);
	for (unsigned month = 1; month <= months % 12; month++)
		days += month_days((unsigned)year, month);
	return days + (date->day ? date->day - 1 : 0);
}
