/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the processor, twice. One walks the guest's own tables, in a twin of guest memory,
 * with no TLB: what the guest may expect. The other walks the shadow, with a TLB and
 * paging-structure caches that forget only what they are told to, and takes its page faults to the
 * VMM: what the guest gets.
 */
#ifndef TESTS_UNIT_SHADOW_MODEL_H
#define TESTS_UNIT_SHADOW_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/memory/walk.h"
#include "tests/unit/fake/machine.h"

#define MODEL_BYTES	 (8ul << 20)
#define MODEL_MAXPHYADDR 40

enum model_kind { MODEL_DONE, MODEL_FAULT, MODEL_OUTSIDE };

/** What came of an access. */
struct model_result {
	enum model_kind kind;
	uint32_t error_code; /* FAULT */
	uint64_t gpa;	     /* DONE; of a table or page, OUTSIDE */
	uint64_t value;	     /* DONE: read, or before it was written */
};

/** Guest memory as the twin has it. */
extern uint8_t model_twin[MODEL_BYTES];

/** Bytes of an access, and of an entry, in the guest's format of tables. */
static inline unsigned model_width(void)
{
	return walk_format(&fake.vcpu.paging) == WALK_32 ? 4 : 8;
}

/** Start both anew, after fake_start and shadow_create. */
void model_start(void);

/**
 * Access model_width() aligned bytes at @gla (access: PF_W, PF_U, PF_ID, ACCESS_AC) with the guest's current
 * paging registers; @value is what a write writes.
 */
struct model_result model_twin_access(uint64_t gla, uint32_t access, uint64_t value);

/** The same through the shadow. What must never happen (a loop, a write past the VMM) comes back in
 * @wrong. */
struct model_result model_shadow_access(uint64_t gla, uint32_t access, uint64_t value,
					const char **wrong);
/** How often its faults were resolved how: by VTS_SHADOW_FAULT_*. */
extern unsigned model_faults[16];

#endif
