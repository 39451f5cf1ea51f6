// SPDX-License-Identifier: GPL-2.0-only
/* exitstat export: options, and where the output goes. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "export.h"

static const char help[] =
    "usage: exitstat export DIR --format FORMAT [-o FILE] [OPTIONS]\n"
    "       exitstat export --attach [NAME] [--for SECONDS] --format FORMAT [-o FILE]\n"
    "\n"
    "Write a trace in another format, without holding it in memory:\n"
    "\n"
    "  perfetto             a trace for ui.perfetto.dev: exits, guest, phases, counters\n"
    "  csv                  a line an exit\n"
    "  sqlite               a database with a table of exits and one for each kind of detail\n"
    "  openmetrics          counters and histograms, in the text format of OpenMetrics 1.0\n"
    "  folded               stacks, as exitstat flame prints them\n"
    "\n"
    "  -f, --format FORMAT  one of these\n"
    "  -o, --output FILE    to this file, not standard output; sqlite needs a new one\n" VIEW_HELP
	UNWIND_HELP "  -h, --help           print this\n"
    "\n"
    "Exit status: 0; 2 if nothing could be read, or the output could not be written.\n";

/* All of VIEW_OPTIONS but --json, which would be one more format. */
static const struct option long_options[] = {
    SOURCE_OPTIONS,
    {"symbols", required_argument, NULL, OPTION_SYMBOLS},
    UNWIND_OPTION,
    {"phase", required_argument, NULL, OPTION_PHASE},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct export_format *const formats[] = {
    &export_perfetto, &export_csv, &export_sqlite, &export_openmetrics, &export_folded,
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

struct export_args {
	struct view view;
	const struct export_format *format;
	const char *output;
};

/** 0, or -1 after a complaint. */
static int choose_format(struct export_args *args, const struct options *options, const char *word)
{
	const char *names[FORMATS + 1] = {0}, *near;

	for (size_t i = 0; i < FORMATS; i++) {
		names[i] = formats[i]->name;
		if (!strcmp(word, names[i])) {
			args->format = formats[i];
			return 0;
		}
	}
	near = nearest_name(word, names);
	usage_error(options, "--format %s: no such format%s%s%s", word,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	return -1;
}

static int parse(struct export_args *args, int argc, char **argv)
{
	struct options options = {help, "f:o:", long_options, argc, argv, 0};
	int option, status = 0;

	while (status == 0 && (option = option_next(&options)) != -1) {
		if (option == 'f')
			status = choose_format(args, &options, optarg);
		else if (option == 'o')
			args->output = optarg;
		else
			status = view_option(&args->view, &options, option);
	}
	if (status < 0)
		return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	if (source_operand(&args->view.source, &options) < 0)
		return STATUS_FAILED;
	if (!args->format)
		return usage_error(&options, "name a format with --format");
	if (args->format->by_path && !args->output)
		return usage_error(&options, "--format %s: needs a file: name it with -o",
				   args->format->name);
	if (args->format->binary && !args->output && isatty(STDOUT_FILENO))
		return usage_error(&options, "--format %s: not for a terminal: name a file with -o",
				   args->format->name);
	return -1;
}

/** Open the output; false after a complaint. */
static bool open_output(const struct export_args *args, struct export_to *to)
{
	to->path = args->output;
	if (args->format->by_path) {
		if (access(to->path, F_OK) < 0)
			return true;
		complain("%s: it is there already: name a new file", to->path);
		return false;
	}
	to->file = to->path ? fopen(to->path, "we") : stdout;
	if (!to->file)
		complain("%s: %s", to->path, strerror(errno));
	return to->file;
}

/** Close the output; false after a complaint. finish_output does it for standard output. */
static bool close_output(const struct export_to *to)
{
	bool failed;

	if (!to->file || to->file == stdout)
		return true;
	failed = ferror(to->file);
	if (fclose(to->file) || failed) {
		complain("%s: %s", to->path, errno ? strerror(errno) : "cannot be written");
		return false;
	}
	return true;
}

static int run(struct export_args *args)
{
	struct export_to to = {.view = &args->view};
	void *context;
	bool done;

	if (!open_output(args, &to))
		return STATUS_FAILED;
	context = args->format->open(&to);
	args->view.every = args->format->every;
	done = context && view_read(&args->view, args->format->take, context);
	/* What could be read is finished even if that was nothing, so that all is closed. */
	done = context && args->format->finish(context) && done;
	if (!close_output(&to) || !done) {
		if (args->format->by_path)
			unlink(to.path); /* it was not there before */
		return STATUS_FAILED;
	}
	if (vts_source_lost(args->view.reader))
		complain("%s: events were lost: what is written is not all",
			 source_title(&args->view.source));
	return STATUS_OK;
}

int export_main(int argc, char **argv)
{
	struct export_args args = {0};
	int status = parse(&args, argc, argv);

	if (status >= 0)
		return status;
	if (!view_open(&args.view))
		return STATUS_FAILED;
	status = run(&args);
	view_close(&args.view);
	return status;
}
