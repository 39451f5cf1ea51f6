/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vmtop/views.h"

bool column_is_known(const struct column *column, const struct report *report)
{
	return report->has_host ||
	       (column->cell != CELL_HOST_SHARE && column->cell != CELL_HOST_WORDS);
}

bool column_is_text(const struct column *column)
{
	return column->cell == CELL_NAME || column->cell == CELL_TEXT ||
	       column->cell == CELL_HOST_WORDS;
}

bool column_is_time(const struct column *column)
{
	return column->cell == CELL_TIME || column->cell == CELL_QUANTILE ||
	       (column->cell == CELL_MEAN);
}

bool column_has(const struct column *column, const struct row *row)
{
	return !row->together || (column->cell != CELL_QUANTILE && column->cell != CELL_HOST_WORDS);
}

int column_by_name(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->columns; i++)
		if (strcmp(view->column[i].name, name) == 0)
			return (int)i;
	return -1;
}

int column_by_key(const struct view *view, int key)
{
	for (size_t i = 0; i < view->columns; i++)
		if (view->column[i].key == key)
			return (int)i;
	return -1;
}

uint64_t column_integer(const struct column *column, const struct row *row)
{
	return *(const uint64_t *)((const char *)row + column->offset);
}

const char *column_text(const struct column *column, const struct row *row)
{
	return (const char *)row + column->offset;
}

double column_number(const struct column *column, const struct row *row)
{
	switch (column->cell) {
	case CELL_COUNT:
	case CELL_TIME:
	case CELL_QUANTILE:
		return (double)column_integer(column, row);
	default:
		return *(const double *)((const char *)row + column->offset);
	}
}

/** No bare number without its unit: the reason's heading names that of all times. */
void column_heading(const struct column *column, const struct report *report, unsigned width,
		    char text[CELL_MAX])
{
	if (column->cell == CELL_NAME) {
		if (snprintf(text, CELL_MAX, "%s (times: %.12s)", column->heading, report->unit) >
		    (int)width)
			snprintf(text, CELL_MAX, "%s, %.12s", column->heading, report->unit);
	} else if (column->cell == CELL_RATE)
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

static void format_real(double value, int decimals, unsigned width, char text[CELL_MAX])
{
	if (isnan(value))
		snprintf(text, CELL_MAX, "-");
	else if (value >= 1e15 || snprintf(text, CELL_MAX, "%.*f", decimals, value) > (int)width)
		format_scaled(value, text);
}

static void format_difference(double value, unsigned width, char text[CELL_MAX])
{
	char digits[CELL_MAX];

	if (isnan(value)) {
		snprintf(text, CELL_MAX, "-");
		return;
	}
	format_integer((uint64_t)fabs(value), width - 1, digits);
	snprintf(text, CELL_MAX, "%s%.40s", value > 0 ? "+" : value < 0 ? "-" : "", digits);
}

void column_format(const struct column *column, const struct row *row, unsigned width,
		   char text[CELL_MAX])
{
	if (!column_has(column, row)) {
		snprintf(text, CELL_MAX, "-");
		return;
	}
	switch (column->cell) {
	case CELL_NAME:
	case CELL_TEXT:
	case CELL_HOST_WORDS:
		snprintf(text, CELL_MAX, "%.*s", (int)width, column_text(column, row));
		break;
	case CELL_COUNT:
	case CELL_TIME:
	case CELL_QUANTILE:
		format_integer(column_integer(column, row), width, text);
		break;
	case CELL_SHARE:
	case CELL_HOST_SHARE:
		format_real(column_number(column, row) * 100, 1, width, text);
		break;
	case CELL_RATE:
	case CELL_MEAN:
		format_real(column_number(column, row), 1, width, text);
		break;
	case CELL_DIFFERENCE:
		format_difference(column_number(column, row), width, text);
		break;
	case CELL_RATIO:
		format_real(column_number(column, row), 2, width, text);
		break;
	}
}

/** What qsort cannot be told otherwise. One thread sorts. */
static const struct column *sort_column;
static int sort_sign;

static int compare(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	double x, y;

	if (column_is_text(sort_column)) {
		int order = strcmp(column_text(sort_column, a), column_text(sort_column, b));

		return order ? sort_sign * order
			     : (a->number > b->number) - (a->number < b->number);
	}
	x = column_number(sort_column, a);
	y = column_number(sort_column, b);
	if (sort_column->cell == CELL_DIFFERENCE) {
		x = fabs(x);
		y = fabs(y);
	}
	if (x != y && !isnan(x) && !isnan(y))
		return sort_sign * (x < y ? 1 : -1);
	return (a->number > b->number) - (a->number < b->number);
}

void columns_sort(struct report *report, int column, bool reverse)
{
	sort_column = &report->view->column[column];
	sort_sign = reverse ? -1 : 1;
	qsort(report->row, report->rows, sizeof(report->row[0]), compare);
}
