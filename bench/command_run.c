// SPDX-License-Identifier: GPL-2.0-only
/* vtbench list, vtbench run. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/commands.h"
#include "bench/list.h"
#include "bench/result.h"
#include "bench/run.h"

#define QUICK_OPS 500

static const char *const switch_names[] = {"on", "off"};

enum {
	OPT_SUITE = 256,
	OPT_WORKLOAD,
	OPT_PAGING,
	OPT_IO,
	OPT_VPID,
	OPT_APICV,
	OPT_PAGES,
	OPT_VMM,
	OPT_REPS,
	OPT_JOBS,
	OPT_OUT,
	OPT_OPS,
	OPT_SEED,
	OPT_TIMEOUT,
	OPT_KEEP,
	OPT_FORCE,
	OPT_QUICK,
	OPT_HELP
};

static const struct option options[] = {
    {"suite", required_argument, NULL, OPT_SUITE},
    {"workload", required_argument, NULL, OPT_WORKLOAD},
    {"paging", required_argument, NULL, OPT_PAGING},
    {"io", required_argument, NULL, OPT_IO},
    {"vpid", required_argument, NULL, OPT_VPID},
    {"apicv", required_argument, NULL, OPT_APICV},
    {"ept-pages", required_argument, NULL, OPT_PAGES},
    {"vmm", required_argument, NULL, OPT_VMM},
    {"reps", required_argument, NULL, OPT_REPS},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"out", required_argument, NULL, OPT_OUT},
    {"ops", required_argument, NULL, OPT_OPS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"keep-traces", no_argument, NULL, OPT_KEEP},
    {"force", no_argument, NULL, OPT_FORCE},
    {"quick", no_argument, NULL, OPT_QUICK},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
	printf(
	    "usage: vtbench run [OPTION...]\n"
	    "Run workload x paging x output x repetition, each in a fresh engine; write\n"
	    "DIR/results.jsonl and DIR/results.csv. Lists are separated by commas, or 'all'.\n\n"
	    "  --suite NAME      micro (default), or linux: workloads of a Linux guest (make "
	    "linux);\n"
	    "                    give it first\n"
	    "  --workload LIST   of `vtbench list`; default all\n"
	    "  --paging LIST     native, ept, shadow; default all\n"
	    "  --io LIST         trapped, pv (where it makes a difference); default all\n"
	    "  --vpid LIST       on, off; default on\n"
	    "  --apicv LIST      on, off: the processor's virtual APIC; default on, and off where "
	    "it matters\n"
	    "  --ept-pages LIST  4k, 2m, 1g; default: each workload's own\n"
	    "  --vmm LIST        standard, norecord (recording compiled out), corrupt (a handler\n"
	    "                    that lies, to see cells fail); default standard\n"
	    "  --reps N          repetitions, which must be the same to the last record; default "
	    "1\n"
	    "  --ops N           operations; default: each guest's own number\n"
	    "  --quick           the same as --ops %d\n"
	    "  --seed N          given to the guests; default 1\n"
	    "  --jobs N          cells at a time; default: the number of processors\n"
	    "  --timeout S       for a cell, in seconds; default 120\n"
	    "  --out DIR         default results\n"
	    "  --force           replace the results in DIR\n"
	    "  --keep-traces     keep the cells' traces, in DIR/traces\n\n"
	    "Exit status: 0 every cell is ok, 1 some are not, 2 it could not be run.\n",
	    QUICK_OPS);
}

/* A list option that @selection holds as a mask. 1 if @option is none. */
static int parse_list(struct vtb_selection *selection, int option, const char *text,
		      struct vts_error *error)
{
	switch (option) {
	case OPT_WORKLOAD:
		return vtb_list_parse("--workload", text, vtb_suites[selection->suite].names,
				      vtb_suites[selection->suite].count, &selection->workloads,
				      error);
	case OPT_PAGING:
		return vtb_list_parse("--paging", text, vtb_paging_names, VTB_PAGINGS,
				      &selection->pagings, error);
	case OPT_IO:
		return vtb_list_parse("--io", text, vtb_io_names, VTB_IOS, &selection->ios, error);
	case OPT_VPID:
		return vtb_list_parse("--vpid", text, switch_names, 2, &selection->vpids, error);
	case OPT_APICV:
		return vtb_list_parse("--apicv", text, switch_names, 2, &selection->apicvs, error);
	case OPT_PAGES:
		return vtb_list_parse("--ept-pages", text, vtb_pages_names, VTB_PAGES,
				      &selection->pages, error);
	case OPT_VMM:
		return vtb_list_parse("--vmm", text, vtb_vmm_names, VTB_VMMS, &selection->vmms,
				      error);
	default:
		return 1;
	}
}

static int parse_suite(struct vtb_selection *selection, const char *text, struct vts_error *error)
{
	uint64_t mask;

	if (vtb_list_parse("--suite", text, vtb_suite_names, VTB_SUITES, &mask, error))
		return -1;
	if (mask & (mask - 1)) {
		snprintf(error->text, sizeof(error->text), "--suite: '%s': one at a time", text);
		return -1;
	}
	selection->suite = (unsigned)__builtin_ctzll(mask);
	return 0;
}

static int parse_value(struct vtb_run_options *run, int option, const char *text,
		       struct vts_error *error)
{
	uint64_t value = 0;
	int status = 0;

	switch (option) {
	case OPT_SUITE:
		return parse_suite(&run->selection, text, error);
	case OPT_OUT:
		run->out = text;
		break;
	case OPT_KEEP:
		run->keep_traces = true;
		break;
	case OPT_FORCE:
		run->replace = true;
		break;
	case OPT_QUICK:
		run->selection.ops = QUICK_OPS;
		break;
	case OPT_OPS:
		status = vtb_number_parse("--ops", text, 1, 1ull << 32, &run->selection.ops, error);
		break;
	case OPT_SEED:
		status =
		    vtb_number_parse("--seed", text, 0, INT64_MAX, &run->selection.seed, error);
		break;
	case OPT_REPS:
		status = vtb_number_parse("--reps", text, 1, 1000, &value, error);
		run->selection.reps = (unsigned)value;
		break;
	case OPT_JOBS:
		status = vtb_number_parse("--jobs", text, 1, 256, &value, error);
		run->jobs = (unsigned)value;
		break;
	case OPT_TIMEOUT:
		status = vtb_number_parse("--timeout", text, 1, 86400, &value, error);
		run->timeout = (unsigned)value;
		break;
	default:
		status = parse_list(&run->selection, option, text, error);
		break;
	}
	return status;
}

static struct vtb_run_options default_options(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return (struct vtb_run_options){
	    .selection = {.workloads = UINT64_MAX,
			  .pagings = UINT64_MAX,
			  .ios = UINT64_MAX,
			  .vpids = 1,
			  .vmms = 1 << VTB_STANDARD,
			  .reps = 1,
			  .seed = 1},
	    .jobs = processors < 1 ? 1 : (processors > 256 ? 256 : (unsigned)processors),
	    .timeout = 120,
	    .out = "results",
	};
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct vtb_run_options *run)
{
	struct vts_error error;
	int option;

	opterr = 0;
	for (;;) {
		int at = optind;

		option = getopt_long(argc, argv, "+h", options, NULL);
		if (option == -1)
			break;
		if (option == OPT_HELP || option == 'h') {
			print_help();
			return vtb_finish_output(VTB_YES);
		}
		if (option == '?') {
			vtb_complain_option(argv, at, options);
			return VTB_COULD_NOT;
		}
		if (parse_value(run, option, optarg, &error)) {
			vtb_complain("%s", error.text);
			return VTB_COULD_NOT;
		}
	}
	if (optind == argc)
		return -1;
	vtb_complain("%s: not an option; see vtbench run --help", argv[optind]);
	return VTB_COULD_NOT;
}

int vtb_command_run(int argc, char **argv)
{
	struct vtb_run_options run = default_options();
	struct vtb_run_outcome outcome;
	struct vts_error error;
	int status = parse_options(argc, argv, &run);

	if (status >= 0)
		return status;
	status = vtb_run(&run, &outcome, &error);
	if (status)
		vtb_complain("%s", error.text);
	if (outcome.signal)
		vtb_complain("interrupted by %s: %zu of %zu cells are in %s",
			     strsignal(outcome.signal), outcome.done, outcome.cells, run.out);
	if (status || outcome.signal)
		return VTB_COULD_NOT;
	if (outcome.failed)
		vtb_complain("%zu of %zu cells are not ok; the reasons are above, and in "
			     "'vtbench report %s'",
			     outcome.failed, outcome.cells, run.out);
	return outcome.failed ? VTB_NO : VTB_YES;
}

static void print_names(const char *what, const char *const *names, size_t count)
{
	printf("%s:", what);
	for (size_t i = 0; i < count; i++)
		printf(" %s", names[i]);
	putchar('\n');
}

static void list_text(const struct vtb_cell *cells, size_t count)
{
	for (size_t i = 0; i < VTB_SUITES; i++) {
		const struct vtb_suite *suite = &vtb_suites[i];

		printf("workloads of the suite %s, and what an operation is:\n", suite->name);
		for (size_t j = 0; j < suite->count; j++)
			printf("  %-15s %s\n", suite->workloads[j].name,
			       suite->workloads[j].operation);
	}
	print_names("paging", vtb_paging_names, VTB_PAGINGS);
	print_names("io", vtb_io_names, VTB_IOS);
	print_names("ept-pages", vtb_pages_names, VTB_PAGES);
	print_names("vmm", vtb_vmm_names, VTB_VMMS);
	printf("the default matrix: %zu cells\n", count);
	for (size_t i = 0; i < count; i++) {
		char name[128];

		vtb_cell_name(&cells[i], ' ', name, sizeof(name));
		printf("  %s\n", name);
	}
}

static void list_json(const struct vtb_cell *cells, size_t count)
{
	json_t *workloads = json_array(), *matrix = json_array();
	json_t *object = json_pack("{s:o, s:o}", "workloads", workloads, "cells", matrix);

	for (size_t i = 0; i < VTB_SUITES; i++)
		for (size_t j = 0; j < vtb_suites[i].count; j++) {
			const struct vtb_workload *workload = &vtb_suites[i].workloads[j];

			json_array_append_new(workloads,
					      json_pack("{s:s, s:s, s:s}", "name", workload->name,
							"operation", workload->operation, "suite",
							vtb_suites[i].name));
		}
	for (size_t i = 0; i < count; i++)
		json_array_append_new(matrix, vtb_cell_to_json(&cells[i]));
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(object);
}

int vtb_command_list(int argc, char **argv)
{
	struct vtb_selection selection = default_options().selection;
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct vtb_cell *cells;
	size_t count;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		puts("usage: vtbench list [--json]\n"
		     "The workloads and modes, and the cells of the default matrix.");
		return vtb_finish_output(VTB_YES);
	}
	if (argc > 1 && !json) {
		vtb_complain("%s: list takes --json and nothing else", argv[1]);
		return VTB_COULD_NOT;
	}
	cells = vtb_matrix(&selection, &count);
	if (!cells) {
		vtb_complain("out of memory");
		return VTB_COULD_NOT;
	}
	if (json)
		list_json(cells, count);
	else
		list_text(cells, count);
	free(cells);
	return vtb_finish_output(VTB_YES);
}
