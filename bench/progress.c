// SPDX-License-Identifier: GPL-2.0-only
#include "bench/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

double vtb_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void vtb_progress_start(struct vtb_progress *progress, size_t total)
{
	*progress = (struct vtb_progress){
	    .terminal = isatty(STDERR_FILENO), .total = total, .started = vtb_now()};
}

static void print_cell(const struct vtb_progress *progress, const struct vtb_result *result)
{
	char name[128];

	vtb_cell_name(&result->cell, ' ', name, sizeof(name));
	fprintf(stderr, "[%zu/%zu] %s: ", progress->done, progress->total, name);
	if (!result->ok)
		fprintf(stderr, "FAILED: %s\n", result->error);
	else if (result->total == VTB_UNKNOWN)
		fprintf(stderr, "ok (not recorded)\n");
	else
		fprintf(stderr, "%.1f %s/op, ok\n", (double)result->total / (double)result->ops,
			result->unit);
}

void vtb_progress_cell(struct vtb_progress *progress, const struct vtb_result *result)
{
	progress->done++;
	progress->failed += !result->ok;
	if (progress->terminal && result->ok)
		return;
	vtb_progress_clear(progress);
	print_cell(progress, result);
}

void vtb_progress_draw(struct vtb_progress *progress, const char *running)
{
	struct winsize size = {.ws_col = 80};
	char line[sizeof(progress->drawn)];
	int used;

	if (!progress->terminal)
		return;
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	used = snprintf(line, sizeof(line), "[%zu/%zu] %.0f s", progress->done, progress->total,
			vtb_now() - progress->started);
	if (progress->failed)
		used += snprintf(line + used, sizeof(line) - (size_t)used, ", %zu failed",
				 progress->failed);
	if (*running)
		snprintf(line + used, sizeof(line) - (size_t)used, "; running %s", running);
	if (!strcmp(line, progress->drawn))
		return;
	strcpy(progress->drawn, line);
	/* A line that wraps could not be drawn over. */
	fprintf(stderr, "\r\033[K%.*s", size.ws_col > 1 ? size.ws_col - 1 : 79, line);
}

void vtb_progress_clear(struct vtb_progress *progress)
{
	if (progress->terminal)
		fputs("\r\033[K", stderr);
	*progress->drawn = '\0';
}
