/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was measured, by one or more runs of one configuration: its figures, and what must be the same
 * for two of them to be comparable. It comes from recorded traces, from results of vtbench, or from a file that
 * holds the same (a baseline, a line of a history).
 *
 * Results are of many cells (workload and configuration): each is a phase, named by its title, and has
 * the figures of its phase that vtbench counts.
 *
 * On a deterministic engine (unit instr) all runs are equal, so one is kept; figures of other engines
 * are samples, one a run.
 */
#ifndef EXITSTAT_MEASURED_H
#define EXITSTAT_MEASURED_H

#include "figures.h"
#include "json.h"

#define MEASURED_FORMAT	  1 /* of the stored form; a reader accepts every one up to its own */
#define MEASURED_RUNS_MAX 40

struct measured {
	const char *title; /* what messages call it; the caller's */
	json_t *about;	   /* abi, unit, compiler, and objects of texts: engine, workload,
			    * configuration, subject */
	bool exact;
	struct figures *runs;
	size_t count; /* of runs, at least 1 */
};

struct measured_options {
	const char *symbols; /* an ELF file, for figures by function; or NULL */
	bool force;	     /* take lossy and damaged traces too */
};

/** Read @paths: traces, each one run, or results of vtbench, each so many runs as its cells were
 *  repeated. 0, or -1 and @error: one cannot be read, lost events, is damaged or not repeatable, a
 *  cell is not ok, or they are not runs of one configuration. */
int measured_read(struct measured *measured, const char *const *paths, size_t count,
		  const struct measured_options *options, struct vts_error *error);
/** Add the runs that are in the results @path, as measured_read does. */
int measured_add_results(struct measured *measured, const char *path,
			 const struct measured_options *options, struct vts_error *error);
/** Add one run, called @title, whose @about and @figures it takes. 0, or -1 and @error. */
int measured_add(struct measured *measured, const char *title, json_t *about,
		 struct figures *figures, struct vts_error *error);
void measured_free(struct measured *measured);

/** Its unit, and a text of what is known about it; "" if it is not said. */
const char *measured_unit(const struct measured *measured);
const char *measured_about(const struct measured *measured, const char *object, const char *key);

/**
 * Whether both are of the same ABI, unit, compiler, engine, workload and configuration; the subject
 * (VMM and tools) may be another unless @same_subject. If not, @error says what, why and what to do.
 */
bool measured_match(const struct measured *a, const struct measured *b, bool same_subject,
		    struct vts_error *error);

/** The stored form, without a line's own additions. */
json_t *measured_json(const struct measured *measured);
/** From the stored form. @kind names it in errors ("baseline"); @where is the file, and perhaps the
 *  line. 0, or -1 and @error. */
int measured_parse(struct measured *measured, const json_t *stored, const char *kind,
		   const char *where, struct vts_error *error);
/** Write the stored form as text fit for git: a line a row. False: errno says why. */
bool measured_print(const json_t *stored, FILE *file);

/** Fill @error, cut to what fits; always -1. */
int fail(struct vts_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
