/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/columns.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct reason_row, field)

static const struct column table[] = {
    {"reason", "REASON", 'n', 22, 0, CELL_NAME, AT(reason), "exit reason"},
    {"count", "COUNT", 'c', 11, 0, CELL_COUNT, AT(count), "exits"},
    {"per_second", "/S", 's', 10, 2, CELL_RATE, AT(per_second),
     "exits a second: of the host, or of a recorded trace's own time"},
    {"share", "VMM%", 't', 6, 1, CELL_SHARE, AT(share), "share of the VMM's time"},
    {"sum", "TIME", 'u', 14, 8, CELL_TIME, AT(sum), "time in the VMM"},
    {"min", "MIN", '1', 8, 9, CELL_TIME, AT(min), "shortest latency"},
    {"mean", "MEAN", 'a', 9, 3, CELL_MEAN, AT(mean), "mean latency"},
    {"p50", "P50", '5', 7, 4, CELL_TIME, AT(p50), "median latency; 1/64 too high at most"},
    {"p90", "P90", '9', 8, 10, CELL_TIME, AT(p90), "90th percentile"},
    {"p99", "P99", 'l', 7, 5, CELL_TIME, AT(p99), "99th percentile"},
    {"p999", "P99.9", 'k', 8, 7, CELL_TIME, AT(p999), "99.9th percentile"},
    {"max", "MAX", 'm', 8, 6, CELL_TIME, AT(max), "longest latency"},
    {"host_share", "HOST%", 'o', 6, 6, CELL_HOST_SHARE, AT(host_share),
     "share of TIME that the host took: scheduled out, or in its interrupts"},
    {"why", "WHY", 'w', 15, 6, CELL_HOST_WORDS, AT(why), "what took most of TIME"},
};
#define COLUMNS (sizeof(table) / sizeof(table[0]))

const struct column *columns(size_t *count)
{
	*count = COLUMNS;
	return table;
}

bool column_is_known(const struct column *column, const struct report *report)
{
	return report->has_host ||
	       (column->cell != CELL_HOST_SHARE && column->cell != CELL_HOST_WORDS);
}

int column_by_name(const char *name)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(table[i].name, name) == 0)
			return (int)i;
	return -1;
}

int column_by_key(int key)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (table[i].key == key)
			return (int)i;
	return -1;
}

uint64_t column_integer(const struct column *column, const struct reason_row *row)
{
	return *(const uint64_t *)((const char *)row + column->offset);
}

const char *column_text(const struct column *column, const struct reason_row *row)
{
	return (const char *)row + column->offset;
}

double column_number(const struct column *column, const struct reason_row *row)
{
	switch (column->cell) {
	case CELL_COUNT:
	case CELL_TIME:
		return (double)column_integer(column, row);
	default:
		return *(const double *)((const char *)row + column->offset);
	}
}

/** No bare number without its unit: the reason's heading names that of all times. */
void column_heading(const struct column *column, const struct report *report, unsigned width,
		    char text[CELL_MAX])
{
	const char *wide = width >= 22 ? " (times: " : ", ";

	if (column->cell == CELL_NAME)
		snprintf(text, CELL_MAX, "%s%s%.12s%s", column->heading, wide, report->unit,
			 width >= 22 ? ")" : "");
	else if (column->cell == CELL_RATE)
		snprintf(text, CELL_MAX, "%s %s", column->heading, report->live ? "HOST" : "TRACE");
	else
		snprintf(text, CELL_MAX, "%s", column->heading);
	if (width < CELL_MAX)
		text[width] = '\0';
}

/** Three digits and a letter. */
static void format_scaled(double value, char text[CELL_MAX])
{
	static const char suffix[] = " kMGTPE";
	size_t i = 0;

	while (value >= 999.5 && suffix[i + 1]) {
		value /= 1000;
		i++;
	}
	snprintf(text, CELL_MAX, "%.*f%c",
		 value < 9.995	 ? 2
		 : value < 99.95 ? 1
				 : 0,
		 value, suffix[i]);
}

void format_integer(uint64_t value, unsigned width, char text[CELL_MAX])
{
	if (snprintf(text, CELL_MAX, "%llu", (unsigned long long)value) > (int)width)
		format_scaled((double)value, text);
}

static void format_real(double value, unsigned width, char text[CELL_MAX])
{
	if (isnan(value))
		snprintf(text, CELL_MAX, "-");
	else if (value >= 1e15 || snprintf(text, CELL_MAX, "%.1f", value) > (int)width)
		format_scaled(value, text);
}

void column_format(const struct column *column, const struct reason_row *row, unsigned width,
		   char text[CELL_MAX])
{
	switch (column->cell) {
	case CELL_NAME:
	case CELL_HOST_WORDS:
		snprintf(text, CELL_MAX, "%.*s", (int)width, column_text(column, row));
		break;
	case CELL_COUNT:
	case CELL_TIME:
		format_integer(column_integer(column, row), width, text);
		break;
	case CELL_SHARE:
	case CELL_HOST_SHARE:
		format_real(column_number(column, row) * 100, width, text);
		break;
	case CELL_RATE:
	case CELL_MEAN:
		format_real(column_number(column, row), width, text);
		break;
	}
}

/** What qsort cannot be told otherwise. One thread sorts. */
static const struct column *sort_column;
static int sort_sign;

static int compare(const void *left, const void *right)
{
	const struct reason_row *a = left, *b = right;
	double x, y;

	if (sort_column->cell == CELL_NAME || sort_column->cell == CELL_HOST_WORDS) {
		int order = strcmp(column_text(sort_column, a), column_text(sort_column, b));

		return order ? sort_sign * order
			     : (a->number > b->number) - (a->number < b->number);
	}
	x = column_number(sort_column, a);
	y = column_number(sort_column, b);
	if (x != y && !isnan(x) && !isnan(y))
		return sort_sign * (x < y ? 1 : -1);
	return (a->number > b->number) - (a->number < b->number);
}

void columns_sort(struct report *report, int column, bool reverse)
{
	sort_column = &table[column];
	sort_sign = reverse ? -1 : 1;
	qsort(report->row, report->rows, sizeof(report->row[0]), compare);
}
