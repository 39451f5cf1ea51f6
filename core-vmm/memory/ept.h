/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended page tables: SDM vol. 3, 29.3. */
#ifndef CORE_VMM_MEMORY_EPT_H
#define CORE_VMM_MEMORY_EPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core-vmm/vmx/capability.h"

#define EPT_R	1ull
#define EPT_W	2ull
#define EPT_X	4ull
#define EPT_RWX 7ull

/* Ignored by the processor (SDM table 29-7): this mapping keeps its rights. */
#define EPT_KEPT (1ull << 52)

#define EPTP_AD (1ull << 6) /* of struct ept.pointer: accessed and dirty bits are in use */

struct ept {
	uint64_t *root;	    /* PML4 */
	uint64_t pointer;   /* EPTP (SDM table 25-9) */
	uint64_t rights;    /* that a fresh mapping gets, whatever the access needs besides */
	bool execute_only;  /* the processor has mappings with X and without R */
	unsigned shift_max; /* log2 of the largest page that the processor can map: 12, 21 or 30 */
};

/** @ad: use accessed and dirty bits where the processor has them. NULL: no memory. */
struct ept *ept_create(const struct capability *capability, bool ad);

/**
 * Map the 1 << @shift bytes around @gpa to those around @hpa, with @rights, write-back; the guest's
 * PAT counts too. There must be no mapping: then nothing is cached of it and no flush is owed (SDM
 * 29.4.3.1). False: no memory.
 */
bool ept_map(struct ept *ept, uint64_t gpa, uint64_t hpa, unsigned shift, uint64_t rights);

/** The entry that maps @gpa, and its @shift; NULL if none does. */
uint64_t *ept_find(struct ept *ept, uint64_t gpa, unsigned *shift);

/** Replace the large mapping of @gpa by 4 KiB ones of the same rights. A flush is owed. False: no
 *  memory. */
bool ept_split(struct ept *ept, uint64_t gpa);

/** Give every mapping @rights, but those with EPT_KEPT. A flush is owed if that takes any away. */
void ept_rights_set(struct ept *ept, uint64_t rights);

#endif
