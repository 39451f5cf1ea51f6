/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VMTOP_OPTIONS_H
#define VMTOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/vmtop/fleet.h"
#include "trace/kvm_source.h"

enum mode { MODE_SCREEN, MODE_ONCE, MODE_BATCH };

struct options {
	const char *attach[FLEET_MAX];
	size_t attached;
	const char *replay;	/* NULL: none */
	const char *compare[2]; /* traces or names of running VMs; NULL: none */
	bool kvm;		/* this host's KVM: the VM below, or every VM that runs now */
	struct vts_kvm_options kvm_options;
	bool run;
	char **run_args; /* of vtrun; NULL-terminated */
	enum mode mode;
	bool json;
	bool total;	  /* batch mode: figures since the beginning, not of the interval */
	uint64_t samples; /* of batch mode; 0: until the end */
	double interval;  /* seconds */
	const struct view *view;
	bool view_given; /* otherwise the default */
	int sort;	 /* column of view */
	bool sort_given;
	const char *filter; /* only rows with this in their names; NULL: all */
	uint64_t top;	    /* so many rows, the rest together; 0: all */
	const char *row;    /* to open: a name in the view; NULL: none */
	bool ascii;
	const char *guest; /* file with the guests' symbols; NULL: none */
};

/** What main does after the options are read. */
enum options_verdict { OPTIONS_GO, OPTIONS_DONE, OPTIONS_BAD };

/** Read the command line; what is wrong with it is said on standard error. */
enum options_verdict options_parse(struct options *options, int argc, char **argv);

#endif
