// SPDX-License-Identifier: GPL-2.0-only
/* exitstat record: the trace of a running VM, or of a new one, to a directory. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitstat.h"
#include "recorder.h"
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
    "  --for SECONDS     stop after so long\n" SOURCE_HELP "  -h, --help        print this\n"
    "\n"
    "Exit status: 0; 2 if the trace is not complete. With VTRUN-ARGUMENTS: vtrun's.\n";

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    SOURCE_OPTIONS,
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int take(void *context, const struct vts_event *events, size_t count)
{
	return recorder_add(context, events, count);
}

static int attach_and_record(const struct source_args *args, const char *directory)
{
	struct vts_source *source = source_open(args);
	struct vts_error error = {""};
	struct recorder *recorder;
	const char *problem;
	char events[TEXT_NUMBER_MAX], lost[TEXT_NUMBER_MAX];
	int status = STATUS_OK;

	if (!source)
		return STATUS_FAILED;
	interrupt_catch(); /* before there is anything that Ctrl-C could leave half-written */
	recorder = recorder_new(source, directory, &error);
	if (!recorder) {
		complain("%s", error.text);
		vts_source_close(source);
		return STATUS_FAILED;
	}
	source_drain(source, args->seconds, take, recorder);
	if (vts_source_problems(source, &problem))
		complain("%s", problem);
	if (recorder_finish(recorder, &error) < 0) {
		complain("%s", error.text);
		status = STATUS_FAILED;
	} else {
		printf("%s: %s events recorded, %s lost\n", directory,
		       text_count(events, recorder_events(recorder)),
		       text_count(lost, vts_source_lost(source)));
	}
	recorder_free(recorder);
	vts_source_close(source);
	return status;
}

/** Become vtrun: the one beside this program, else the one in PATH. */
static int run_vtrun(const char *directory, char **args, int count)
{
	char path[PATH_MAX + 8] = "vtrun", self[PATH_MAX] = "";
	char **argv = calloc((size_t)count + 4, sizeof(*argv));

	if (!argv)
		die_of_memory();
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) > 0) {
		snprintf(path, sizeof(path), "%s/vtrun", dirname(self));
		if (access(path, X_OK) < 0)
			strcpy(path, "vtrun");
	}
	argv[0] = path;
	argv[1] = "--record";
	argv[2] = (char *)directory;
	memcpy(argv + 3, args, (size_t)count * sizeof(*argv));
	execvp(path, argv);
	complain("%s: cannot be started: %s: install it beside exitstat, or in PATH", path,
		 strerror(errno));
	free(argv);
	return STATUS_FAILED;
}

int record_main(int argc, char **argv)
{
	struct options options = {help, "o:", long_options, argc, argv, 0};
	struct source_args args = {0};
	const char *directory = NULL;
	int option;

	while ((option = option_next(&options)) != -1) {
		if (option == 'o')
			directory = optarg;
		else if (source_option(&args, &options, option) < 0)
			return STATUS_FAILED;
	}
	if (options.status >= 0)
		return options.status;
	if (!directory)
		return usage_error(&options, "name a directory for the trace with -o");
	if (optind < argc && !args.attaching && !args.kvm && !args.seconds)
		return run_vtrun(directory, argv + optind, argc - optind);
	args.attaching = !args.kvm;
	if (source_operand(&args, &options) < 0)
		return STATUS_FAILED;
	return attach_and_record(&args, directory);
}
