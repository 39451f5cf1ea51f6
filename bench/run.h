/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running a matrix: each cell in a fresh engine, several at a time.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench/cell.h"
#include "trace/source.h"

struct vtb_run_options {
	struct vtb_selection selection;
	unsigned jobs;	  /* cells at a time, at least 1 */
	unsigned timeout; /* of a cell, seconds */
	const char *out;  /* directory for the results */
	bool replace;	  /* results that are already there */
	bool keep_traces; /* under OUT/traces */
};

struct vtb_run_outcome {
	size_t cells, done, failed;
	int signal; /* that ended the run early; 0: none */
};

/**
 * Run a selection and write its results, in the matrix's order. The reasons of cells that are not
 * ok go to standard error as they come. 0, or -1 and @error if it could not go on; @outcome is
 * set in both cases.
 */
int vtb_run(const struct vtb_run_options *options, struct vtb_run_outcome *outcome,
	    struct vts_error *error);

#endif
