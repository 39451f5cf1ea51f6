/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Change points of a series by E-divisive means: where its distribution becomes another, with no
 * assumption of what it is. D. S. Matteson, N. A. James: A Nonparametric Approach for Multiple Change
 * Point Analysis of Multivariate Data, JASA 109 (2014); as Hunter (Apache Otava) and MongoDB use it.
 */
#ifndef EXITSTAT_EDIVISIVE_H
#define EXITSTAT_EDIVISIVE_H

#include <stddef.h>
#include <stdint.h>

struct edivisive_options {
	size_t least;	       /* values between two change points, at least 2 */
	unsigned permutations; /* of the test */
	double significance;   /* p at most, for a change point */
	uint64_t seed;	       /* the same one, the same answer */
};

#define EDIVISIVE_DEFAULTS                                                                         \
	{                                                                                          \
		.least = 3, .permutations = 499, .significance = 0.01, .seed = 1                   \
	}

struct change_point {
	size_t at; /* the first value after the change */
	double p;  /* the probability of so strong a one by chance */
};

/** Find them, in order; @points has room for @count. Returns how many there are. Time: the square of
 *  @count for each permutation. */
size_t edivisive(const double *values, size_t count, const struct edivisive_options *options,
		 struct change_point *points);

#endif
