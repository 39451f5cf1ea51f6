/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOOLS_VTRUN_OPTIONS_H
#define TOOLS_VTRUN_OPTIONS_H

#include "tools/vtrun/vtrun.h"

enum paging { PAGING_EPT, PAGING_SHADOW, PAGING_NATIVE };
enum idle { IDLE_DEFAULT, IDLE_WARP, IDLE_REALTIME };

/** The command line. Strings are argv's or static. */
struct options {
	const char *engine; /* NULL: auto, as a matter of course */
	enum paging paging;
	bool pv;
	bool vpid;
	bool ept_ad;
	bool apicv;
	const char *ept_pages; /* "4k", "2m", "1g" */
	uint64_t memory;       /* bytes; a multiple of 2 MiB; 0: as the guest is */
	const char *disk, *initrd, *append;
	const char *record; /* directory, or NULL */
	bool zstd;	    /* compress it */
	const char *name;   /* or NULL */
	enum idle idle;
	double timeout; /* seconds; 0: none */
	uint64_t seed, tick;
	bool count_flushes;
	const char *track;	     /* "none", "writes", "accesses" */
	const char *intercept;	     /* comma-separated names; "" */
	const char *stacks;	     /* comma-separated names of exit reasons; "" */
	const char *reasons, *kinds; /* to be recorded; "": all */
	uint64_t ring;		     /* bytes */
	const char *cpu;	     /* Bochs's name of the processor model */
	const char *vmm;	     /* a file, or a name in the library directory */
	const char *keep;	     /* directory, or NULL */
	const char *guest;
	char *const *args; /* NULL-terminated: what follows "--" */
};

/** The words of the enumerations, as in the options and on the VMM's command line. */
extern const char *const paging_names[];

/**
 * Parse the command line. 0; -1 and @error; or 1 when --help or --version was answered on standard
 * output and there is nothing more to do.
 */
int options_parse(struct options *options, int argc, char **argv, struct vts_error *error);

#endif
