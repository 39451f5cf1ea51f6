/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gives vmtop something to show: the life of tests/unit/vmtop_events.h,
 *   vmtop-source record DIR [LOST]    recorded, with so many records lost
 *   vmtop-source rich DIR             recorded: the life of tests/unit/vmtop_rich.h
 *   vmtop-source wild DIR SEED        recorded: records of which every bit is a matter of chance
 *   vmtop-source live NAME SECONDS    published under NAME, spread evenly over so many seconds;
 *                                     then it stays there until it is killed
 *   vmtop-source rate NAME N SECONDS   published under NAME: N records a second for so long
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/vmtop_events.h"
#include "tests/unit/vmtop_rich.h"
#include "trace/publish.h"

#define STEP_SECONDS 0.01

static int fail(const struct vts_error *error)
{
	fprintf(stderr, "vmtop-source: %s\n", error->text);
	return 2;
}

static void step(struct vts_publisher *publisher)
{
	const struct timespec nap = {.tv_nsec = (long)(STEP_SECONDS * 1e9)};

	nanosleep(&nap, NULL);
	vts_publish_accept(publisher);
}

static int live(const char *name, double seconds)
{
	static struct vts_event events[VMTOP_EVENTS_COUNT];
	size_t steps = (size_t)(seconds / STEP_SECONDS) + 1, done = 0;
	struct vts_error error;
	char *metadata = vmtop_metadata(name, "mixed.elf");
	struct vts_publisher *publisher =
	    vts_publish_create(name, metadata, 32768, 64, 0, 0, &error);

	free(metadata);
	if (!publisher)
		return fail(&error);
	vmtop_events(events);
	for (size_t i = 1; i <= steps; i++) {
		size_t end = VMTOP_EVENTS_COUNT * i / steps;

		vts_publish_append(publisher, events + done, end - done, 0);
		done = end;
		step(publisher);
	}
	vts_publish_end(publisher);
	for (;;)
		step(publisher);
}

/** The life of vmtop_rich.h again and again, each time later, in a ring as large as vtrun's. */
static int rate(const char *name, double per_second, double seconds)
{
	static struct vts_event life[VMTOP_RICH_MAX];
	size_t count = vmtop_rich(life) - 1; /* the VM's end comes once, if ever */
	uint64_t span = life[count].tsc - life[0].tsc;
	struct vts_error error;
	char *metadata = vmtop_metadata(name, "rich.elf");
	struct vts_publisher *publisher =
	    vts_publish_create(name, metadata, 32768, 1024, 0, 0, &error);
	struct timespec next;

	free(metadata);
	if (!publisher)
		return fail(&error);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (double done = 0; done < per_second * seconds; done += (double)count) {
		vts_publish_append(publisher, life, count, 0);
		for (size_t i = 0; i < count; i++) {
			life[i].tsc += span;
			life[i].exit_tsc += span;
		}
		vts_publish_accept(publisher);
		next.tv_nsec += (long)((double)count / per_second * 1e9);
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	vts_publish_end(publisher);
	for (;;)
		step(publisher);
}

/** Whole packets with right sums, and nothing in them that a reader may rely on. */
static int wild(const char *path, uint64_t seed)
{
	static struct vts_event events[1000];
	struct vts_error error;
	uint64_t state = seed * 2 + 1;

	for (size_t i = 0; i < sizeof(events) / 8; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		((uint64_t *)events)[i] = state ^ state >> 29;
	}
	for (size_t i = 0; i < 1000; i++) {
		events[i].kind %= VTS_KIND_COUNT + 1;
		if (i % 2)
			events[i].tsc >>= i % 64;
	}
	return vmtop_record_events(path, "wild.elf", events, 1000, &error) < 0 ? fail(&error) : 0;
}

static int rich(const char *path)
{
	static struct vts_event events[VMTOP_RICH_MAX];
	struct vts_error error;
	size_t count = vmtop_rich(events);

	return vmtop_record_events(path, "rich.elf", events, count, &error) < 0 ? fail(&error) : 0;
}

int main(int argc, char **argv)
{
	struct vts_error error;

	if (argc >= 3 && strcmp(argv[1], "record") == 0) {
		uint64_t lost = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

		return vmtop_record(argv[2], "mixed.elf", lost, &error) < 0 ? fail(&error) : 0;
	}
	if (argc == 3 && strcmp(argv[1], "rich") == 0)
		return rich(argv[2]);
	if (argc == 4 && strcmp(argv[1], "wild") == 0)
		return wild(argv[2], strtoull(argv[3], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "live") == 0)
		return live(argv[2], atof(argv[3]));
	if (argc == 5 && strcmp(argv[1], "rate") == 0)
		return rate(argv[2], atof(argv[3]), atof(argv[4]));
	fprintf(stderr, "usage: vmtop-source record DIR [LOST] | rich DIR | wild DIR SEED | live "
			"NAME SECONDS\n");
	return 2;
}
