/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging a result by those before it: the guest computed the same as on the bare machine, and a
 * repetition is the same to the last record.
 */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

#include "bench/result.h"

/** Set ok, or the error, of results[index], whose own measuring is done; looks only at those
 *  before it. */
void vtb_check(struct vtb_result *results, size_t index);

#endif
