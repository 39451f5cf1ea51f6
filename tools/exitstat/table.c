// SPDX-License-Identifier: GPL-2.0-only
/* A table of text with aligned columns. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"
#include "text.h"

struct table {
	const char *const *columns;
	size_t width; /* columns in a row */
	char **cells; /* row by row */
	size_t count, room;
};

struct table *table_new(const char *const *columns)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		die_of_memory();
	table->columns = columns;
	while (columns[table->width])
		table->width++;
	return table;
}

static void add(struct table *table, const char *text)
{
	if (table->count == table->room) {
		size_t room = table->room ? table->room * 2 : 64;
		char **cells = realloc(table->cells, room * sizeof(*cells));

		if (!cells)
			die_of_memory();
		table->cells = cells;
		table->room = room;
	}
	table->cells[table->count] = strdup(text);
	if (!table->cells[table->count])
		die_of_memory();
	text_clean(table->cells[table->count++]);
}

void table_cell(struct table *table, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add(table, text);
}

void table_count(struct table *table, uint64_t number)
{
	char buffer[TEXT_NUMBER_MAX];

	add(table, text_count(buffer, number));
}

void table_share(struct table *table, uint64_t part, uint64_t whole)
{
	char buffer[TEXT_NUMBER_MAX];

	add(table, text_share(buffer, part, whole));
}

void table_mean(struct table *table, double mean)
{
	char buffer[TEXT_NUMBER_MAX];

	add(table, text_mean(buffer, mean));
}

void table_skip_row(struct table *table)
{
	while (table->count % table->width)
		add(table, "");
}

size_t table_rows(const struct table *table)
{
	return (table->count + table->width - 1) / table->width;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = strlen(table->columns[column] + 1);

	for (size_t i = column; i < table->count; i += table->width)
		if (strlen(table->cells[i]) > width)
			width = strlen(table->cells[i]);
	return width;
}

/** Print one row; no blanks after its last cell. */
static void print_row(const struct table *table, const char *const *cells, size_t skip,
		      const size_t *widths, FILE *file)
{
	size_t owed = 0;

	for (size_t i = 0; i < table->width; i++) {
		const char *cell = cells[i] + skip;
		size_t blanks = widths[i] - strlen(cell);
		size_t before = table->columns[i][0] == '>' ? blanks : 0;

		if (*cell)
			fprintf(file, "%*s%s", (int)(owed + before), "", cell);
		owed = *cell ? blanks - before : owed + widths[i];
		owed += 2;
	}
	fputc('\n', file);
}

void table_print(struct table *table, FILE *file)
{
	size_t *widths = calloc(table->width, sizeof(*widths));

	if (!widths)
		die_of_memory();
	table_skip_row(table);
	for (size_t i = 0; i < table->width; i++)
		widths[i] = column_width(table, i);
	if (table->count)
		print_row(table, table->columns, 1, widths, file);
	for (size_t i = 0; i < table->count; i += table->width)
		print_row(table, (const char *const *)table->cells + i, 0, widths, file);
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(widths);
	free(table);
}
