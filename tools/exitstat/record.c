// SPDX-License-Identifier: GPL-2.0-only
/* exitstat record: the trace of a running VM, or of a new one, to a directory. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exitstat.h"
#include "filter.h"
#include "flight.h"
#include "text.h"

static const char help[] =
    "usage: exitstat record -o DIR [--attach [NAME]] [--for SECONDS]\n"
    "       exitstat record -o DIR --source kvm [--pid P | --vm NAME] [--for SECONDS]\n"
    "       exitstat record -o DIR -- VTRUN-ARGUMENTS\n"
    "\n"
    "Write the trace of a running VM to a directory, until the VM ends, or Ctrl-C; or start\n"
    "vtrun with these arguments, and record all of its VM. The directory is a CTF 1.8 trace,\n"
    "for exitstat report, vmtop --replay, babeltrace2 and Trace Compass.\n"
    "\n"
    "  -o, --output DIR  the directory: new, or empty\n"
    "  --attach [NAME]   a running VM; without a name, or without this option, the only one\n"
    "  --for SECONDS     stop after so long\n"
    "  --reasons R,...   only exits of these reasons, with what is recorded within them\n"
    "  --kinds K,...     only details of these kinds, such as tlb_flush; exits, marks and the\n"
    "                    VM's start and end are always recorded\n"
    "  --zstd            compress it: the streams are files vcpu0.zst ...; every view reads them\n"
    "  --events N        stop after so many events\n"
    "  --span T          stop when so much of the guest's time has passed, in the trace's unit\n"
    "  --last N          flight recorder: keep the last N events in memory, and write them only\n"
    "                    when a trigger fires\n"
    "  --trigger WHAT    what that is; the first of several: latency=X (an exit takes longer),\n"
    "                    reason=R, mark=NAME (of the guest), signal (SIGUSR1), end (of the VM);\n"
    "                    signal and end if none is named\n"
    "  --after N         with --last: and so many of the events that follow (0)\n" SOURCE_HELP
    "  -h, --help        print this\n"
    "\n"
    "Exit status: 0; 1 if no trigger fired: then nothing is written; 2 if the trace is not\n"
    "complete. With VTRUN-ARGUMENTS: vtrun's.\n";

enum { OPT_ZSTD = 256 };

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"zstd", no_argument, NULL, OPT_ZSTD},
    SOURCE_OPTIONS,
    FILTER_OPTIONS,
    FLIGHT_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct record_args {
	struct source_args source;
	struct filter filter;
	struct flight flight;
	const char *directory;
	bool zstd;
	bool existed; /* the directory was there, and empty */
};

/** No trigger fired: take away what was made. */
static int withdraw(const struct record_args *args)
{
	const char *const files[] = {"metadata", args->zstd ? "vcpu0.zst" : "vcpu0"};
	char path[PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", args->directory, files[i]);
		unlink(path);
	}
	if (!args->existed)
		rmdir(args->directory);
	complain("%s: no trigger fired: nothing was written", args->directory);
	return STATUS_NO;
}

/** What compression gained. */
static void print_ratio(const char *directory, uint64_t events)
{
	char path[PATH_MAX];
	double plain = (double)events * sizeof(struct vts_event), zipped = 0;
	struct stat status;

	for (unsigned vcpu = 0; vcpu < 256; vcpu++) {
		snprintf(path, sizeof(path), "%s/vcpu%u.zst", directory, vcpu);
		if (!stat(path, &status))
			zipped += (double)status.st_size;
	}
	if (zipped > 0)
		printf("; %.1f MiB in %.1f MiB (%.1f : 1)", plain / 1048576, zipped / 1048576,
		       plain / zipped);
}

/** Close the trace, and say what is in it. */
static int finish(struct record_args *args, struct recorder *recorder, struct vts_source *source)
{
	char events[TEXT_NUMBER_MAX], lost[TEXT_NUMBER_MAX];
	const struct flight *flight = &args->flight;
	struct vts_error error = {""};

	if (recorder_finish(recorder, &error) < 0) {
		complain("%s", error.text);
		return STATUS_FAILED;
	}
	if (flight->last && !flight->fired)
		return withdraw(args);
	printf("%s: %s events recorded, %s lost", args->directory,
	       text_count(events, recorder_events(recorder)),
	       text_count(lost, vts_source_lost(source)));
	if (flight->fired)
		printf("; trigger: %s", flight->fired->text);
	if (args->zstd)
		print_ratio(args->directory, recorder_events(recorder));
	putchar('\n');
	return STATUS_OK;
}

static int attach_and_record(struct record_args *args)
{
	struct vts_source *source = source_open(&args->source);
	struct vts_error error = {""};
	struct recorder *recorder;
	const char *problem;
	char filter[512];
	int status;

	if (!source)
		return STATUS_FAILED;
	interrupt_catch(); /* before there is anything that Ctrl-C could leave half-written */
	args->existed = access(args->directory, F_OK) == 0;
	recorder = recorder_new(source, args->directory,
				filter_text(&args->filter, filter, sizeof(filter)), &error);
	if (!recorder) {
		complain("%s", error.text);
		vts_source_close(source);
		return STATUS_FAILED;
	}
	if (args->zstd && recorder_compress(recorder, &error) < 0) {
		complain("%s", error.text);
		recorder_free(recorder);
		vts_source_close(source);
		return STATUS_FAILED;
	}
	if (args->filter.by_reason)
		recorder_leave_out_exits(recorder);
	flight_start(&args->flight, source, recorder);
	args->filter.take = flight_take;
	args->filter.context = &args->flight;
	source_drain(source, args->source.seconds, filter_take, &args->filter);
	filter_end(&args->filter);
	flight_end(&args->flight);
	if (vts_source_problems(source, &problem))
		complain("%s", problem);
	status = finish(args, recorder, source);
	flight_free(&args->flight);
	recorder_free(recorder);
	vts_source_close(source);
	return status;
}

/** Become vtrun: the one beside this program, else the one in PATH. */
static int run_vtrun(const struct record_args *record, char **args, int count)
{
	char path[PATH_MAX + 8] = "vtrun", self[PATH_MAX] = "";
	const struct filter *filter = &record->filter;
	char **argv = calloc((size_t)count + 9, sizeof(*argv));
	size_t own = 3;

	if (!argv)
		die_of_memory();
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0) {
		snprintf(path, sizeof(path), "%s/vtrun", dirname(self));
		if (access(path, X_OK) < 0)
			strcpy(path, "vtrun");
	}
	argv[0] = path;
	argv[1] = "--record";
	argv[2] = (char *)record->directory;
	if (record->zstd)
		argv[own++] = "--zstd";
	if (filter->by_reason) {
		argv[own++] = "--reasons";
		argv[own++] = (char *)filter->reasons_text;
	}
	if (filter->by_kind) {
		argv[own++] = "--kinds";
		argv[own++] = (char *)filter->kinds_text;
	}
	memcpy(argv + own, args, (size_t)count * sizeof(*argv));
	execvp(path, argv);
	complain("%s: cannot be started: %s: install it beside exitstat, or in PATH", path,
		 strerror(errno));
	free(argv);
	return STATUS_FAILED;
}

int record_main(int argc, char **argv)
{
	struct options options = {help, "o:", long_options, argc, argv, 0};
	static struct record_args args;
	struct source_args *source = &args.source;
	int option, status = 0;

	while (status == 0 && (option = option_next(&options)) != -1) {
		if (option == 'o')
			args.directory = optarg;
		else if (option == OPT_ZSTD)
			args.zstd = true;
		else if (!flight_option(&args.flight, &options, option, &status) &&
			 !filter_option(&args.filter, &options, option, &status))
			status = source_option(source, &options, option);
	}
	if (status < 0)
		return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	if (!args.directory)
		return usage_error(&options, "name a directory for the trace with -o");
	if (flight_check(&args.flight, &options) < 0)
		return STATUS_FAILED;
	if (optind < argc && !source->attaching && !source->kvm && !source->seconds) {
		if (args.flight.last || args.flight.events || args.flight.span)
			return usage_error(&options, "limits: only of a running VM");
		return run_vtrun(&args, argv + optind, argc - optind);
	}
	source->attaching = !source->kvm;
	if (source_operand(source, &options) < 0)
		return STATUS_FAILED;
	return attach_and_record(&args);
}
