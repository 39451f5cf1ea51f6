/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMs that vmtop watches at once, each with its reports. */
#ifndef VMTOP_FLEET_H
#define VMTOP_FLEET_H

#include "tools/vmtop/detail.h"
#include "trace/kvm_source.h"

#define FLEET_MAX 16

struct member {
	struct model *model;
	struct model *frozen; /* what is shown instead while paused; NULL: not paused */
	struct report *report[SCOPE_COUNT]; /* as of the last tick */
	bool final;			    /* the report of its end was printed */
};

struct fleet {
	struct member member[FLEET_MAX];
	size_t count;
	const struct symbols *symbols;		/* of the guests; may be NULL. The caller's */
	const struct view *view;		/* that the reports are of */
	struct report *comparison[SCOPE_COUNT]; /* of the first two; NULL: they are not compared */
};

/** Attach to the running VM @name and watch it too. 0, or -1 and @error. */
int fleet_attach(struct fleet *fleet, const char *name, struct vts_error *error);
/** Attach to every running VM that is not watched yet. Returns how many were added. */
size_t fleet_discover(struct fleet *fleet);
/** Watch two recorded traces or running VMs, and compare them. 0, or -1 and @error. */
int fleet_compare(struct fleet *fleet, const char *const which[2], double step,
		  struct vts_error *error);
/** Watch a recorded trace, in steps of @step seconds. 0, or -1 and @error. */
int fleet_replay(struct fleet *fleet, const char *path, double step, struct vts_error *error);
/** Watch this host's KVM: the VM that @options choose, or each that runs now. 0, or -1 and @error. */
int fleet_kvm(struct fleet *fleet, const struct vts_kvm_options *options, struct vts_error *error);
void fleet_close(struct fleet *fleet);

/** Count what the running VMs have recorded, until there is no more or the host's clock shows
 *  @deadline. */
void fleet_pump(struct fleet *fleet, double deadline);
/** Close the interval of member @i at @now, and build its reports. */
void fleet_tick(struct fleet *fleet, size_t i, double now);
/** Build the reports of member @i anew: of what was there when it was frozen, if it was. */
void fleet_report(struct fleet *fleet, size_t i);
/** Go back to the beginning of recorded traces; what was frozen thaws. */
void fleet_rewind(struct fleet *fleet);
/** Open a row of a report of member @i: its figures in @detail. */
void fleet_detail(const struct fleet *fleet, size_t i, const struct report *report,
		  const struct detail_key *key, struct detail *detail);
/** Sampling goes on, but the reports stay those of now; or no longer. Those that cannot be frozen for
 *  lack of memory go on. */
void fleet_freeze(struct fleet *fleet, bool frozen);
/** Whether every VM's last interval is closed. */
bool fleet_settled(const struct fleet *fleet);
/** Whether every VM has ended and all its records are counted. */
bool fleet_ended(const struct fleet *fleet);

#endif
