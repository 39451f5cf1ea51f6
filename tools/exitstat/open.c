// SPDX-License-Identifier: GPL-2.0-only
/* Opening and draining a source: a trace directory or a running VM. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "exitstat.h"
#include "progress.h"
#include "trace/kvm_source.h"

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
	switch (option) {
	case OPTION_ATTACH:
		args->attaching = true;
		args->attach = optarg;
		return 0;
	case OPTION_SOURCE:
		args->kvm = !strcmp(optarg, "kvm");
		if (args->kvm)
			return 0;
		usage_error(options, "--source %s: no such source; there is kvm", optarg);
		return -1;
	case OPTION_PID:
		if (parse_number(optarg, 1, INT32_MAX, &args->kvm_pid))
			return 0;
		usage_error(options, "--pid %s: not the number of a process", optarg);
		return -1;
	case OPTION_VM:
		args->kvm_vm = optarg;
		return 0;
	case OPTION_EXITS_ONLY:
		args->kvm_exits_only = true;
		return 0;
	default:
		if (parse_number(optarg, 1, UINT32_MAX, &args->seconds))
			return 0;
		usage_error(options, "--for %s: not a number of seconds", optarg);
		return -1;
	}
}

/** Options that only go together, or never do. */
static int source_check_kvm(const struct source_args *args, const struct options *options)
{
	if (args->kvm && args->attaching)
		usage_error(options, "--source kvm and --attach: give one of them");
	else if (args->kvm && args->kvm_pid && args->kvm_vm)
		usage_error(options, "--pid and --vm: give one of them");
	else if (!args->kvm && (args->kvm_pid || args->kvm_vm || args->kvm_exits_only))
		usage_error(options, "%s: only with --source kvm",
			    args->kvm_pid  ? "--pid"
			    : args->kvm_vm ? "--vm"
					   : "--exits-only");
	else
		return 0;
	return -1;
}

int source_operand(struct source_args *args, const struct options *options)
{
	int left = options->argc - optind;

	if (source_check_kvm(args, options) < 0)
		return -1;
	if (left > 0 && !args->attaching && !args->kvm) {
		args->dir = options->argv[optind++];
		left--;
	} else if (left > 0 && !args->attach && !args->kvm) { /* --attach NAME */
		args->attach = options->argv[optind++];
		left--;
	}
	if (left > 0)
		usage_error(options, "%s: one operand too many", options->argv[optind]);
	else if (!args->dir && !args->attaching && !args->kvm)
		usage_error(options, "name a recorded trace, or a running VM with --attach");
	else if (args->dir && args->seconds)
		usage_error(options, "--for: only with --attach or --source kvm");
	else
		return 0;
	return -1;
}

const char *source_title(const struct source_args *args)
{
	if (args->dir)
		return args->dir;
	if (args->kvm)
		return args->kvm_vm ? args->kvm_vm : "KVM";
	return args->attach ? args->attach : "the running VM";
}

static struct vts_source *open_kvm(const struct source_args *args, struct vts_error *error)
{
	const struct vts_kvm_options options = {
	    .pid = (pid_t)args->kvm_pid, .name = args->kvm_vm, .exits_only = args->kvm_exits_only};
	struct vts_source *source = vts_source_open_kvm(&options, error);
	const char *absent = source ? vts_source_env(source, "absent") : NULL;

	if (absent)
		complain("KVM: this kernel has no tracepoints %s: what they tell is left out",
			 absent);
	return source;
}

struct vts_source *source_open(const struct source_args *args)
{
	struct vts_error error;
	struct vts_source *source = args->dir	? vts_source_open_dir(args->dir, &error)
				    : args->kvm ? open_kvm(args, &error)
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

static int drain(struct vts_source *source, uint64_t seconds, struct progress *progress,
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
		progress_add(progress, count);
		if (!count) {
			if (vts_source_ended(source))
				return 0;
			nanosleep(&pause, NULL);
		}
	}
}

int source_drain(struct vts_source *source, uint64_t seconds,
		 int (*take)(void *context, const struct vts_event *events, size_t count),
		 void *context)
{
	struct progress progress;
	int status;

	progress_start(&progress, vts_source_total(source));
	status = drain(source, seconds, &progress, take, context);
	progress_end(&progress);
	return status;
}
