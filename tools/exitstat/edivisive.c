// SPDX-License-Identifier: GPL-2.0-only
#include "edivisive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exitstat.h"

/** Scratch for one segment. */
struct scratch {
	double *prefix;	 /* [i]: distances of the value at hand to the first i */
	double *before;	 /* [i]: of all pairs among the first i */
	double *between; /* [i]: of the first i to those behind, so far */
	double *behind;	 /* [i]: of all pairs among those behind the first i, so far */
};

struct search {
	const struct edivisive_options *options;
	struct scratch scratch;
	double *shuffled;
	uint64_t random;
	struct change_point *points;
	size_t found;
};

struct split {
	double strength; /* 0: none */
	size_t at;
};

/** Equation 5: n * m / (n + m) times the energy distance of the two samples. */
static double strength(double between, double before, double behind, double n, double m)
{
	double energy =
	    2 * between / (n * m) - 2 * before / (n * (n - 1)) - 2 * behind / (m * (m - 1));

	return n * m / (n + m) * energy;
}

/** The strongest split of a segment: over where it is, and over where what follows it ends (a later
 *  change must not hide an earlier one): equation 7. */
static struct split split_segment(const struct search *search, const double *values, size_t count)
{
	const struct scratch *s = &search->scratch;
	size_t least = search->options->least;
	struct split best = {0};

	memset(s->between, 0, (count + 1) * sizeof(double));
	memset(s->behind, 0, (count + 1) * sizeof(double));
	s->before[0] = 0;
	for (size_t end = 0; end < count; end++) { /* the value at hand is the last that follows */
		s->prefix[0] = 0;
		for (size_t i = 0; i < end; i++)
			s->prefix[i + 1] = s->prefix[i] + fabs(values[end] - values[i]);
		s->before[end + 1] = s->before[end] + s->prefix[end];
		for (size_t at = least; at <= end; at++) {
			s->between[at] += s->prefix[at];
			s->behind[at] += s->prefix[end] - s->prefix[at];
			if (end + 1 - at >= least) {
				double q = strength(s->between[at], s->before[at], s->behind[at],
						    (double)at, (double)(end + 1 - at));

				if (q > best.strength)
					best = (struct split){q, at};
			}
		}
	}
	return best;
}

/** splitmix64: Steele, Lea, Flood, OOPSLA 2014 */
static uint64_t draw(struct search *search)
{
	uint64_t z = search->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void shuffle(struct search *search, const double *values, size_t count)
{
	memcpy(search->shuffled, values, count * sizeof(*values));
	for (size_t left = count; left > 1; left--) {
		double *a = &search->shuffled[left - 1];
		double *b = &search->shuffled[draw(search) % left];
		double value = *a;

		*a = *b;
		*b = value;
	}
}

/** The share of shuffled segments, this one among them, that have a split as strong; it ends once
 *  that is more than is significant. */
static double chance(struct search *search, const double *values, size_t count, double found)
{
	unsigned all = search->options->permutations + 1, as_strong = 1;

	for (unsigned i = 1; i < all; i++) {
		shuffle(search, values, count);
		as_strong += split_segment(search, search->shuffled, count).strength >= found;
		if (as_strong > search->options->significance * all)
			break;
	}
	return (double)as_strong / all;
}

/**
 * Split the values from @start to @end, and what that gives. Each segment is tested by itself: were all
 * shuffled together, as in the paper, one that varies much would hide the changes of a calm one.
 * Depth: at most the number of change points.
 */
static void search_segment(struct search *search, const double *values, size_t start, size_t end)
{
	struct split split;
	double p;

	if (end - start < 2 * search->options->least)
		return;
	split = split_segment(search, values + start, end - start);
	if (split.strength <= 0)
		return;
	p = chance(search, values + start, end - start, split.strength);
	if (p > search->options->significance)
		return;
	search_segment(search, values, start, start + split.at);
	search->points[search->found++] = (struct change_point){start + split.at, p};
	search_segment(search, values, start + split.at, end);
}

static double *doubles(size_t count)
{
	double *made = calloc(count + 1, sizeof(*made));

	if (!made)
		die_of_memory();
	return made;
}

size_t edivisive(const double *values, size_t count, const struct edivisive_options *options,
		 struct change_point *points)
{
	struct search search = {.options = options, .random = options->seed, .points = points};

	search.scratch =
	    (struct scratch){doubles(count), doubles(count), doubles(count), doubles(count)};
	search.shuffled = doubles(count);
	search_segment(&search, values, 0, count);
	free(search.scratch.prefix);
	free(search.scratch.before);
	free(search.scratch.between);
	free(search.scratch.behind);
	free(search.shuffled);
	return search.found;
}
