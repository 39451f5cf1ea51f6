/* SPDX-License-Identifier: GPL-2.0-only */
/* exitstat diff of two results of vtbench (results.jsonl), or of one with a stored baseline. */
#ifndef EXITSTAT_DIFF_RESULTS_H
#define EXITSTAT_DIFF_RESULTS_H

#include "diff.h"

/** Compare them, cell by cell and figure by figure, and print: an enum exitstat_status. */
int diff_results(const struct diff *diff);

#endif
