// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtbench: runs a matrix of workloads, paging modes and kinds of output, and reports what it found.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands.h"
#include "bench/list.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *text;
} commands[] = {
    {"list", vtb_command_list, "what there is to run"},
    {"run", vtb_command_run, "run a matrix; write results.jsonl and results.csv"},
    {"report", vtb_command_report, "print the tables of a run"},
    {"bars", vtb_command_bars, "check what operations and recording may cost"},
    {"counts", vtb_command_counts, "check that the events counted are those provoked"},
    {"baseline", vtb_command_baseline,
     "print results as exitstat diff compares them with later ones"},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_help(void)
{
	puts("usage: vtbench COMMAND [OPTION...]\n\nCommands:");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].text);
	puts("\nvtbench COMMAND --help says more; vtbench --version.");
}

static int unknown_command(const char *name)
{
	const char *names[COMMANDS];
	const char *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	nearest = vtb_nearest(name, names, COMMANDS);
	if (nearest)
		vtb_complain("%s: no such command; did you mean '%s'?", name, nearest);
	else
		vtb_complain("%s: no such command; see vtbench --help", name);
	return VTB_COULD_NOT;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		vtb_complain("which command? See vtbench --help");
		return VTB_COULD_NOT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help();
		return vtb_finish_output(0);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("vtbench " VTS_VERSION);
		return vtb_finish_output(0);
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
