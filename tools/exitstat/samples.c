// SPDX-License-Identifier: GPL-2.0-only
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value)
{
	size_t at = samples->count++;

	for (; at && samples->value[at - 1] > value; at--)
		samples->value[at] = samples->value[at - 1];
	samples->value[at] = value;
}

void samples_of(const struct measured *measured, const struct figure_row *like, enum metric metric,
		struct samples *samples)
{
	enum metric_type type = metrics[metric].type;

	samples->count = 0;
	for (size_t i = 0; i < measured->count; i++) {
		const struct figure_row *row = figures_find(&measured->runs[i], like);

		if (row && figure_has(row, metric))
			samples_add(samples, row->value[metric]);
		else if (!row && (type == TYPE_COUNT || metric == METRIC_SUM))
			samples_add(samples, 0); /* it did not happen */
	}
}

double samples_median(const struct samples *samples)
{
	size_t half = samples->count / 2;

	if (!samples->count)
		return NAN;
	if (samples->count % 2)
		return samples->value[half];
	return (samples->value[half - 1] + samples->value[half]) / 2;
}

double samples_median_of(const struct measured *measured, const struct figure_row *like,
			 enum metric metric)
{
	struct samples samples;

	samples_of(measured, like, metric, &samples);
	return samples_median(&samples);
}

/* ---- the distribution of the rank sum ----------------------------------------------------------- */

#define RUNS_MAX (2 * MEASURED_RUNS_MAX)
/* Twice a mean rank is whole; the sum of MEASURED_RUNS_MAX of them is at most this. */
#define SUM_MAX (2 * RUNS_MAX * MEASURED_RUNS_MAX)

/** Twice the mean rank of each value of both samples together, those of @a first. */
static void rank_both(const struct samples *a, const struct samples *b, unsigned *rank)
{
	double all[RUNS_MAX];
	size_t count = a->count + b->count;

	memcpy(all, a->value, a->count * sizeof(*all));
	memcpy(all + a->count, b->value, b->count * sizeof(*all));
	for (size_t i = 0; i < count; i++) {
		unsigned below = 0, equal = 0;

		for (size_t j = 0; j < count; j++) {
			below += all[j] < all[i];
			equal += all[j] == all[i];
		}
		rank[i] = 2 * below + equal + 1;
	}
}

/** @ways[s] is the share of all choices of @take of @rank's @count whose sum is s. Returns the
 *  largest sum there can be; @ways has room for SUM_MAX. */
static size_t count_sums(const unsigned *rank, size_t count, size_t take, double *ways)
{
	double *of, all = 0; /* of[k * (most + 1) + s]: k chosen, of sum s */
	size_t most = 0;

	for (size_t i = 0; i < count; i++)
		most = rank[i] > most ? rank[i] : most;
	most *= take;
	of = calloc((take + 1) * (most + 1), sizeof(*of));
	if (!of)
		die_of_memory();
	of[0] = 1;
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1 < take ? i + 1 : take; k > 0; k--)
			for (size_t s = rank[i]; s <= most; s++)
				of[k * (most + 1) + s] += of[(k - 1) * (most + 1) + s - rank[i]];
	for (size_t s = 0; s <= most; s++)
		all += of[take * (most + 1) + s];
	for (size_t s = 0; s <= most; s++)
		ways[s] = of[take * (most + 1) + s] / all;
	free(of);
	return most;
}

double samples_p(const struct samples *a, const struct samples *b)
{
	unsigned rank[RUNS_MAX], sum = 0;
	double *ways, mean, p = 0;
	size_t most;

	if (!a->count || !b->count)
		return 1;
	ways = calloc(SUM_MAX + 1, sizeof(*ways));
	if (!ways)
		die_of_memory();
	rank_both(a, b, rank);
	for (size_t i = 0; i < a->count; i++)
		sum += rank[i];
	most = count_sums(rank, a->count + b->count, a->count, ways);
	mean = (double)(a->count * (a->count + b->count + 1));
	for (size_t s = 0; s <= most; s++)
		if (fabs((double)s - mean) >= fabs((double)sum - mean))
			p += ways[s];
	free(ways);
	return p < 1 ? p : 1;
}

/* ---- intervals ---------------------------------------------------------------------------------- */

/** How many of the lowest (and of the highest) pairwise differences lie outside the interval: the
 *  largest c with P(U < c) <= tail; 0 if there is none. U counts the pairs in order; without ties
 *  its distribution is widest, so that with ties the interval is only longer. */
static size_t pairs_outside(size_t a, size_t b, double tail)
{
	unsigned rank[RUNS_MAX];
	double *ways = calloc(SUM_MAX + 1, sizeof(*ways)), p = 0;
	size_t least = a * (a + 1), outside = 0;

	if (!ways)
		die_of_memory();
	for (size_t i = 0; i < a + b; i++)
		rank[i] = 2 * ((unsigned)i + 1);
	count_sums(rank, a + b, a, ways);
	for (size_t u = 0; u <= a * b; u++) {
		p += ways[least + 2 * u];
		if (p > tail)
			break;
		outside = u + 1;
	}
	free(ways);
	return outside;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct interval samples_shift(const struct samples *a, const struct samples *b, double confidence)
{
	double difference[MEASURED_RUNS_MAX * MEASURED_RUNS_MAX];
	size_t pairs = 0, outside;
	struct interval interval = {0};

	if (!a->count || !b->count)
		return interval;
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			difference[pairs++] = b->value[j] - a->value[i];
	qsort(difference, pairs, sizeof(*difference), compare);
	interval.shift = (difference[(pairs - 1) / 2] + difference[pairs / 2]) / 2;
	outside = pairs_outside(a->count, b->count, (1 - confidence) / 2);
	interval.known = outside > 0;
	if (interval.known) {
		interval.low = difference[outside - 1];
		interval.high = difference[pairs - outside];
	}
	return interval;
}

bool samples_suffice(size_t a, size_t b, double confidence)
{
	return a >= SAMPLES_LEAST && b >= SAMPLES_LEAST &&
	       pairs_outside(a, b, (1 - confidence) / 2) > 0;
}

struct interval samples_median_interval(const struct samples *samples, double confidence)
{
	struct interval interval = {.shift = samples_median(samples)};
	double tail = 0, ways = pow(0.5, (double)samples->count);
	size_t outside = 0;

	/* The number of values below the median is binomial, of n and 1/2. */
	for (size_t k = 0; k < samples->count; k++) {
		tail += ways;
		if (tail > (1 - confidence) / 2)
			break;
		outside = k + 1;
		ways *= (double)(samples->count - k) / (double)(k + 1);
	}
	interval.known = outside > 0;
	if (interval.known) {
		interval.low = samples->value[outside - 1];
		interval.high = samples->value[samples->count - outside];
	}
	return interval;
}
