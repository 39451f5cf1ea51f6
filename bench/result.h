/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a cell's run gave: the fields of fields.def, and whether it can be trusted. As a line of
 * results.jsonl and back; as a line of results.csv.
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <jansson.h>

#include "bench/cell.h"
#include "trace/source.h"

#define VTB_UNKNOWN UINT64_MAX /* a NUMBER that is not known: null in JSON, empty in CSV */

struct vtb_result {
	struct vtb_cell cell;
	uint64_t ops; /* done, in the phase */
#define TEXT(name, bytes) char name[bytes];
#define NUMBER(name)	  uint64_t name;
#define COUNTS(name)	  json_t *name; /* owned; NULL: not known */
#include "bench/fields.def"
	char vtscope_version[32];
	char compiler[96];
	char engine_version[96];
	char *command; /* owned; may be NULL */
	double host_seconds;
	bool ok;
	char error[512]; /* why it is not ok */
};

/** Everything unknown, not ok. */
void vtb_result_init(struct vtb_result *result, const struct vtb_cell *cell);
void vtb_result_free(struct vtb_result *result);
/** Note that a result is not ok; the first reason is kept. */
void vtb_result_fail(struct vtb_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** A count of a COUNTS field, 0 if absent. */
uint64_t vtb_count(const json_t *counts, const char *name);

/** A cell's configuration, enough to run it again; NULL when out of memory. */
json_t *vtb_cell_to_json(const struct vtb_cell *cell);
/** The JSON object, or NULL when out of memory. */
json_t *vtb_result_to_json(const struct vtb_result *result);
/** Fill @result (not initialised) from an object. 0, or -1 and @error; then nothing needs to be
 *  freed. */
int vtb_result_from_json(struct vtb_result *result, const json_t *json, struct vts_error *error);

/**
 * The name of the first field in which two repetitions differ, or NULL if they are the same:
 * every count, every time, every record. What may differ (the repetition, the command, the host's
 * time) is not looked at.
 */
const char *vtb_result_difference(const struct vtb_result *a, const struct vtb_result *b);

/** One line of CSV (RFC 4180) to @file: the header's, or a result's. */
void vtb_csv_header(FILE *file);
void vtb_csv_line(FILE *file, const struct vtb_result *result);

/** All results of DIR/results.jsonl, malloc'd; free each, then the array. NULL and @error on
 *  failure. */
struct vtb_result *vtb_results_load(const char *dir, size_t *count, struct vts_error *error);
void vtb_results_free(struct vtb_result *results, size_t count);

#endif
