/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMs that vmtop watches at once, each with its reports. */
#ifndef VMTOP_FLEET_H
#define VMTOP_FLEET_H

#include "tools/vmtop/report.h"
#include "trace/kvm_source.h"

#define FLEET_MAX 16

struct member {
	struct model *model;
	struct report *report[SCOPE_COUNT]; /* as of the last tick */
	bool final;			    /* the report of its end was printed */
};

struct fleet {
	struct member member[FLEET_MAX];
	size_t count;
};

/** Attach to the running VM @name and watch it too. 0, or -1 and @error. */
int fleet_attach(struct fleet *fleet, const char *name, struct vts_error *error);
/** Attach to every running VM that is not watched yet. Returns how many were added. */
size_t fleet_discover(struct fleet *fleet);
/** Watch a recorded trace. 0, or -1 and @error. */
int fleet_replay(struct fleet *fleet, const char *path, struct vts_error *error);
/** Watch this host's KVM: the VM that @options choose, or each that runs now. 0, or -1 and @error. */
int fleet_kvm(struct fleet *fleet, const struct vts_kvm_options *options, struct vts_error *error);
void fleet_close(struct fleet *fleet);

/** Count what the running VMs have recorded, until there is no more or the host's clock shows
 *  @deadline. */
void fleet_pump(struct fleet *fleet, double deadline);
/** Close the interval of a member at @now, and build its reports unless @frozen. */
void member_tick(struct member *member, double now, bool frozen);
void member_report(struct member *member);
/** Whether every VM has ended and all its records are counted. */
bool fleet_ended(const struct fleet *fleet);

#endif
