/* SPDX-License-Identifier: GPL-2.0-only */
/* The sums of recorded packets: as the format says, however they are made. */
#include <criterion/criterion.h>
#include <string.h>

#include "trace/checksum.h"

#define LINES 530

static _Alignas(64) struct vts_event lines[2 * LINES + 1];

static void fill(void)
{
	uint64_t state = 88172645463325252ull;

	for (size_t i = 0; i < sizeof(lines) / 8; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		((uint64_t *)lines)[i] = state ^ state >> 29;
	}
}

/** docs/trace-format.md, step by step. */
static uint64_t plain_sum(const uint64_t *word, size_t count)
{
	uint64_t lane[8] = {1, 2, 3, 4, 5, 6, 7, 8}, sum = count;

	for (size_t i = 0; i <= count; i++)
		for (unsigned j = 0; j < 8; j++) {
			uint64_t *state = i < count ? &lane[j] : &sum;

			*state ^= i < count ? word[i * 8 + j] : lane[j];
			*state = (*state << 23 | *state >> 41) * 0x9e3779b97f4a7c15ull;
		}
	return sum;
}

Test(checksum, is_what_the_format_says)
{
	fill();
	for (size_t count = 0; count <= LINES; count += 1 + count / 8)
		cr_assert_eq(check_sum(lines, count), plain_sum((const uint64_t *)lines, count));
}

Test(checksum, of_two_at_once_are_those_of_each)
{
	uint64_t sums[2];

	fill();
	for (size_t count = 0; count <= LINES; count += 1 + count / 8) {
		if (!check_sums_two(lines, lines + count + 1, count, sums))
			cr_skip_test("no AVX-512DQ here");
		cr_assert_eq(sums[0], check_sum(lines, count));
		cr_assert_eq(sums[1], check_sum(lines + count + 1, count));
	}
}
