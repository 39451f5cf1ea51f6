/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended page tables: SDM vol. 3, 29.3. */
#ifndef CORE_VMM_MEMORY_EPT_H
#define CORE_VMM_MEMORY_EPT_H

#include <stdint.h>

#include "core-vmm/vmx/capability.h"

struct ept {
	uint64_t *root;	  /* PML4 */
	uint64_t pointer; /* EPTP (SDM table 25-9) */
};

enum ept_result { EPT_MAPPED, EPT_SPURIOUS, EPT_NO_MEMORY };

/** NULL: no memory. */
struct ept *ept_create(const struct capability *capability);
/**
 * Map @gpa's page, or its 2 MiB if @large, to @hpa of the same alignment, readable, writable and executable,
 * write-back. The entry must be not present: then nothing is cached of it and no flush is owed (SDM 29.4.3.1).
 * EPT_SPURIOUS: it was there already.
 */
enum ept_result ept_map(struct ept *ept, uint64_t gpa, uint64_t hpa, int large);

#endif
