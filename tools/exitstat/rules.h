/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a gate allows. A rule is a line of words: a metric, selectors, thresholds:
 *
 *   p99 reason=cpuid phase=alpha rel=2% abs=10
 *
 * The metric is a name of figures.def, or * for all. Selectors: TABLE=KEY (reason=cpuid), table=NAME,
 * phase=NAME (phase= : the whole run, not its phases). Thresholds: abs=N, in the trace's unit or in
 * number; rel=N%, of the baseline; the larger of the two is what is allowed; exact: nothing is.
 * up (the default), down or both: which way is worse. ignore: not judged. Of the rules that select a
 * figure the last one counts. # begins a comment.
 */
#ifndef EXITSTAT_RULES_H
#define EXITSTAT_RULES_H

#include "figures.h"

enum rule_worse { WORSE_UP, WORSE_DOWN, WORSE_BOTH };

#define RULE_TEXT_MAX 200

struct rule {
	char text[RULE_TEXT_MAX]; /* as it was given */
	int metric;		  /* -1: all */
	int table;		  /* -1: all */
	bool any_key, any_phase;
	char key[FIGURE_KEY_MAX], phase[FIGURE_PHASE_MAX];
	bool ignore, has_threshold; /* without one: that of the figure's type */
	double absolute, relative;
	enum rule_worse worse;
	size_t judged; /* figures that it decided; the gate counts */
};

struct rules {
	struct rule *list;
	size_t count, room;
};

/** Add a rule; @where names it in errors. 0, or -1 and @error. An empty line or a comment is no
 *  rule. */
int rules_add(struct rules *rules, const char *line, const char *where, struct vts_error *error);
int rules_load(struct rules *rules, const char *path, struct vts_error *error);
/** What is judged where nobody says: all counts, and of the times what the others follow from. */
void rules_default(struct rules *rules);
void rules_free(struct rules *rules);

/** The rule that decides a figure, or NULL; it may say ignore. */
struct rule *rules_find(const struct rules *rules, const struct figure_row *row,
			enum metric metric);
/** How much more than @baseline is allowed: @exact is whether the engine is deterministic. */
double rule_allows(const struct rule *rule, enum metric metric, bool exact, double baseline);

#endif
