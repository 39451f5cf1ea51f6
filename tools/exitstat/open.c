// SPDX-License-Identifier: GPL-2.0-only
/* Opening and draining a source: a trace directory or a running VM. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "exitstat.h"

static volatile sig_atomic_t interrupt_seen;

static void interrupt_note(int signal)
{
	(void)signal;
	interrupt_seen = 1;
}

void interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = interrupt_note};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool interrupted(void)
{
	return interrupt_seen;
}

int source_option(struct source_args *args, const struct options *options, int option)
{
	if (option == OPTION_ATTACH) {
		args->attaching = true;
		args->attach = optarg;
	} else if (!parse_number(optarg, 1, UINT32_MAX, &args->seconds)) {
		usage_error(options, "--for %s: not a number of seconds", optarg);
		return -1;
	}
	return 0;
}

int source_operand(struct source_args *args, const struct options *options)
{
	int left = options->argc - optind;

	if (left > 0 && !args->attaching) {
		args->dir = options->argv[optind++];
		left--;
	} else if (left > 0 && !args->attach) { /* --attach NAME */
		args->attach = options->argv[optind++];
		left--;
	}
	if (left > 0)
		usage_error(options, "%s: one operand too many", options->argv[optind]);
	else if (!args->dir && !args->attaching)
		usage_error(options, "name a recorded trace, or a running VM with --attach");
	else if (args->dir && args->seconds)
		usage_error(options, "--for: only with --attach");
	else
		return 0;
	return -1;
}

const char *source_title(const struct source_args *args)
{
	if (args->dir)
		return args->dir;
	return args->attach ? args->attach : "the running VM";
}

struct vts_source *source_open(const struct source_args *args)
{
	struct vts_error error;
	struct vts_source *source = args->dir ? vts_source_open_dir(args->dir, &error)
					      : vts_source_attach(args->attach, &error);

	if (!source)
		complain("%s", error.text);
	return source;
}

bool source_check(const struct source_args *args, const struct vts_source *source, uint64_t events)
{
	const char *first;
	unsigned problems = vts_source_problems(source, &first);

	if (problems)
		complain("%s: damaged (%u problem%s; the first: %s): %s", source_title(args),
			 problems, problems == 1 ? "" : "s", first,
			 events ? "shown is what could be read" : "nothing could be read");
	else if (!events)
		complain("%s: no events in it: record the run again", source_title(args));
	return events > 0;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

int source_drain(struct vts_source *source, uint64_t seconds,
		 int (*take)(void *context, const struct vts_event *events, size_t count),
		 void *context)
{
	static const struct timespec pause = {.tv_nsec = 2000000};
	double end = seconds ? now() + seconds : 0;

	for (;;) {
		const struct vts_event *events;
		size_t count = vts_source_next(source, &events);

		if (count && take(context, events, count) < 0)
			return -1;
		if (interrupted() || (end && now() >= end))
			return 0;
		if (!count) {
			if (vts_source_ended(source))
				return 0;
			nanosleep(&pause, NULL);
		}
	}
}
