// SPDX-License-Identifier: GPL-2.0-only
/* Which known name did a mistyped one mean? */
#include <string.h>

#include "exitstat.h"

#define LONGEST 40 /* no name of ours is longer */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/** Edit distance: insertions, deletions, replacements, and swaps of two neighbours (Damerau
 *  1964). */
static unsigned distance(const char *a, const char *b)
{
	unsigned cost[LONGEST + 1][LONGEST + 1];
	size_t rows = strlen(a), columns = strlen(b);

	if (rows > LONGEST || columns > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= rows; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= columns; j++)
		cost[0][j] = j;
	for (size_t i = 1; i <= rows; i++) {
		for (size_t j = 1; j <= columns; j++) {
			unsigned change = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			cost[i][j] = least(change, cost[i - 1][j] + 1, cost[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    cost[i - 2][j - 2] + 1 < cost[i][j])
				cost[i][j] = cost[i - 2][j - 2] + 1;
		}
	}
	return cost[rows][columns];
}

const char *nearest_name(const char *word, const char *const *candidates)
{
	size_t length = strlen(word);
	unsigned best = 1 + (length > 8 ? 3 : length / 3 + 1);
	const char *name = NULL;

	for (; *candidates; candidates++) {
		unsigned far = length >= 2 && !strncmp(word, *candidates, length)
				   ? 1
				   : distance(word, *candidates);

		if (far < best) {
			best = far;
			name = *candidates;
		}
	}
	return name;
}
