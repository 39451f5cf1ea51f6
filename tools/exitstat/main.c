// SPDX-License-Identifier: GPL-2.0-only
/* exitstat: where a guest's time goes, from its trace. This file finds the subcommand. */
#include <stdio.h>
#include <string.h>

#include "exitstat.h"

static const struct subcommand subcommands[] = {
    {"record", record_main, "write the trace of a running or a new VM to a directory"},
    {"report", report_main, "count and time a trace's exits, flushes, faults and I/O"},
    {"hist", hist_main, "draw the latencies of an exit reason as a histogram"},
    {"diff", diff_main, "compare traces, or results of vtbench"},
    {"baseline", baseline_main, "keep a run's figures in a file, for the gate"},
    {"gate", gate_main, "judge a run by a baseline, for a CI job"},
    {"history", history_main, "find the commits at which a figure changed"},
    {"flame", flame_main, "print folded stacks of exits, for a flame graph"},
    {"outliers", outliers_main, "show the slowest exits, with what surrounds them"},
    {"timeline", timeline_main, "draw latency over time as a heat map"},
    {"export", export_main, "write a trace in another format"},
    {"list", list_main, "list the running VMs"},
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static int help(void)
{
	puts("usage: exitstat SUBCOMMAND [OPTIONS]\n\n"
	     "Where a guest's time goes, from the trace of its VM exits.\n");
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		printf("  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
	puts("\n  --help, --version\n\n"
	     "exitstat SUBCOMMAND --help says more; so do the man pages exitstat-SUBCOMMAND(1).");
	return STATUS_OK;
}

static int unknown(const char *word)
{
	const char *names[SUBCOMMANDS + 1] = {0};
	const char *near;

	for (size_t i = 0; i < SUBCOMMANDS; i++)
		names[i] = subcommands[i].name;
	near = nearest_name(word, names);
	if (near)
		complain("%s: unknown subcommand; did you mean %s?", word, near);
	else
		complain("%s: unknown subcommand; see exitstat --help", word);
	return STATUS_FAILED;
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		complain("a subcommand is missing; see exitstat --help");
		return STATUS_FAILED;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help();
	if (!strcmp(argv[1], "--version")) {
		puts("exitstat " VTS_VERSION);
		return STATUS_OK;
	}
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (!strcmp(argv[1], subcommands[i].name))
			return subcommands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	return finish_output(run(argc, argv));
}
