// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text to the console, chunk=N bytes a call (default 64, a line); an operation is one byte. The
 * digest is over the text, which also arrives where the console leads.
 */
#include "workloads/lib/console.h"

#include "workloads/lib/args.h"
#include "workloads/lib/digest.h"
#include "workloads/lib/machine.h"
#include "workloads/lib/random.h"
#include "workloads/lib/workload.h"

#define CHUNK_MAX  4096u
#define LINE_BYTES 64u

static uint8_t text[CHUNK_MAX];
static uint64_t chunk;

static uint64_t console_prepare(uint64_t ops)
{
	uint64_t state = machine.boot->seed;

	chunk = args_number("chunk", LINE_BYTES, 1);
	if (chunk > CHUNK_MAX)
		chunk = CHUNK_MAX;
	for (uint64_t i = 0; i < chunk; i++)
		text[i] = (uint8_t)('a' + (random_next(&state) >> 32) % 26);
	for (uint64_t i = LINE_BYTES - 1; i < chunk; i += LINE_BYTES)
		text[i] = '\n';
	text[chunk - 1] = '\n';
	return ops;
}

static uint32_t console_sample(void)
{
	return (TIMED(console_write(text, chunk)) - TIMED()) / (uint32_t)chunk;
}

static void console_run(uint64_t ops)
{
	for (; ops > chunk; ops -= chunk)
		console_write(text, chunk);
	console_write(text, ops);
}

static uint64_t console_digest(uint64_t ops)
{
	uint64_t digest = digest_add(DIGEST_START, ops);

	for (uint64_t i = 0; i < ops; i++)
		digest = digest_add(digest, text[i % chunk]);
	if (text[(ops - 1) % chunk] != '\n')
		console_write("\n", 1);
	return digest;
}

const struct workload console_workload = {
    .name = "console",
    .keys = "chunk",
    .ops = 10000,
    .prepare = console_prepare,
    .sample = console_sample,
    .run = console_run,
    .digest = console_digest,
};
