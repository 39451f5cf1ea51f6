/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtbench's commands. Each gets its own name as argv[0] and returns the exit status.
 */
#ifndef BENCH_COMMANDS_H
#define BENCH_COMMANDS_H

#include <getopt.h>

enum { VTB_YES, VTB_NO, VTB_COULD_NOT };

int vtb_command_list(int argc, char **argv);
int vtb_command_run(int argc, char **argv);
int vtb_command_report(int argc, char **argv);
int vtb_command_bars(int argc, char **argv);
int vtb_command_counts(int argc, char **argv);
int vtb_command_baseline(int argc, char **argv);

/** One line on standard error: "vtbench: ...". */
void vtb_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Complain about the option at which getopt_long gave up (with opterr 0); names the nearest of
 *  @options. */
void vtb_complain_option(char **argv, int at, const struct option *options);
/** @status, or VTB_COULD_NOT with a complaint if standard output could not be written. */
int vtb_finish_output(int status);

#endif
