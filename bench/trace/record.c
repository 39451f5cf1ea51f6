/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What recording one event takes, its time stamp included, beside other ways to record it:
 *   trace-record ROUNDS
 * Each round times a batch of events of each way, so that all of them see the same machine. Of each
 * way it prints the median and the 99.9th percentile over its batches, in nanoseconds an event, and
 * how many RDTSCs the median is. Exit status: 1 if ours takes more than the bar, 2 if it could not be
 * measured.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "method.h"

#define BATCH 100
#define BAR   1.3

/* LTTng last: to be its session's user, it gives up being root. */
static const struct method *const methods[] = {&method_rdtsc, &method_copy, &method_vtscope,
					       &method_bpf, &method_lttng};

#define METHODS (sizeof(methods) / sizeof(*methods))

struct measured {
	const char *why; /* it could not be */
	uint64_t *ticks; /* of each batch */
	size_t count;
	double median, tail; /* ns an event */
};

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void measure_round(struct measured *measured, unsigned round)
{
	for (size_t i = 0; i < METHODS; i++) {
		struct measured *it = &measured[i];
		uint64_t begin;

		if (it->why || round % methods[i]->every)
			continue;
		begin = method_tsc();
		methods[i]->events(BATCH);
		it->ticks[it->count++] = method_tsc() - begin;
		if (methods[i]->between)
			methods[i]->between();
	}
}

static void conclude(struct measured *it, double nanoseconds)
{
	if (it->why)
		return;
	qsort(it->ticks, it->count, sizeof(*it->ticks), compare);
	it->median = (double)it->ticks[it->count / 2] * nanoseconds / BATCH;
	it->tail = (double)it->ticks[it->count * 999 / 1000] * nanoseconds / BATCH;
}

static void print(const struct measured *measured)
{
	printf("%-24s %9s %9s %9s %9s\n", "", "batches", "ns median", "p99.9", "x RDTSC");
	for (size_t i = 0; i < METHODS; i++) {
		const struct measured *it = &measured[i];

		if (it->why)
			printf("%-24s not measured: %s\n", methods[i]->name, it->why);
		else
			printf("%-24s %9zu %9.2f %9.2f %9.2f\n", methods[i]->name, it->count,
			       it->median, it->tail, it->median / measured[0].median);
	}
}

/** Whether all events were recorded: else it was something else that was measured. */
static int check(const struct measured *measured)
{
	int status = 0;

	for (size_t i = 0; i < METHODS; i++) {
		uint64_t expected = measured[i].count * BATCH;
		uint64_t missing = measured[i].why ? 0 : methods[i]->missing(expected);

		if (!missing)
			continue;
		printf("%s: %" PRIu64 " of %" PRIu64 " events were not recorded\n",
		       methods[i]->name, missing, expected);
		status = 2;
	}
	return status;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
	struct measured measured[METHODS] = {0};
	double began, nanoseconds, ratio;
	uint64_t first;

	if (!rounds) {
		fputs("usage: trace-record ROUNDS\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < METHODS; i++) {
		measured[i].ticks = calloc(rounds, sizeof(uint64_t));
		if (!measured[i].ticks)
			return 2;
		if (!methods[i]->start(&measured[i].why))
			measured[i].why = NULL;
	}
	began = seconds();
	first = method_tsc();
	for (unsigned round = 0; round < rounds; round++)
		measure_round(measured, round);
	nanoseconds = (seconds() - began) * 1e9 / (double)(method_tsc() - first);
	for (size_t i = 0; i < METHODS; i++)
		conclude(&measured[i], nanoseconds);
	print(measured);
	if (check(measured))
		return 2;
	ratio = measured[2].median / measured[0].median;
	printf("bar: vtscope at most %.1f x RDTSC alone: %.2f: %s\n", BAR, ratio,
	       ratio <= BAR ? "holds" : "missed");
	return ratio > BAR;
}
