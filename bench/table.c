// SPDX-License-Identifier: GPL-2.0-only
#include "bench/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_BYTES 512
#define LAST_WIDTH 16 /* of the last column at least, even if the others leave no room */

/* A table being printed: every cell as text, and the widths. */
struct layout {
	const struct vtb_table *table;
	size_t rows;
	char (*cells)[CELL_BYTES]; /* row by row */
	char units[VTB_TABLE_COLUMNS][64];
	size_t width[VTB_TABLE_COLUMNS];
	int numeric[VTB_TABLE_COLUMNS];
};

struct vtb_table vtb_table_make(const char *key, const char *title, const char *unit,
				const struct vtb_column *columns, size_t count, const char *note)
{
	return (struct vtb_table){key, title, unit, columns, count, json_array(), note};
}

json_t *vtb_table_add(struct vtb_table *table, json_t *row)
{
	if (!table->rows || json_array_append(table->rows, row)) {
		json_decref(row);
		return NULL;
	}
	json_decref(row); /* the array holds it */
	return row;
}

void vtb_row_number(json_t *row, const char *key, double value)
{
	if (!isnan(value))
		json_object_set_new(row, key, json_real(value));
}

void vtb_row_text(json_t *row, const char *key, const char *text)
{
	json_object_set_new(row, key, json_string(text));
}

void vtb_number_text(double value, int decimals, char *text, size_t bytes)
{
	char plain[64];
	size_t whole, used = 0;
	const char *digits = plain;

	snprintf(plain, sizeof(plain), "%.*f", decimals, value);
	if (*digits == '-') {
		digits++;
		if (strspn(digits, "0.") == strlen(digits))
			snprintf(plain, sizeof(plain), " %.*f", decimals, 0.0);
		else if (used + 1 < bytes)
			text[used++] = '-';
	}
	whole = strcspn(digits, ".");
	for (size_t i = 0; digits[i] && used + 2 < bytes; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

void vtb_text_clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void put_unit(char *text, size_t bytes, const char *pattern, const char *unit)
{
	const char *at = strchr(pattern, '@');

	if (at)
		snprintf(text, bytes, "%.*s%s%s", (int)(at - pattern), pattern, unit, at + 1);
	else
		snprintf(text, bytes, "%s", pattern);
}

static void put_cell(char *text, const struct vtb_column *column, const json_t *value)
{
	char number[64];

	if (json_is_string(value)) {
		snprintf(text, CELL_BYTES, "%s", json_string_value(value));
		vtb_text_clean(text);
	} else if (json_is_number(value)) {
		vtb_number_text(json_number_value(value), column->decimals, number, sizeof(number));
		snprintf(text, CELL_BYTES, "%s%s", number, column->suffix ? column->suffix : "");
	} else {
		snprintf(text, CELL_BYTES, "-");
	}
}

/* 0, or -1 when out of memory. */
static int lay_out(struct layout *layout, const struct vtb_table *table)
{
	memset(layout, 0, sizeof(*layout));
	layout->table = table;
	layout->rows = json_array_size(table->rows);
	layout->cells = calloc(layout->rows * table->count, CELL_BYTES);
	if (!layout->cells)
		return -1;
	for (size_t c = 0; c < table->count; c++) {
		const struct vtb_column *column = &table->columns[c];

		put_unit(layout->units[c], sizeof(layout->units[c]), column->unit, table->unit);
		layout->width[c] = strlen(column->head);
		if (strlen(layout->units[c]) > layout->width[c])
			layout->width[c] = strlen(layout->units[c]);
		for (size_t r = 0; r < layout->rows; r++) {
			const json_t *value =
			    json_object_get(json_array_get(table->rows, r), column->key);
			char *cell = layout->cells[r * table->count + c];

			put_cell(cell, column, value);
			layout->numeric[c] |= json_is_number(value);
			if (strlen(cell) > layout->width[c])
				layout->width[c] = strlen(cell);
		}
	}
	return 0;
}

/* How much of @text goes on a line of @width: up to a blank, if there is one. */
static size_t line_length(const char *text, size_t width)
{
	size_t length = strlen(text);

	if (length <= width)
		return length;
	for (length = width; length && text[length] != ' '; length--)
		;
	return length ? length : width;
}

/* Put a cell; the last one, if it is text, with its further lines indented to its column. */
static void put_text_cell(const struct layout *layout, size_t c, size_t at, const char *text,
			  FILE *file)
{
	size_t last = layout->table->count - 1;
	size_t room = at + LAST_WIDTH < VTB_TABLE_WIDTH ? VTB_TABLE_WIDTH - at : LAST_WIDTH;

	if (layout->numeric[c]) {
		fprintf(file, "%*s", (int)layout->width[c], text);
		return;
	}
	if (c < last) {
		fprintf(file, "%-*s", (int)layout->width[c], text);
		return;
	}
	for (;;) {
		size_t length = line_length(text, room);

		fprintf(file, "%.*s", (int)length, text);
		text += length;
		while (*text == ' ')
			text++;
		if (!*text)
			return;
		fprintf(file, "\n%*s", (int)at, "");
	}
}

static void put_text_row(const struct layout *layout, const char *const *cells, FILE *file)
{
	size_t count = layout->table->count;
	size_t at = 0;

	while (count && !*cells[count - 1])
		count--; /* no blanks at a line's end */
	for (size_t c = 0; c < count; c++) {
		if (c)
			fputs("  ", file);
		at += c ? 2 : 0;
		put_text_cell(layout, c, at, cells[c], file);
		at += layout->width[c];
	}
	fputc('\n', file);
}

static void put_markdown_row(const struct layout *layout, const char *const *cells, FILE *file)
{
	for (size_t c = 0; c < layout->table->count; c++)
		fprintf(file, "| %s ", cells[c]);
	fputs("|\n", file);
}

static void print_text(const struct layout *layout, FILE *file)
{
	const struct vtb_table *table = layout->table;
	const char *cells[VTB_TABLE_COLUMNS];

	fprintf(file, "%s\n\n", table->title);
	for (size_t c = 0; c < table->count; c++)
		cells[c] = table->columns[c].head;
	put_text_row(layout, cells, file);
	for (size_t c = 0; c < table->count; c++)
		cells[c] = layout->units[c];
	put_text_row(layout, cells, file);
	for (size_t r = 0; r < layout->rows; r++) {
		for (size_t c = 0; c < table->count; c++)
			cells[c] = layout->cells[r * table->count + c];
		put_text_row(layout, cells, file);
	}
	if (table->note)
		fprintf(file, "\n%s\n", table->note);
	fputc('\n', file);
}

static void print_markdown(const struct layout *layout, FILE *file)
{
	const struct vtb_table *table = layout->table;
	char heads[VTB_TABLE_COLUMNS][160];
	const char *cells[VTB_TABLE_COLUMNS];

	fprintf(file, "### %s\n\n", table->title);
	for (size_t c = 0; c < table->count; c++) {
		const char *unit = layout->units[c];

		snprintf(heads[c], sizeof(heads[c]), "%s%s%s%s", table->columns[c].head,
			 *unit ? " (" : "", unit, *unit ? ")" : "");
		cells[c] = heads[c];
	}
	put_markdown_row(layout, cells, file);
	for (size_t c = 0; c < table->count; c++)
		cells[c] = layout->numeric[c] ? "---:" : "---";
	put_markdown_row(layout, cells, file);
	for (size_t r = 0; r < layout->rows; r++) {
		for (size_t c = 0; c < table->count; c++)
			cells[c] = layout->cells[r * table->count + c];
		put_markdown_row(layout, cells, file);
	}
	if (table->note)
		fprintf(file, "\n%s\n", table->note);
	fputc('\n', file);
}

void vtb_table_print(const struct vtb_table *table, enum vtb_form form, FILE *file)
{
	struct layout layout;

	if (!json_array_size(table->rows) || lay_out(&layout, table))
		return;
	if (form == VTB_MARKDOWN)
		print_markdown(&layout, file);
	else
		print_text(&layout, file);
	free(layout.cells);
}

void vtb_table_to_json(const struct vtb_table *table, json_t *object)
{
	json_t *units = json_object();

	for (size_t c = 0; c < table->count; c++) {
		char unit[64];

		put_unit(unit, sizeof(unit), table->columns[c].unit, table->unit);
		if (*unit)
			json_object_set_new(units, table->columns[c].key, json_string(unit));
	}
	json_object_set_new(object, table->key,
			    json_pack("{s:s, s:o, s:O}", "title", table->title, "units", units,
				      "rows", table->rows));
}

void vtb_table_free(struct vtb_table *table)
{
	json_decref(table->rows);
	table->rows = NULL;
}
