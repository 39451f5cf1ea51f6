/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the subcommands share that look at a source exit by exit (flame, outliers, timeline,
 * export): their options, and the reading.
 */
#ifndef EXITSTAT_VIEW_H
#define EXITSTAT_VIEW_H

#include "exitstat.h"
#include "guest.h"

struct view {
	struct source_args source;
	struct guest_names names; /* its files are set by options */
	const char *phase;	  /* only what lies in phases of this name; NULL: all */
	bool one_reason;	  /* only exits of this reason: */
	uint64_t reason;
	bool json;
	/* May be set: gets every group, wanted or not, after it was handed over. */
	void (*every)(void *context, const struct exit_group *group);
	/* From view_open to view_close. */
	struct vts_source *reader;
	struct guest guest;
	uint64_t seen;		      /* records read */
	uint64_t first_tsc, last_tsc; /* of them */
	/* private */
	struct grouper grouper;
	void (*take)(void *context, const struct exit_group *group);
	void *context;
};

enum view_option { OPTION_SYMBOLS = 1100, OPTION_UNWIND, OPTION_PHASE, OPTION_REASON, OPTION_JSON };
/* For those that show call stacks. */
#define UNWIND_OPTION                                                                              \
	{                                                                                          \
		"unwind", required_argument, NULL, OPTION_UNWIND                                   \
	}
#define UNWIND_HELP                                                                                \
	"  --unwind VMLINUX     unwind stacks by this kernel's tables; else by frame pointers\n"
#define VIEW_OPTIONS                                                                               \
	SOURCE_OPTIONS, {"symbols", required_argument, NULL, OPTION_SYMBOLS},                      \
	    {"phase", required_argument, NULL, OPTION_PHASE},                                      \
	    {"reason", required_argument, NULL, OPTION_REASON},                                    \
	{                                                                                          \
		"json", no_argument, NULL, OPTION_JSON                                             \
	}
/** What their --help says. */
#define VIEW_HELP                                                                                  \
	"  --symbols FILE       names of guest addresses, from an ELF file, or a list as\n"        \
	"                       /proc/kallsyms and System.map are\n"                               \
	"  --phase NAME         only what lies in the workload's phases of this name\n"            \
	"  --reason R           only exits of this reason: a name, or a number\n"                  \
	"  --attach [NAME]      a running VM, until it ends, or Ctrl-C\n"                          \
	"  --for SECONDS        with --attach: stop after so long\n" SOURCE_HELP

/** Take one of these options. 0, or -1 after a complaint. */
int view_option(struct view *view, const struct options *options, int option);
/** Open the symbols and the source; false after a complaint. Only then is view_close due. */
bool view_open(struct view *view);
/**
 * Read to the end, handing over each group of the wanted phase and reason, with view->guest as it
 * stands at that exit. Without a reason also groups that have no exit. False, after a complaint, if
 * nothing could be read or no phase has that name.
 */
bool view_read(struct view *view, void (*take)(void *context, const struct exit_group *group),
	       void *context);
void view_close(struct view *view);

#endif
