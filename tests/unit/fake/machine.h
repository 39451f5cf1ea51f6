/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine for unit tests of the core: memory, one VM with one vCPU, and a TLB that sees the
 * flushes. */
#ifndef TESTS_UNIT_FAKE_MACHINE_H
#define TESTS_UNIT_FAKE_MACHINE_H

#include "core-vmm/memory/shadow.h"
#include "core-vmm/vm.h"

/** What tlb.h is asked for goes here; what is NULL is dropped. */
struct fake_tlb {
	void (*address)(uint64_t gla);
	void (*guest)(void);
	void (*nonglobal)(void);
	unsigned ignored; /* a cause whose flushes are forgotten, to see that it matters; 0: none */
	unsigned by_cause[VTS_CAUSE_COUNT];
	unsigned long total;
};

struct fake_machine {
	struct vm vm;
	struct vcpu vcpu;
	struct fake_tlb tlb;
	uint64_t allocated;  /* pages given out */
	uint64_t page_limit; /* the allocator has no more than these */
};

extern struct fake_machine fake;

/** Start anew: all pages free, guest memory of @bytes, @large: backed 2 MiB at a time; no shadow
 * yet. */
void fake_start(uint64_t bytes, bool large);

/** 8 bytes of guest memory, which is backed if need be. */
uint64_t fake_read(uint64_t gpa);
void fake_write(uint64_t gpa, uint64_t value);

#endif
