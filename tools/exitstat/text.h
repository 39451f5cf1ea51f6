/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text for people: numbers with thousands separators, and tables with aligned columns. What a
 * guest or a file supplied (symbols, phase names) is printed with its control characters
 * replaced.
 */
#ifndef EXITSTAT_TEXT_H
#define EXITSTAT_TEXT_H

#include <stdint.h>
#include <stdio.h>

#define TEXT_NUMBER_MAX 32 /* bytes that the longest number needs */

/** 1234567 as "1,234,567", in @buffer (TEXT_NUMBER_MAX bytes), which is returned. */
const char *text_count(char *buffer, uint64_t number);
/** @part of @whole as "12.3 %"; "-" where the whole is 0. */
const char *text_share(char *buffer, uint64_t part, uint64_t whole);
/** A number with one decimal place and thousands separators: "1,234.5". */
const char *text_mean(char *buffer, double mean);
/** A size in the largest binary unit that divides it: "64 MiB". */
const char *text_size(char *buffer, uint64_t bytes);
/** Replace everything but printable ASCII in @text by '?', in place; @text is returned. */
char *text_clean(char *text);

struct table;

/** A table; @columns is its header and alignment: "<name" is left-aligned, ">count"
 *  right-aligned; it ends with NULL and must outlive the table. Ends the program when there is no
 *  memory. */
struct table *table_new(const char *const *columns);
/** Add the next cell, from left to right, row by row. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_count(struct table *table, uint64_t number);
void table_share(struct table *table, uint64_t part, uint64_t whole);
void table_mean(struct table *table, double mean);
/** Rows begun so far. */
size_t table_rows(const struct table *table);
/** Empty cells to the end of the row. */
void table_skip_row(struct table *table);
/** Print it to @file, and free it. Prints nothing, not even the header, when it has no row. */
void table_print(struct table *table, FILE *file);

#endif
