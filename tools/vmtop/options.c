/* SPDX-License-Identifier: GPL-2.0-only */
#include "tools/vmtop/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/vmtop/compare.h"

#define INTERVAL_MIN 0.01
#define INTERVAL_MAX 86400.0

static const char usage[] =
    "Usage: vmtop [SOURCE] [OPTION]...\n"
    "Show where the time of a virtual machine goes: its exits, live.\n"
    "\n"
    "Source (default: every running VM, and those that start later; Tab switches):\n"
    "  -a, --attach NAME    the running VM NAME; may be given more than once\n"
    "  -R, --run -- ARGS    start vtrun with ARGS, and end it when vmtop ends\n"
    "  -r, --replay DIR     a recorded trace\n"
    "  -C, --compare A B    two recorded traces or running VMs, row by row\n"
    "  -S, --source kvm     this host's KVM, in ns: every VM, or with --pid P or --vm NAME one\n"
    "\n"
    "Output (default: a screen; h there explains the keys):\n"
    "  -1, --once           one sample as text, after the interval or at the trace's end\n"
    "  -b, --batch          one table an interval, as text\n"
    "  -T, --total          with --batch: figures since the beginning, not of the interval\n"
    "  -n, --samples N      end after N tables; implies --batch\n"
    "  -j, --json           one JSON object a sample and a line; implies --batch unless --once\n"
    "  -i, --interval S     seconds between samples, 0.01 to 86400 (default 1): of the host, or\n"
    "                       of a recorded trace's own time\n"
    "  -s, --sort COLUMN    sort by COLUMN, names upwards and numbers downwards\n"
    "  -f, --filter TEXT    only rows with TEXT in their names; the others are together\n"
    "  -N, --top N          only the first N rows; the others are together\n"
    "  -o, --row NAME       the row NAME opened: its latencies, its course, what it is made of\n"
    "  -A, --ascii          no other characters in pictures, whatever the locale\n"
    "  -g, --guest FILE     names of guest functions: the guest's ELF file, or a list of symbols\n"
    "  -w, --view NAME      what to show (default: exits); NAME, and its columns:\n";
static const char usage_end[] = "  -h, --help           this text\n"
				"  -V, --version        the version\n"
				"\n"
				"Exit status: 0, or 2 when it could not be done. See vmtop(1).\n";

static const struct option long_options[] = {
    {"attach", required_argument, NULL, 'a'},
    {"run", no_argument, NULL, 'R'},
    {"replay", required_argument, NULL, 'r'},
    {"once", no_argument, NULL, '1'},
    {"batch", no_argument, NULL, 'b'},
    {"samples", required_argument, NULL, 'n'},
    {"json", no_argument, NULL, 'j'},
    {"interval", required_argument, NULL, 'i'},
    {"sort", required_argument, NULL, 's'},
    {"view", required_argument, NULL, 'w'},
    {"filter", required_argument, NULL, 'f'},
    {"top", required_argument, NULL, 'N'},
    {"guest", required_argument, NULL, 'g'},
    {"compare", required_argument, NULL, 'C'},
    {"total", no_argument, NULL, 'T'},
    {"row", required_argument, NULL, 'o'},
    {"ascii", no_argument, NULL, 'A'},
    {"help", no_argument, NULL, 'h'},
    {"source", required_argument, NULL, 'S'},
    {"pid", required_argument, NULL, 'p'},
    {"vm", required_argument, NULL, 'm'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void print_columns(FILE *stream, const struct view *view)
{
	for (size_t i = 0; i < view->columns; i++)
		fprintf(stream, "%s%s", i == 0 ? "" : ", ", view->column[i].name);
	fputc('\n', stream);
}

static void print_views(void)
{
	for (size_t i = 0; i < VIEWS; i++) {
		printf("    %-8s ", views[i].name);
		print_columns(stdout, &views[i]);
	}
}

__attribute__((format(printf, 1, 2))) static bool bad(const char *format, ...)
{
	va_list arguments;

	fputs("vmtop: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

static bool parse_interval(struct options *options, const char *text)
{
	char *end;

	options->interval = strtod(text, &end);
	if (end == text || *end ||
	    !(options->interval >= INTERVAL_MIN && options->interval <= INTERVAL_MAX))
		return bad("--interval %s: not a number of seconds: give 0.01 to 86400", text);
	return true;
}

static bool parse_samples(struct options *options, const char *text)
{
	char *end;

	options->samples = strtoull(text, &end, 10);
	if (end == text || *end || *text == '-' || !options->samples ||
	    options->samples > UINT32_MAX)
		return bad("--samples %s: not a number of tables: give 1 or more", text);
	return true;
}

static bool parse_top(struct options *options, const char *text)
{
	char *end;

	options->top = strtoull(text, &end, 10);
	return (end != text && !*end && *text != '-' && options->top) ||
	       bad("--top %s: not a number of rows: give 1 or more", text);
}

static bool parse_view(struct options *options, const char *text)
{
	options->view = view_by_name(views, text);
	options->view_given = true;
	if (options->view)
		return true;
	fprintf(stderr, "vmtop: --view %s: no such view: give one of", text);
	for (size_t i = 0; i < VIEWS; i++)
		fprintf(stderr, "%s%s", i == 0 ? " " : ", ", views[i].name);
	fputc('\n', stderr);
	return false;
}

/** Once the view is known. */
static bool find_sort(struct options *options, const char *name)
{
	options->sort_given = name != NULL;
	options->sort = column_by_name(options->view, name ? name : options->view->sort);
	if (options->sort >= 0)
		return true;
	fprintf(stderr, "vmtop: --sort %s: no such column: give one of ", name);
	print_columns(stderr, options->view);
	return false;
}

static bool parse_pid(struct options *options, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	options->kvm_options.pid = (pid_t)pid;
	if (end != text && !*end && pid > 0 && pid <= INT32_MAX)
		return true;
	return bad("--pid %s: not the number of a process: exitstat list shows them", text);
}

static bool parse_source(struct options *options, const char *text)
{
	options->kvm = !strcmp(text, "kvm");
	return options->kvm || bad("--source %s: no such source: there is kvm", text);
}

static bool add_attach(struct options *options, const char *name)
{
	if (options->attached == FLEET_MAX)
		return bad("--attach %s: too many: give at most %d", name, FLEET_MAX);
	options->attach[options->attached++] = name;
	return true;
}

/** What must be brought together after all options are read. */
struct flags {
	bool once, batch;
	const char *sort; /* NULL: not given */
};

static bool take(struct options *options, struct flags *flags, int option)
{
	switch (option) {
	case 'a':
		return add_attach(options, optarg);
	case 'R':
		options->run = true;
		return true;
	case 'r':
		options->replay = optarg;
		return true;
	case 'S':
		return parse_source(options, optarg);
	case 'p':
		return parse_pid(options, optarg);
	case 'm':
		options->kvm_options.name = optarg;
		return true;
	case '1':
		flags->once = true;
		return true;
	case 'b':
		flags->batch = true;
		return true;
	case 'n':
		flags->batch = true;
		return parse_samples(options, optarg);
	case 'j':
		options->json = true;
		return true;
	case 'i':
		return parse_interval(options, optarg);
	case 's':
		flags->sort = optarg;
		return true;
	case 'w':
		return parse_view(options, optarg);
	case 'f':
		options->filter = optarg;
		return true;
	case 'N':
		return parse_top(options, optarg);
	case 'T':
		options->total = true;
		return true;
	case 'C':
		options->compare[0] = optarg;
		return true;
	case 'o':
		options->row = optarg;
		return true;
	case 'A':
		options->ascii = true;
		return true;
	case 'g':
		options->guest = optarg;
		return true;
	default:
		return bad("unknown option, or its value is missing: see vmtop --help");
	}
}

static bool check(struct options *options, const struct flags *flags, int argc, char **argv)
{
	int sources = (options->attached > 0) + options->run + (options->replay != NULL) +
		      options->kvm + (options->compare[0] != NULL);
	bool chosen = options->kvm_options.pid || options->kvm_options.name;

	if (sources > 1)
		return bad("more than one source: give one of --attach, --run, --replay, --compare "
			   "and --source");
	if (chosen && !options->kvm)
		return bad("--pid and --vm: only with --source kvm");
	if (options->kvm_options.pid && options->kvm_options.name)
		return bad("--pid and --vm: give one of them");
	if (flags->once && flags->batch)
		return bad("--once and --batch: give one of them");
	if (options->run && optind == argc)
		return bad("--run: no guest given: write --run -- GUEST");
	if (options->compare[0]) {
		if (optind + 1 != argc)
			return bad(
			    "--compare: two are compared: write --compare A B, and both last");
		options->compare[1] = argv[optind++];
		options->view = &compares[options->view->number];
	}
	if (!options->run && optind < argc)
		return bad("%s: unexpected argument: see vmtop --help", argv[optind]);
	if (!find_sort(options, flags->sort))
		return false;
	options->run_args = argv + optind;
	options->mode = flags->once			? MODE_ONCE
			: flags->batch || options->json ? MODE_BATCH
							: MODE_SCREEN;
	return true;
}

enum options_verdict options_parse(struct options *options, int argc, char **argv)
{
	struct flags flags = {false, false, NULL};
	int option;

	memset(options, 0, sizeof(*options));
	options->interval = 1;
	options->view = &views[VIEW_EXITS];
	opterr = 0;
	while ((option = getopt_long(argc, argv, "a:Rr:S:1bn:ji:s:w:f:N:o:C:TAg:hV", long_options,
				     NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			print_views();
			fputs(usage_end, stdout);
			return OPTIONS_DONE;
		}
		if (option == 'V') {
			puts("vmtop (vtscope) " VTS_VERSION);
			return OPTIONS_DONE;
		}
		if (!take(options, &flags, option))
			return OPTIONS_BAD;
	}
	return check(options, &flags, argc, argv) ? OPTIONS_GO : OPTIONS_BAD;
}
