// SPDX-License-Identifier: GPL-2.0-only
/* Rows of figures: their tables, their order, and finding them. */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

const struct metric_info metrics[METRICS] = {
#define METRIC(NAME, name, type, text) [METRIC_##NAME] = {#name, TYPE_##type, text},
#include "figures.def"
};

const struct table_info figure_tables[TABLES] = {
#define TABLE(NAME, name, text) [TABLE_##NAME] = {#name, text},
#include "figures.def"
};

_Static_assert(METRICS <= 32, "figure_row.has is a word of 32 bits");

int metric_find(const char *name)
{
	for (int i = 0; i < METRICS; i++)
		if (!strcmp(name, metrics[i].name))
			return i;
	return -1;
}

int figure_table_find(const char *name)
{
	for (int i = 0; i < TABLES; i++)
		if (!strcmp(name, figure_tables[i].name))
			return i;
	return -1;
}

const char *const *metric_names(void)
{
	static const char *names[METRICS + 1];

	for (size_t i = 0; i < METRICS; i++)
		names[i] = metrics[i].name;
	return names;
}

struct figure_row *figures_new_row(struct figures *figures, enum figure_table table,
				   const char *phase, const char *key)
{
	struct figure_row *row;

	if (figures->count == figures->room) {
		size_t room = figures->room ? figures->room * 2 : 64;
		void *rows = realloc(figures->rows, room * sizeof(*figures->rows));

		if (!rows)
			die_of_memory();
		figures->rows = rows;
		figures->room = room;
	}
	row = &figures->rows[figures->count++];
	*row = (struct figure_row){.table = table};
	snprintf(row->phase, sizeof(row->phase), "%s", phase);
	snprintf(row->key, sizeof(row->key), "%s", key);
	return row;
}

void figure_set(struct figure_row *row, enum metric metric, double value)
{
	row->has |= 1u << metric;
	row->value[metric] = value < FIGURE_LIMIT ? value : FIGURE_LIMIT;
}

bool figure_has(const struct figure_row *row, enum metric metric)
{
	return row->has >> metric & 1;
}

int figure_row_compare(const struct figure_row *a, const struct figure_row *b)
{
	int order = strcmp(a->phase, b->phase);

	if (!order)
		order = (a->table > b->table) - (a->table < b->table);
	return order ? order : strcmp(a->key, b->key);
}

static int compare_rows(const void *a, const void *b)
{
	return figure_row_compare(a, b);
}

bool figures_sort(struct figures *figures)
{
	if (figures->count)
		qsort(figures->rows, figures->count, sizeof(*figures->rows), compare_rows);
	for (size_t i = 1; i < figures->count; i++)
		if (!figure_row_compare(&figures->rows[i - 1], &figures->rows[i]))
			return false;
	return true;
}

const struct figure_row *figures_find(const struct figures *figures, const struct figure_row *like)
{
	if (!figures->count)
		return NULL;
	return bsearch(like, figures->rows, figures->count, sizeof(*figures->rows), compare_rows);
}

void figures_union(struct figures *all, const struct figures *runs, size_t count)
{
	size_t kept = 0;

	*all = (struct figures){0};
	for (size_t i = 0; i < count; i++)
		for (size_t r = 0; r < runs[i].count; r++)
			figures_new_row(all, runs[i].rows[r].table, runs[i].rows[r].phase,
					runs[i].rows[r].key);
	figures_sort(all);
	for (size_t i = 0; i < all->count; i++)
		if (!kept || figure_row_compare(&all->rows[kept - 1], &all->rows[i]))
			all->rows[kept++] = all->rows[i];
	all->count = kept;
}

void figures_free(struct figures *figures)
{
	free(figures->rows);
	*figures = (struct figures){0};
}

char *figure_title(const struct figure_row *row, char *text, size_t size)
{
	const char *table = figure_tables[row->table].name;
	int used = row->table == TABLE_RUN     ? snprintf(text, size, "the run")
		   : row->table == TABLE_EXITS ? snprintf(text, size, "all exits")
					       : snprintf(text, size, "%s %s", table, row->key);

	if (row->table == TABLE_RUN && *row->phase)
		snprintf(text, size, "phase %s", row->phase);
	else if (*row->phase && used >= 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, " in phase %s", row->phase);
	return text_clean(text);
}
