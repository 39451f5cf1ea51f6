// SPDX-License-Identifier: GPL-2.0-only
/* How far reading a long trace has come. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define STEP 65536 /* records between looks at the clock */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void progress_start(struct progress *progress, uint64_t total)
{
	*progress = (struct progress){.total = total, .off = !isatty(STDERR_FILENO)};
	if (!progress->off)
		progress->next = now() + 1;
}

void progress_add(struct progress *progress, uint64_t records)
{
	uint64_t before = progress->done, percent;

	progress->done += records;
	if (progress->off || before / STEP == progress->done / STEP || now() < progress->next)
		return;
	progress->next = now() + 0.25;
	progress->shown = true;
	if (progress->total) {
		percent = progress->done * 100 / progress->total;
		fprintf(stderr, "\rexitstat: read %u %%", percent < 100 ? (unsigned)percent : 99);
	} else {
		fprintf(stderr, "\rexitstat: read %.1f million events",
			(double)progress->done / 1e6);
	}
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
