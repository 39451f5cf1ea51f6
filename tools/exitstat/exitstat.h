/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What exitstat's subcommands share: messages, exit statuses, options, and the way they open a
 * source.
 */
#ifndef EXITSTAT_H
#define EXITSTAT_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "trace/source.h"

/** Exit statuses of every subcommand. */
enum exitstat_status {
	STATUS_OK = 0,
	STATUS_NO = 1,	  /* the answer is no (diff: the traces differ) */
	STATUS_FAILED = 2 /* could not do it, or cannot judge */
};

/** A subcommand; argv[0] is its name. run returns an enum exitstat_status. */
struct subcommand {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

int record_main(int argc, char **argv);
int report_main(int argc, char **argv);
int hist_main(int argc, char **argv);
int diff_main(int argc, char **argv);
int baseline_main(int argc, char **argv);
int gate_main(int argc, char **argv);
int history_main(int argc, char **argv);
int export_main(int argc, char **argv);
int list_main(int argc, char **argv);
int flame_main(int argc, char **argv);
int timeline_main(int argc, char **argv);
int outliers_main(int argc, char **argv);

/** Print `exitstat: what: why, and what to do` on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** complain, and end with STATUS_FAILED. For what nobody can mend, such as no memory. */
noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
noreturn void die_of_memory(void);
/** Flush standard output; @status, or STATUS_FAILED if what was printed did not get out. */
int finish_output(int status);

/** The candidate nearest to @word (a few letters away, or begun by it), or NULL. @candidates ends
 *  with NULL. */
const char *nearest_name(const char *word, const char *const *candidates);

/** Options of a subcommand: getopt_long, with messages of our own. */
struct options {
	const char *help;	   /* the --help text */
	const char *short_options; /* as getopt has them, without a leading ':' */
	const struct option *long_options;
	int argc;
	char **argv;
	int status; /* once option_next has answered -1: below 0 go on, else leave with this status */
};

/** The next option's value, as getopt_long has it; -1 when there is none, or the subcommand must
 *  leave. -h and --help (which long_options maps to 'h') are answered here. */
int option_next(struct options *options);
/** Complain of bad usage; returns STATUS_FAILED. */
int usage_error(const struct options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Parse a whole decimal number of at least @least and at most @most. */
bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);

/** An exit reason by name or number. 0, or -1 after a complaint. */
int option_reason(const struct options *options, const char *word, uint64_t *reason);

/** Where a view gets its events from, as its options say. */
struct source_args {
	const char *dir;    /* a recorded trace; NULL: attach */
	const char *attach; /* name of a running VM; NULL with attaching set: the only one */
	bool attaching;
	bool kvm; /* this host's KVM instead of either */
	bool kvm_exits_only;
	uint64_t kvm_pid;   /* 0: not chosen by process */
	const char *kvm_vm; /* NULL: not chosen by name */
	uint64_t seconds;   /* attached: stop after so long; 0: when the VM ends, or at Ctrl-C */
};

/** Their options, for struct option, and what takes them: `--attach [NAME]`, `--for SECONDS`, and
 *  `--source kvm [--pid P | --vm NAME] [--exits-only]`. */
enum source_option {
	OPTION_ATTACH = 1000,
	OPTION_FOR,
	OPTION_SOURCE,
	OPTION_PID,
	OPTION_VM,
	OPTION_EXITS_ONLY
};
#define SOURCE_OPTIONS                                                                             \
	{"attach", optional_argument, NULL, OPTION_ATTACH},                                        \
	    {"for", required_argument, NULL, OPTION_FOR},                                          \
	    {"source", required_argument, NULL, OPTION_SOURCE},                                    \
	    {"pid", required_argument, NULL, OPTION_PID},                                          \
	    {"vm", required_argument, NULL, OPTION_VM},                                            \
	{                                                                                          \
		"exits-only", no_argument, NULL, OPTION_EXITS_ONLY                                 \
	}
/** What their --help says. */
#define SOURCE_HELP                                                                                \
	"  --source kvm         this host's KVM, in ns: every VM, or one by --pid P or --vm "      \
	"NAME\n"                                                                                   \
	"                       (exitstat list shows both), until it ends, or Ctrl-C\n"            \
	"  --exits-only         with --source kvm: no details, for the least overhead\n"

/** Take one of these options (its value is in optarg). 0, or -1 after a complaint. */
int source_option(struct source_args *args, const struct options *options, int option);
/** Take the operand that remains after the options: DIR, or with --attach a name. 0, or -1 after
 *  a complaint. */
int source_operand(struct source_args *args, const struct options *options);

/** What messages call the source. */
const char *source_title(const struct source_args *args);
/** Open it; NULL after a complaint. */
struct vts_source *source_open(const struct source_args *args);
/** Warn on standard error of what is damaged; says nothing of a sound source. False, after a
 *  complaint, if not one of @events records could be read. */
bool source_check(const struct source_args *args, const struct vts_source *source, uint64_t events);

/** From now on SIGINT and SIGTERM do not kill: they set what interrupted() tells. */
void interrupt_catch(void);
bool interrupted(void);

/**
 * Read @source to its end, handing over batches. An attached source is also left at Ctrl-C (see
 * interrupt_catch) and after @seconds (0: never). 0, or -1 once @take answers below 0.
 */
int source_drain(struct vts_source *source, uint64_t seconds,
		 int (*take)(void *context, const struct vts_event *events, size_t count),
		 void *context);

#endif
