/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the KVM source: kvm_source.c reads, kvm_attach.c loads the programs; private to trace/. */
#ifndef TRACE_KVM_PRIVATE_H
#define TRACE_KVM_PRIVATE_H

#include "bpf/kvm_shared.h"
#include "kvm_source.h"
#include "source_private.h"

#define KVM_BATCH  4096u /* records handed out at a time */
#define KVM_LOSSES 3u	 /* causes */

struct kvm_bpf;
struct ring_buffer;

struct source_kvm {
	struct vts_source source;
	struct kvm_bpf *programs;
	struct ring_buffer *ring;
	int process; /* pidfd of the only VM; -1: every VM */
	uint8_t paging;
	bool stopped;		    /* the VM_STOP record is out */
	uint8_t started[KVM_VCPUS]; /* by VM: the VM_START record is out */
	uint64_t last_tsc[KVM_VCPUS];
	uint64_t missed[KVM_VCPUS];	      /* gathered exits that found no room in the ring */
	uint64_t taken[KVM_VCPUS];	      /* gathered exits handed out, or lost, by vCPU */
	struct vts_event last;		      /* any vCPU's */
	uint64_t said[KVM_VCPUS][KVM_LOSSES]; /* losses that records tell of, by vCPU and cause */
	bool exits_only;
	char absent[512]; /* names of tracepoints that this kernel lacks */
	size_t count, held;
	struct vts_event batch[KVM_BATCH];   /* as read, those held back first */
	struct vts_event by_vcpu[KVM_BATCH]; /* to be handed out */
};

/** The processor's virtualization: "vmx", "svm", "pvm" or "unknown". */
const char *kvm_isa(void);
/** Whether VMs of other users can be found; if not, @text says which privilege this process lacks for it. */
bool kvm_sees_processes(char *text, size_t size);
/** Open the programs for this kernel, for one process (@pid) or all (0). 0, or -1 and @error. */
int kvm_open_programs(struct source_kvm *kvm, const struct vts_kvm_options *options, pid_t pid,
		      struct vts_error *error);
/** Load and attach them, with these VMs known by the first numbers. 0, or below 0 and @error. */
int kvm_start_programs(struct source_kvm *kvm, const struct vts_kvm_vm *vms, size_t count,
		       struct vts_error *error);
/** The reader's callback for each sample of the ring; @context is the struct source_kvm. */
int kvm_take(void *context, void *data, size_t bytes);

#endif
