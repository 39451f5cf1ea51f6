/* SPDX-License-Identifier: GPL-2.0-only */
#include "checksum.h"

#include <string.h>

/* 2^64 divided by the golden ratio, odd: multiplying by it is a bijection that spreads low bits
 * upwards. */
#define MULTIPLIER 0x9e3779b97f4a7c15ull

/*
 * Each step is a bijection of the state for a given word, and of the word for a given state. So a
 * change within one word never cancels out.
 */
static inline uint64_t mix(uint64_t state, uint64_t word)
{
	state ^= word;
	state = state << 23 | state >> 41;
	return state * MULTIPLIER;
}

/*
 * One lane for each word of a line: they do not wait for one another. Each is a variable of its own,
 * so that it stays in a register: a sum of a packet is what its reader waits for.
 */
struct lanes {
	uint64_t a, b, c, d, e, f, g, h;
};

static const struct lanes start = {1, 2, 3, 4, 5, 6, 7, 8};

static inline uint64_t word(const void *line, unsigned number)
{
	uint64_t value;

	memcpy(&value, (const char *)line + number * sizeof(value), sizeof(value));
	return value;
}

static inline struct lanes add_line(struct lanes lanes, const void *line)
{
	return (struct lanes){mix(lanes.a, word(line, 0)), mix(lanes.b, word(line, 1)),
			      mix(lanes.c, word(line, 2)), mix(lanes.d, word(line, 3)),
			      mix(lanes.e, word(line, 4)), mix(lanes.f, word(line, 5)),
			      mix(lanes.g, word(line, 6)), mix(lanes.h, word(line, 7))};
}

static inline struct lanes add_lines(struct lanes lanes, const char *line, size_t count)
{
	for (size_t i = 0; i < count; i++)
		lanes = add_line(lanes, line + i * VTS_RECORD_BYTES);
	return lanes;
}

static inline uint64_t finish(struct lanes lanes, uint64_t sum)
{
	sum = mix(mix(mix(mix(sum, lanes.a), lanes.b), lanes.c), lanes.d);
	return mix(mix(mix(mix(sum, lanes.e), lanes.f), lanes.g), lanes.h);
}

uint64_t check_sum(const void *lines, size_t count)
{
	return finish(add_lines(start, lines, count), count);
}

#ifdef __x86_64__
/* What a sum waits for is the multiplication before it. With all lanes in one register there is room for
 * a second packet's, which takes no longer. */
typedef uint64_t lanes512 __attribute__((vector_size(64), aligned(8), may_alias));

static inline __attribute__((always_inline, target("avx512f,avx512dq"))) lanes512
mix512(lanes512 state, lanes512 words)
{
	state ^= words;
	state = state << 23 | state >> 41;
	return state * MULTIPLIER;
}

static __attribute__((target("avx512f,avx512dq"))) void sum_two512(const void *a, const void *b,
								   size_t count, uint64_t sums[2])
{
	lanes512 state[2] = {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8}};
	const lanes512 *line[2] = {a, b};
	struct lanes lanes[2];

	for (size_t i = 0; i < count; i++) {
		state[0] = mix512(state[0], line[0][i]);
		state[1] = mix512(state[1], line[1][i]);
	}
	memcpy(lanes, state, sizeof(lanes));
	sums[0] = finish(lanes[0], count);
	sums[1] = finish(lanes[1], count);
}

bool check_sums_two(const void *a, const void *b, size_t count, uint64_t sums[2])
{
	if (!__builtin_cpu_supports("avx512dq"))
		return false;
	sum_two512(a, b, count, sums);
	return true;
}
#else
bool check_sums_two(const void *a, const void *b, size_t count, uint64_t sums[2])
{
	(void)a, (void)b, (void)count, (void)sums;
	return false;
}
#endif

uint8_t check_byte(const void *line)
{
	uint64_t all = 0;

	for (unsigned j = 0; j < 8; j++)
		all ^= word(line, j);
	all ^= all >> 32;
	all ^= all >> 16;
	all ^= all >> 8;
	return (uint8_t)all;
}

static uint64_t sum_of_trailer(const struct check_trailer *trailer, size_t records)
{
	const char *line = (const char *)trailer;
	size_t lines = check_trailer_bytes(records) / VTS_RECORD_BYTES;
	uint64_t first[8];

	memcpy(first, line, sizeof(first));
	first[offsetof(struct check_trailer, self) / 8] = 0;
	return finish(add_lines(add_line(start, first), line + VTS_RECORD_BYTES, lines - 1), lines);
}

bool check_trailer_intact(const struct check_trailer *trailer, size_t records)
{
	return trailer->magic == CHECK_MAGIC && trailer->self == sum_of_trailer(trailer, records);
}

void check_trailer_fill(struct check_trailer *trailer, const struct vts_packet_header *header,
			const struct vts_event *first, size_t records)
{
	memset(trailer, 0, check_trailer_bytes(records));
	trailer->magic = CHECK_MAGIC;
	trailer->header = check_sum(header, 1);
	trailer->records = check_sum(first, records);
	trailer->bytes[0] = check_byte(header);
	for (size_t i = 0; i < records; i++)
		trailer->bytes[1 + i] = check_byte(&first[i]);
	trailer->self = sum_of_trailer(trailer, records);
}

uint64_t check_text(const char *text, size_t bytes)
{
	uint64_t sum = bytes;

	for (size_t i = 0; i < bytes; i++)
		sum = mix(sum, (unsigned char)text[i]);
	return sum;
}
