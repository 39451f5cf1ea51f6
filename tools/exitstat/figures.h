/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of one run, as baselines, the gate, the diff of repetitions and the history have them:
 * rows, each of a table (exits by reason, requests by device, ...), a key in it and a phase, with
 * its metrics. They are numbers below 2^53, so a double holds them exactly; means are rounded to
 * three places.
 */
#ifndef EXITSTAT_FIGURES_H
#define EXITSTAT_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tally.h"

enum figure_table {
#define TABLE(NAME, name, text) TABLE_##NAME,
#include "figures.def"
	TABLES
};

enum metric {
#define METRIC(NAME, name, type, text) METRIC_##NAME,
#include "figures.def"
	METRICS
};

enum metric_type {
	TYPE_COUNT, /* how often: on a deterministic engine the same in every run */
	TYPE_TIME,  /* in the trace's unit */
	TYPE_SAID   /* what the guest says: not judged unless asked for */
};

struct metric_info {
	const char *name;
	enum metric_type type;
	const char *text;
};

struct table_info {
	const char *name; /* also the selector: reason=cpuid */
	const char *text;
};

extern const struct metric_info metrics[METRICS];
extern const struct table_info figure_tables[TABLES];

#define FIGURE_LIMIT 9e18 /* what is more, in a damaged trace or file, is taken as this much */

#define FIGURE_PHASE_MAX 96 /* bytes; a phase's name has 16, the title of vtbench's cell more */
#define FIGURE_KEY_MAX	 96

struct figure_row {
	char phase[FIGURE_PHASE_MAX]; /* "": the whole run */
	char key[FIGURE_KEY_MAX];     /* "" where the table has one row */
	enum figure_table table;
	uint32_t has; /* bit m: it has metric m */
	double value[METRICS];
};

struct figures {
	struct figure_row *rows; /* in order of figure_row_compare */
	size_t count, room;
};

/** All figures of a whole run or, with @tally->phase, of the phases of that name. @whole: the tally
 *  of the whole run, which may be @tally. */
void figures_add(struct figures *figures, const struct tally *tally, const struct tally *whole);
/** A phase's name as figures have it: printable and without blanks. */
void figure_phase(const char *name, char text[FIGURE_PHASE_MAX]);
/** A new row at the end, empty; for readers of files. figures_sort comes last. */
struct figure_row *figures_new_row(struct figures *figures, enum figure_table table,
				   const char *phase, const char *key);
void figure_set(struct figure_row *row, enum metric metric, double value);
/** Put into order. False, and nothing else, if two rows are the same one. */
bool figures_sort(struct figures *figures);
void figures_free(struct figures *figures);
/** Every row that any of @count runs has, once, in order, without values: @all is new. */
void figures_union(struct figures *all, const struct figures *runs, size_t count);

/** By phase, table and key. */
int figure_row_compare(const struct figure_row *a, const struct figure_row *b);
/** The row that @like would be, or NULL. */
const struct figure_row *figures_find(const struct figures *figures, const struct figure_row *like);
/** Whether a figure is in the row. */
bool figure_has(const struct figure_row *row, enum metric metric);
/** "cpuid in phase alpha", "device uart", "the run": @text is returned, printable. */
char *figure_title(const struct figure_row *row, char *text, size_t size);

/** The number of a name in the tables; -1 if there is none. */
int metric_find(const char *name);
int figure_table_find(const char *name);
/** Their names, ended by NULL. */
const char *const *metric_names(void);

#endif
