/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * results.jsonl and results.csv, a line at a time: whatever happens, what is there are whole lines.
 */
#ifndef BENCH_STORE_H
#define BENCH_STORE_H

#include "bench/result.h"

struct vtb_store {
	int jsonl, csv;
	const char *dir; /* not owned */
};

/** Create directory @dir (and its parents) and both files. Earlier results there are refused,
 *  unless @replace. 0, or -1 and @error. */
int vtb_store_open(struct vtb_store *store, const char *dir, bool replace, struct vts_error *error);
/** Append a line to each. 0, or -1 and @error; a line that did not fit is taken back. */
int vtb_store_add(struct vtb_store *store, const struct vtb_result *result,
		  struct vts_error *error);
void vtb_store_close(struct vtb_store *store);

/** Create a directory and its parents. 0, or -1 and errno. */
int vtb_make_dirs(const char *path);
/** Remove a directory and all in it, if it is there. */
void vtb_remove_tree(const char *path);

#endif
