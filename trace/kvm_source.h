/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM as a source of events: what the VMs of this host do, from the kernel's own tracepoints
 * (docs/kvm.md). It is read like any other source; the unit of time is ns. Built when configure
 * found libbpf, clang and bpftool; otherwise opening it fails and says so.
 */
#ifndef TRACE_KVM_SOURCE_H
#define TRACE_KVM_SOURCE_H

#include <sys/types.h>

#include "source.h"

struct vts_kvm_options {
	pid_t pid; /* a VM's process; 0: see @name */
	const char
	    *name; /* a VM's name (vts_kvm_list); NULL: every VM, also those that start later */
	bool exits_only;   /* no details and no host time: the least overhead */
	size_t ring_bytes; /* of the ring between kernel and reader, a power of two; 0: 8 MiB */
};

/**
 * Attach. NULL and @error on failure: no KVM, no such VM, a missing privilege (which one, and the
 * command that grants it). A source of one VM ends with its process; a source of all does not end.
 * Its env has: engine (kvm), unit (ns), isa (vmx, svm, pvm or unknown), kernel, guest, and
 * `absent`: tracepoints that this kernel lacks, if any.
 */
struct vts_source *vts_source_open_kvm(const struct vts_kvm_options *options,
				       struct vts_error *error);

/** A VM: a process that has a KVM VM open. */
struct vts_kvm_vm {
	pid_t pid;
	char name[64]; /* what its command line calls it, else the command's name */
};

/** The VMs that this user may look into; returns how many there are, @max at most are stored. */
size_t vts_kvm_list(struct vts_kvm_vm *list, size_t max);

/** What an error is to say of privileges: those that reading KVM's tracepoints takes and this
 *  process lacks, and how to grant them. False: none is lacking. */
bool vts_kvm_privileges(char *text, size_t size);

#endif
