/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtual machine and its processor. All state of the core is in these two: there is no global
 * mutable state, so several VMs can live side by side.
 */
#ifndef CORE_VMM_VM_H
#define CORE_VMM_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core-vmm/dispatch/pending.h"
#include "core-vmm/memory/guest_memory.h"
#include "core-vmm/memory/ledger.h"
#include "core-vmm/vmx/apicv.h"
#include "core-vmm/vmx/capability.h"
#include "trace/ring.h"

struct devices;
struct disk;
struct ept;
struct filter;
struct shadow;
struct vcpu;

/** The registers that decide how the guest's linear addresses are translated, as the guest sees
 *  them. */
struct guest_paging {
	uint64_t cr0, cr3, cr4, efer;
	uint64_t pdpte[4]; /* PAE paging only: SDM vol. 3, 4.4.1 */
};

/** General registers in the order of their encoding; RSP lives in the VMCS, its slot here is
 *  unused. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/* Instructions that need not exit, but do where they are to be counted. */
#define VM_INTERCEPT_RDTSC	 (1u << 0)
#define VM_INTERCEPT_PAUSE	 (1u << 1)
#define VM_INTERCEPT_DR		 (1u << 2)
#define VM_INTERCEPT_DESCRIPTORS (1u << 3)

/* Under EPT: record the first access of a kind to each page in each phase that the guest marks. */
enum { VM_TRACK_NONE, VM_TRACK_WRITES, VM_TRACK_ACCESSES };

/** Whether basic exit reason @reason is in @set, a bit each. */
static inline bool vm_has_reason(const uint64_t set[2], uint64_t reason)
{
	return reason < VTS_REASON_COUNT && set[reason / 64] >> reason % 64 & 1;
}

_Static_assert(VTS_REASON_COUNT <= 128, "a set of exit reasons has a bit each");

/** What is recorded; see vmx/filter.h. */
struct vm_filter {
	bool by_reason, by_kind; /* all that is not named below is left out */
	uint64_t reasons[2];	 /* of exits: a bit each */
	uint64_t kinds;		 /* of details: a bit each */
};

struct vm_config {
	enum vts_how paging; /* VTS_VM_START_EPT or VTS_VM_START_SHADOW */
	bool pv;	     /* offer paravirtual devices */
	bool vpid;
	bool ept_ad;	    /* EPT accessed and dirty bits, where the processor has them */
	bool apicv;	    /* the processor's virtual APIC, where it has one */
	uint8_t backing;    /* log2 of the pages that back memory: 12, 21 or 30 */
	uint8_t track;	    /* VM_TRACK_* */
	bool count_flush;   /* intercept the guest's own flushes under EPT */
	bool emulated;	    /* the machine is Bochs */
	bool interactive;   /* typed input: poll for it */
	bool realtime;	    /* an idle guest waits; otherwise its idle time is skipped */
	uint32_t intercept; /* VM_INTERCEPT_* */
	struct vm_filter filter;
	uint64_t stacks[2]; /* exit reasons whose exits show the guest's stack: a bit each */
	uint64_t memory;    /* bytes */
	uint64_t hz;	    /* TSC frequency */
	uint64_t seed;
	uint64_t tick; /* 0, or force an exit every so many time units */
	uint64_t hash; /* of the configuration */
	const char *args;
};

/** How the VM ended. */
struct vm_stop {
	bool stopped;
	enum vts_how cause; /* VTS_VM_STOP_* */
	uint64_t status;
	uint64_t detail;
};

struct vm {
	struct vm_config config;
	const struct paging_ops *paging;
	struct guest_memory memory;
	struct ept *ept;       /* NULL under shadow paging */
	struct shadow *shadow; /* NULL under EPT */
	struct devices *devices;
	struct disk *disk;	 /* NULL: there is none */
	struct console *console; /* where console bytes go and come from */
	struct vm_stop stop;
	uint8_t id;
};

struct vcpu {
	uint64_t gpr[16];  /* first: vmx/switch.S knows the offset */
	uint64_t exit_tsc; /* of the exit being handled */
	uint64_t launched; /* whether to VMRESUME */
	uint64_t
	    host_rsp; /* the VMM's stack while the guest runs; switch.S knows the offsets up to here */
	struct vts_ring ring;
	struct vm *vm;
	const struct capability *capability;
	void *vmcs; /* NULL until it runs */
	uint8_t *msr_bitmap;
	struct apicv apicv;
	struct guest_paging
	    paging;    /* shadow: kept current, as every change exits; EPT: see guest_paging_read */
	uint16_t vpid; /* 0: off */
	uint8_t id;
	uint8_t
	    tpr; /* the local APIC's task priority, unless it is on the virtual-APIC page; CR8 is its upper half */
	uint64_t identity;  /* vm and vcpu where a record's head has them */
	uint64_t exit_head; /* head of an exit record, but for the reason */
	uint64_t exits;
	struct pending pending;
	uint64_t time_offset;	     /* VM time (device/timer.h), less the TSC */
	uint64_t device_gla;	     /* shadow: where a device was accessed last */
	uint64_t tsc_adjust;	     /* the guest's TSC, less VM time: what it wrote to its TSC */
	uint32_t cpuid_1_edx_hidden; /* the APIC bit, while the guest has switched it off */
	bool deadline;		     /* the preemption timer is set for one */
#ifdef VTS_TEST
	struct ledger ledger;
	uint64_t check_state, checks; /* memory/isolation.c */
#endif
	uint64_t tsc_start;    /* the VM's first entry */
	struct filter *filter; /* NULL: all is recorded */
};

_Static_assert(offsetof(struct vcpu, exit_tsc) == 128 && offsetof(struct vcpu, launched) == 136 &&
		   offsetof(struct vcpu, host_rsp) == 144,
	       "vmx/switch.S knows these");

/** End the VM once the current exit is done. The first cause counts. */
static inline void vm_stop(struct vm *vm, enum vts_how cause, uint64_t status, uint64_t detail)
{
	if (vm->stop.stopped)
		return;
	vm->stop =
	    (struct vm_stop){.stopped = true, .cause = cause, .status = status, .detail = detail};
}

struct guest_image;
struct guest_entry;

/**
 * Make the VM that vcpu->vm->config describes: memory, paging mode, guest image. The caller has set
 * config, console, id and vcpu->capability. NULL, or what is wrong; @cause: VTS_VM_STOP_*.
 */
const char *vm_create(struct vcpu *vcpu, const struct guest_image *image, struct guest_entry *entry,
		      enum vts_how *cause);
/** The VM never came to run: its trace says why, in one record. */
void vm_refuse(struct vcpu *vcpu, enum vts_how cause);
/** No record will follow: close the last packet. */
void vm_records_end(struct vcpu *vcpu);

#endif
