// SPDX-License-Identifier: GPL-2.0-only
/* What exitstat diff is asked to compare. */
#include <string.h>

#include "diff.h"
#include "diff_samples.h"

static const char help[] =
    "usage: exitstat diff A B [OPTIONS]\n"
    "       exitstat diff [OPTIONS] A1 A2 ... -- B1 B2 ...\n"
    "       exitstat diff A --source kvm [--pid P | --vm NAME] [--for SECONDS] [OPTIONS]\n"
    "\n"
    "Compare two recorded traces exactly, event for event, and show every figure that\n"
    "differs. The same guest and configuration on the Bochs engine give the same trace; what\n"
    "differs was changed by the VMM or the tools.\n"
    "\n"
    "Where runs vary (cycles, ns), several traces a side are compared by a test that assumes\n"
    "nothing of how they vary: what changed, by how much, and what is uncertain.\n"
    "\n"
    "Or two results of vtbench, figure by figure: DIR, or a file such as a stored baseline.\n"
    "\n"
    "Or a trace of KVM with what a VM does now. Such runs do not repeat: the figures tell.\n"
    "\n"
    "  --phase NAME  compare only the figures of the phases of this name, not each event\n"
    "  --symbols F   by guest function too, with symbols from this file\n"
    "  --margin P    several traces a side: a change of less than P % is none (1)\n"
    "  --all         show the equal figures too\n"
    "  --force       compare although events were lost, a trace is damaged, or the\n"
    "                configurations differ; never across units of time\n"
    "  --json        print JSON\n" SOURCE_HELP
    "  --for SECONDS        with --source kvm: stop after so long\n"
    "  -h, --help    print this\n"
    "\n"
    "Exit status: 0 they are equal; 1 they differ; 2 cannot judge, or all is uncertain.\n";

enum { OPT_PHASE = 256, OPT_ALL, OPT_FORCE, OPT_JSON, OPT_SYMBOLS, OPT_MARGIN };

static const struct option long_options[] = {
    {"phase", required_argument, NULL, OPT_PHASE},
    {"symbols", required_argument, NULL, OPT_SYMBOLS},
    {"margin", required_argument, NULL, OPT_MARGIN},
    {"all", no_argument, NULL, OPT_ALL},
    {"force", no_argument, NULL, OPT_FORCE},
    {"json", no_argument, NULL, OPT_JSON},
    {"for", required_argument, NULL, OPTION_FOR},
    {"source", required_argument, NULL, OPTION_SOURCE},
    {"pid", required_argument, NULL, OPTION_PID},
    {"vm", required_argument, NULL, OPTION_VM},
    {"exits-only", no_argument, NULL, OPTION_EXITS_ONLY},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/** A1 A2 ... -- B1 B2 ...; @after: how many stood behind the "--". */
static int parse_samples(struct diff_samples *samples, const struct options *options, size_t after)
{
	size_t count = (size_t)(options->argc - optind);

	if (!after || after >= count)
		return usage_error(options, "name recorded traces on both sides of --");
	for (size_t i = 1; i <= after; i++)
		if (*options->argv[(size_t)options->argc - i] == '-')
			return usage_error(options, "%s: options stand before --",
					   options->argv[(size_t)options->argc - i]);
	samples->dirs[0] = (const char *const *)options->argv + optind;
	samples->count[0] = count - after;
	samples->dirs[1] = samples->dirs[0] + samples->count[0];
	samples->count[1] = after;
	return -1;
}

/** The operands: A, and B unless that is what goes on. */
static int parse_sides(struct diff *diff, const struct options *options)
{
	struct source_args *live = &diff->side[1].args;
	bool is_live =
	    live->kvm || live->kvm_pid || live->kvm_vm || live->kvm_exits_only || live->seconds;

	if (options->argc - optind < 1 || (!is_live && options->argc - optind != 2))
		return usage_error(options,
				   "name two recorded traces, or two results of vtbench, or "
				   "several traces a side, with -- between");
	diff->side[0].dir = diff->side[0].args.dir = options->argv[optind++];
	if (!is_live)
		live->dir = options->argv[optind++];
	else if (source_operand(live, options) < 0)
		return STATUS_FAILED;
	else if (!live->kvm)
		return usage_error(options, "--for: only with --source kvm");
	else
		interrupt_catch();
	diff->side[1].dir = source_title(live);
	return -1;
}

/** How many operands stand behind "--"; getopt_long moves it. */
static size_t count_after(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return (size_t)(argc - i - 1);
	return 0;
}

static int take_option(struct diff *diff, struct diff_samples *samples,
		       const struct options *options, int option)
{
	uint64_t percent;

	switch (option) {
	case OPT_PHASE:
		diff->side[0].tally.phase = diff->side[1].tally.phase = optarg;
		figure_phase(optarg, diff->phase);
		return 0;
	case OPT_ALL:
		diff->all = true;
		return 0;
	case OPT_FORCE:
		diff->force = true;
		return 0;
	case OPT_JSON:
		diff->json = true;
		return 0;
	case OPT_SYMBOLS:
		diff->symbols = optarg;
		return 0;
	case OPT_MARGIN:
		if (!parse_number(optarg, 0, 1000, &percent)) {
			usage_error(options, "--margin %s: not a number of percent", optarg);
			return -1;
		}
		samples->margin = (double)percent / 100;
		return 0;
	default:
		return source_option(&diff->side[1].args, options, option);
	}
}

int diff_parse(struct diff *diff, struct diff_samples *samples, int argc, char **argv)
{
	struct options options = {help, "", long_options, argc, argv, 0};
	size_t after = count_after(argc, argv);
	int option;

	while ((option = option_next(&options)) != -1)
		if (take_option(diff, samples, &options, option) < 0)
			return STATUS_FAILED;
	if (options.status >= 0)
		return options.status;
	return after ? parse_samples(samples, &options, after) : parse_sides(diff, &options);
}
