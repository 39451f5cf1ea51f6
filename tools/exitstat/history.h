/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of many commits, in one file: a measurement a line (its stored form, and `commit` and
 * perhaps `title`), the oldest first.
 */
#ifndef EXITSTAT_HISTORY_H
#define EXITSTAT_HISTORY_H

#include "edivisive.h"
#include "measured.h"
#include "rules.h"

struct history_entry {
	const char *commit, *title; /* title may be NULL; both are line's */
	json_t *line;
	char where[160]; /* file and line, for messages */
	struct measured measured;
	size_t group; /* entries of one group can be compared */
};

struct history {
	struct history_entry *list;
	size_t count, groups;
};

/** 0, or -1 and @error. A file that is not there is an empty history if @may_be_absent. */
int history_load(struct history *history, const char *path, bool may_be_absent,
		 struct vts_error *error);
void history_free(struct history *history);
/** Put a measurement at the end of the file. 0, or -1 and @error. */
int history_append(const char *path, const struct measured *measured, const char *commit,
		   const char *title, struct vts_error *error);

/** A figure that changed at a commit, and stayed so for a while. */
struct history_change {
	const struct history_entry *entry; /* the first after it */
	struct figure_row row;		   /* which; its values mean nothing */
	enum metric metric;
	double before,
	    after; /* medians of the commits since the change before and up to the next */
	size_t of_before, of_after; /* so many */
	double p; /* the probability that it is chance; 0 where figures are exact */
};

struct history_changes {
	struct history_change *list; /* by commit, then the largest first */
	size_t count, room;
	size_t series; /* that were looked at */
};

/**
 * Find the changes of the figures that a rule selects, in each group. Where figures are exact every
 * change is one that is larger than the rule allows; else by E-divisive means, and so large.
 */
void history_find(const struct history *history, const struct rules *rules,
		  const struct edivisive_options *options, struct history_changes *changes);
/** Of one series, at the entries @entry[]: for history_find. */
void history_find_series(const double *values, size_t count, bool exact,
			 const struct edivisive_options *options, struct history_changes *changes,
			 const struct history_change *like, const struct rule *rule,
			 const struct history_entry *const *entry);

void history_print_text(const struct history *history, const struct history_changes *changes,
			const char *path);
void history_print_json(const struct history *history, const struct history_changes *changes,
			const char *path);

#endif
