/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table, described once and printed as text, Markdown or JSON. A row is a JSON object with the
 * columns' keys; what a row does not have is shown as "-".
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <jansson.h>
#include <stdio.h>

#define VTB_TABLE_COLUMNS 12
#define VTB_TABLE_WIDTH	  100

struct vtb_column {
	const char *key;
	const char *head;
	const char *unit; /* second line of the head; '@' stands for the time unit; "" for names */
	int decimals;	  /* of numbers */
	const char *suffix; /* behind numbers; NULL: none */
};

struct vtb_table {
	const char *key; /* in JSON */
	const char *title;
	const char *unit; /* what '@' stands for */
	const struct vtb_column *columns;
	size_t count;	  /* of columns, at most VTB_TABLE_COLUMNS */
	json_t *rows;	  /* array, owned */
	const char *note; /* a line below; NULL: none */
};

enum vtb_form { VTB_TEXT, VTB_MARKDOWN, VTB_JSON };

/** A table with no rows; rows is NULL when out of memory (all calls take that). */
struct vtb_table vtb_table_make(const char *key, const char *title, const char *unit,
				const struct vtb_column *columns, size_t count, const char *note);
/** Append a row; takes the reference. Returns @row (borrowed), or NULL. */
json_t *vtb_table_add(struct vtb_table *table, json_t *row);
/** Set a number in a row; NAN is left out. */
void vtb_row_number(json_t *row, const char *key, double value);
void vtb_row_text(json_t *row, const char *key, const char *text);
/** Print as text, at most VTB_TABLE_WIDTH columns wide: the last column is wrapped if it must be;
 *  or as Markdown. A table without rows prints nothing. */
void vtb_table_print(const struct vtb_table *table, enum vtb_form form, FILE *file);
/** Add the table to a JSON object, under its key: unit, columns' units, rows. */
void vtb_table_to_json(const struct vtb_table *table, json_t *object);
void vtb_table_free(struct vtb_table *table);

/** What came from a child or a file may be printed: control characters become '?'. */
void vtb_text_clean(char *text);

/** A number as people read it: 18,234.5 */
void vtb_number_text(double value, int decimals, char *text, size_t bytes);

#endif
