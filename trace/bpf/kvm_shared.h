/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF programs and their reader (kvm_source.c) share. */
#ifndef TRACE_BPF_KVM_SHARED_H
#define TRACE_BPF_KVM_SHARED_H

#include <stdint.h>

#include "trace/event.h"

#define KVM_VCPUS      256 /* as many as vts_event.vcpu has numbers */
#define KVM_RING_BYTES (8u << 20)
#define KVM_GATHERED   8 /* exits that go through the ring at once, where exits alone are read */

/** What an exit record is being made of. */
enum kvm_boundary {
	KVM_IN_GUEST, /* no exit in progress, or none seen yet */
	KVM_IN_EXIT,  /* from kvm_exit to kvm_entry */
	KVM_IN_USER,  /* from kvm_userspace_exit to the next KVM_RUN; where there is no kvm_exit */
};

/** Exits of one vCPU, as one sample of the ring. */
struct kvm_gathered {
	uint64_t first; /* number of the first among all of this vCPU's */
	struct vts_event exit[KVM_GATHERED];
};

/**
 * One vCPU. Written by its own thread, and by the scheduler when that is switched in or out; the reader only
 * reads the identity (once tid is set), the counts of lost records, and the exits that are gathered.
 */
struct kvm_vcpu {
	/* What every exit touches comes first, in two cache lines. */
	uint8_t boundary; /* enum kvm_boundary */
	uint8_t how;	  /* of the exit in progress, by its details */
	uint8_t vm_exits; /* kvm_exit or kvm_entry was seen: returns to user space are no exits */
	uint8_t vm;	  /* the VM's number */
	uint8_t vcpu;	  /* index in the table */
	uint8_t
	    fault; /* kind of the record that tells of a fault in the exit in progress; 0: none waits */
	uint16_t reason;
	uint16_t flags;
	uint8_t fault_how; /* as far as it is known */
	uint8_t unused;
	uint32_t switches;
	uint64_t exit_ns, rip, qualification, gpa, gla;
	uint64_t exits; /* gathered since the beginning */
	uint64_t off_cpu, hard_irq, soft_irq, user;
	uint64_t out_since, hard_since, soft_since, user_since; /* 0: not now */
	uint64_t taken; /* of the first three, when user_since was set */
	uint64_t fault_address, fault_error;
	uint64_t ring_full, unpaired; /* records lost since the beginning, by cause */
	uint64_t tid;		      /* 0: this number is free */
	uint32_t pid;
	uint32_t vcpu_id; /* KVM's; UINT32_MAX: not known */
	/* Number n is in exit[n % KVM_GATHERED] until n + KVM_GATHERED is written there, which begins when @exits is
	 * that. */
	struct kvm_gathered gathered;
} __attribute__((aligned(64)));

#endif
