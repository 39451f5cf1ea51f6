/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event: what every part of vtscope speaks. One event is one 64-byte record: one cache line,
 * little-endian, naturally aligned. The layout is an ABI (docs/trace-format.md); freestanding.
 */
#ifndef TRACE_EVENT_H
#define TRACE_EVENT_H

#include <stddef.h>
#include <stdint.h>

/** Version of the record, packet and ring layouts. A reader accepts every version up to its own. */
#define VTS_ABI_VERSION 1

/**
 * One record.
 *
 * An exit record is written once an exit, just before the entry that ends it, so latency is
 * tsc - exit_tsc: the VMM's own work for this exit. Records of other kinds written within an exit
 * carry the same exit_tsc; those outside any exit carry exit_tsc == tsc. Time stamps of one vCPU
 * never go back. Times are TSC values (on a KVM host
 * CLOCK_MONOTONIC); their unit is a property of the engine (instr, cycles or ns).
 */
struct vts_event {
	uint64_t tsc; /* when the record was written; of an exit: the entry that ended it */
	union {
		struct {
			uint8_t kind;	 /* enum vts_kind */
			uint8_t how;	 /* by kind: how it was resolved, or its sub-kind */
			uint16_t reason; /* by kind: exit reason, flush cause, device, ... */
			uint8_t vm;
			uint8_t vcpu;
			uint16_t flags; /* VTS_FLAG_* */
		};
		uint64_t head; /* all of these as one word: a producer stores it at once */
	};
	uint64_t exit_tsc; /* when the exit happened that this record belongs to */
	union {
		uint64_t word[5];
		struct {
			uint64_t rip, cr3, qualification, gpa, gla;
		} exit;
		struct {
			uint64_t address, context, unused[3];
		} tlb_flush;
		struct {
			uint64_t gpa, gla, qualification, size, clear;
		} ept_violation;
		struct {
			uint64_t gla, error_code, gpa, size, clear;
		} shadow_fault;
		struct {
			uint64_t gpa, entries, pages, level, unused;
		} shadow_zap;
		struct {
			uint64_t address, bytes, value, depth, wait;
		} io_request;
		struct {
			uint64_t error_code, cr2, delay, source, unused;
		} injection;
		struct {
			uint64_t arg[4], result;
		} hypercall;
		struct {
			uint64_t ops, name[2], begin_tsc, value;
		} mark;
		struct {
			uint64_t config, memory, hz, hash, features;
		} vm_start;
		struct {
			uint64_t status, rip, exits, records, detail;
		} vm_stop;
		struct {
			uint64_t count, unused[4];
		} lost;
		struct {
			uint64_t off_cpu, hard_irq, soft_irq, user, switches;
		} host_time;
		struct {
			uint64_t number, value, exception, unused[2];
		} reg;
		struct {
			uint64_t pid, tid, vcpu_id, unused[2];
		} thread;
		struct {
			uint64_t rsp, rbp, words, spent, unused;
		} stack;
		uint64_t stack_words[5];
	};
};

_Static_assert(sizeof(struct vts_event) == 64, "an event is one cache line");
_Static_assert(offsetof(struct vts_event, kind) == 8 && offsetof(struct vts_event, how) == 9 &&
		   offsetof(struct vts_event, reason) == 10 &&
		   offsetof(struct vts_event, vm) == 12 && offsetof(struct vts_event, vcpu) == 13 &&
		   offsetof(struct vts_event, flags) == 14 &&
		   offsetof(struct vts_event, exit_tsc) == 16 &&
		   offsetof(struct vts_event, word) == 24,
	       "the layout of an event is an ABI");

enum vts_kind {
#define KIND(NAME, number, name, text) VTS_KIND_##NAME = number,
#include "events.def"
	VTS_KIND_COUNT
};

enum vts_how {
#define HOW(KIND, NAME, number, name, text) VTS_##KIND##_##NAME = number,
#include "events.def"
};

enum vts_flag {
#define FLAG(NAME, bit, name, text) VTS_FLAG_##NAME = 1 << (bit),
#include "events.def"
};

enum vts_exit_reason {
#define EXIT_REASON(NAME, number, name, text) VTS_REASON_##NAME = number,
#include "events.def"
	VTS_REASON_COUNT
};

/** Words of a guest's stack that one exit shows at most. */
#define VTS_STACK_WORDS 512

/* Reasons of other origin than Intel's manual: SVM_EXIT, USER_EXIT; and those of no known origin. */
#define VTS_SVM_BASE  0x1000
#define VTS_USER_BASE 0x2000
#define VTS_RAW_BASE  0x8000

enum vts_svm_exit {
#define SVM_EXIT(NAME, number, name, text) VTS_SVM_##NAME = number,
#include "events.def"
};

enum vts_user_exit {
#define USER_EXIT(NAME, number, name, text) VTS_USER_##NAME = number,
#include "events.def"
};

#define VTS_KVM_HYPERCALL_BASE 0x1000

enum vts_flush_cause {
#define FLUSH_CAUSE(NAME, number, name, text) VTS_CAUSE_##NAME = number,
#include "events.def"
	VTS_CAUSE_COUNT
};

enum vts_device {
#define DEVICE(NAME, number, name, text) VTS_DEVICE_##NAME = number,
#include "events.def"
	VTS_DEVICE_COUNT
};

enum vts_hypercall {
#define HYPERCALL(NAME, number, name, text) VTS_HYPERCALL_##NAME = number,
#include "events.def"
	VTS_HYPERCALL_COUNT
};

/* Bits of vm_start.config. */
#define VTS_CONFIG_VPID	       (1u << 0)
#define VTS_CONFIG_PV	       (1u << 1) /* paravirtual devices offered */
#define VTS_CONFIG_COUNT_FLUSH (1u << 2) /* the guest's own flushes intercepted to be counted */
#define VTS_CONFIG_WARP	       (1u << 3) /* idle time skipped, not waited */
#define VTS_CONFIG_INTERACTIVE (1u << 4) /* typed input: not repeatable */
#define VTS_CONFIG_CYCLES      (1u << 5) /* time is cycles; otherwise executed instructions */
/* 4 bits from here: log2 of the backing page size, less 12: 0, 9 or 18. */
#define VTS_CONFIG_EPT_PAGES_SHIFT 8

/* Bits of vm_start.features. */
#define VTS_FEATURE_EPT_AD	 (1u << 0)
#define VTS_FEATURE_EPT_2M	 (1u << 1)
#define VTS_FEATURE_EPT_1G	 (1u << 2)
#define VTS_FEATURE_INVVPID_ADDR (1u << 3)
#define VTS_FEATURE_PREEMPTION	 (1u << 4)
#define VTS_FEATURE_UNRESTRICTED (1u << 5)
#define VTS_FEATURE_APICV	 (1u << 6) /* virtual-interrupt delivery, APIC-register virtualization */

#endif
