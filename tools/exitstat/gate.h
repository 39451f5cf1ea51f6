/* SPDX-License-Identifier: GPL-2.0-only */
/* What exitstat gate found, and the forms in which it says so. */
#ifndef EXITSTAT_GATE_H
#define EXITSTAT_GATE_H

#include "measured.h"
#include "rules.h"
#include "samples.h"

#define GATE_CONFIDENCE 0.95

enum outcome { OUTCOME_PASS, OUTCOME_BETTER, OUTCOME_UNCERTAIN, OUTCOME_WORSE, OUTCOMES };

/** One figure, judged. */
struct judged {
	struct figure_row row; /* which; its values mean nothing */
	enum metric metric;
	const struct rule *rule;
	double a, b;		  /* medians, of one run its value */
	double allowed;		  /* change for the worse */
	struct interval interval; /* of the change; of an exact figure just the change */
	enum outcome outcome;
};

struct gate {
	const char *baseline, *trace; /* what messages call them */
	struct measured before, now;
	struct rules rules;
	bool rules_are_default; /* nobody gave any */
	struct judged *list;	/* the worst first */
	size_t count, of[OUTCOMES];
	char
	    *changed; /* where there is a regression: where the time went, in a sentence; or NULL */
	char why[512]; /* it cannot be judged: what, why and what to do; "" if it was */
};

/** Judge each figure that a rule selects. */
void gate_judge(struct gate *gate);
/** enum exitstat_status */
int gate_status(const struct gate *gate);
/** "regression", "pass", "cannot judge" */
const char *gate_verdict(const struct gate *gate);
/** A sentence that says what was found, and what to do. */
const char *gate_sentence(const struct gate *gate, char *text, size_t size);
/** "count of reason cpuid in phase alpha: 100 -> 103 (+3, +3.00 %), allowed 0" */
const char *judged_sentence(const struct gate *gate, const struct judged *judged, char *text,
			    size_t size);
/** The worst or, if there is none, the others that are not as before: what a summary shows. */
bool judged_shown(const struct judged *judged);

void gate_print_text(const struct gate *gate, FILE *file);
void gate_print_markdown(const struct gate *gate, FILE *file);
void gate_print_junit(const struct gate *gate, FILE *file);
void gate_print_github(const struct gate *gate, FILE *file);
void gate_print_json(const struct gate *gate, FILE *file);

#endif
