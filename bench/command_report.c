// SPDX-License-Identifier: GPL-2.0-only
/* vtbench report, bars, counts: what is made of results that are there. */
#include <string.h>

#include "bench/commands.h"
#include "bench/report.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct request {
	enum vtb_form form;
	bool all; /* counts: also what is exact */
	const char *dir;
};

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'},
    {"markdown", no_argument, NULL, 'm'},
    {"all", no_argument, NULL, 'a'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, const char *help, struct request *request)
{
	int option;

	opterr = 0;
	for (;;) {
		int at = optind;

		option = getopt_long(argc, argv, "h", options, NULL);
		if (option == -1)
			break;
		switch (option) {
		case 'j':
			request->form = VTB_JSON;
			break;
		case 'm':
			request->form = VTB_MARKDOWN;
			break;
		case 'a':
			request->all = true;
			break;
		case 'h':
			puts(help);
			return vtb_finish_output(VTB_YES);
		default:
			vtb_complain_option(argv, at, options);
			return VTB_COULD_NOT;
		}
	}
	if (optind + 1 != argc) {
		vtb_complain("%s: give one directory with results; see vtbench %s --help", argv[0],
			     argv[0]);
		return VTB_COULD_NOT;
	}
	request->dir = argv[optind];
	return -1;
}

static int print_report(const struct vtb_report *report, const struct request *request)
{
	return vtb_report_print(report, request->form, stdout) ? VTB_COULD_NOT : VTB_YES;
}

static void print_tables(const struct vtb_table *tables, size_t count, enum vtb_form form)
{
	json_t *object = json_object();

	for (size_t i = 0; i < count; i++) {
		if (form == VTB_JSON)
			vtb_table_to_json(&tables[i], object);
		else
			vtb_table_print(&tables[i], form, stdout);
	}
	if (form == VTB_JSON) {
		json_dumpf(object, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(object);
}

static int print_bars(const struct vtb_report *report, const struct request *request)
{
	unsigned failed = 0, missing = 0;
	struct vtb_table tables[] = {
	    vtb_table_bars(report, &failed, &missing),
	    vtb_table_exit_bars(report, &failed, &missing),
	    vtb_table_recording(report, &failed, &missing),
	    vtb_table_linux_bars(report, &failed, &missing),
	};

	if (!json_array_size(tables[2].rows) && vtb_report_covers(report, "cpuid"))
		missing++;
	print_tables(tables, COUNT(tables), request->form);
	for (size_t i = 0; i < COUNT(tables); i++)
		vtb_table_free(&tables[i]);
	if (missing)
		vtb_complain("%u bars could not be judged: run their cells, with --vmm "
			     "standard,norecord",
			     missing);
	return failed ? VTB_NO : (missing ? VTB_COULD_NOT : VTB_YES);
}

static int print_counts(const struct vtb_report *report, const struct request *request)
{
	unsigned failed = 0, judged = 0;
	struct vtb_table table = vtb_table_counts(report, request->all, &failed, &judged);

	print_tables(&table, 1, request->form);
	vtb_table_free(&table);
	if (!judged) {
		vtb_complain("no cell whose events are known beforehand: run some with VPID on");
		return VTB_COULD_NOT;
	}
	if (request->form != VTB_JSON)
		printf("%u cells: %u counts differ from what the workload provokes.\n", judged,
		       failed);
	return failed ? VTB_NO : VTB_YES;
}

static int with_report(int argc, char **argv, const char *help,
		       int (*print)(const struct vtb_report *report, const struct request *request))
{
	struct request request = {.form = VTB_TEXT};
	struct vtb_result *results;
	struct vtb_report report;
	struct vts_error error;
	size_t count;
	int status = parse_options(argc, argv, help, &request);

	if (status >= 0)
		return status;
	results = vtb_results_load(request.dir, &count, &error);
	if (!results) {
		vtb_complain("%s", error.text);
		return VTB_COULD_NOT;
	}
	if (vtb_report_init(&report, results, count, &error)) {
		vtb_complain("%s", error.text);
		status = VTB_COULD_NOT;
	} else {
		status = print(&report, &request);
	}
	vtb_results_free(results, count);
	return vtb_finish_output(status);
}

int vtb_command_report(int argc, char **argv)
{
	return with_report(argc, argv,
			   "usage: vtbench report [--json | --markdown] DIR\n"
			   "The tables of the results in DIR.",
			   print_report);
}

int vtb_command_bars(int argc, char **argv)
{
	return with_report(argc, argv,
			   "usage: vtbench bars [--json | --markdown] DIR\n"
			   "What operations, and recording, may cost; whether it holds.\n"
			   "Exit status: 0 all hold, 1 one does not, 2 one was not measured.",
			   print_bars);
}

int vtb_command_counts(int argc, char **argv)
{
	return with_report(
	    argc, argv,
	    "usage: vtbench counts [--all] [--json | --markdown] DIR\n"
	    "Whether the events counted are exactly those that each workload provokes;\n"
	    "--all: also list those that are.\n"
	    "Exit status: 0 all are, 1 some differ, 2 no cell could be judged.",
	    print_counts);
}
