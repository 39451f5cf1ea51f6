/* SPDX-License-Identifier: GPL-2.0-only */
/* What walks in every format share: what an access may do, and how it fails. */
#ifndef CORE_VMM_MEMORY_WALK_ACCESS_H
#define CORE_VMM_MEMORY_WALK_ACCESS_H

#include "core-vmm/memory/walk.h"

/** A table's entries, or NULL if nothing backs it or it is not guest memory. */
static inline uint64_t *table_find(const struct guest_memory *memory, uint64_t table)
{
	uint64_t hpa = guest_memory_find(memory, table);

	return hpa ? platform_virt(hpa) : NULL;
}

/** Whether the rights of all levels allow the access (SDM vol. 3, 4.6.1). */
static inline bool access_allowed(const struct guest_paging *paging, unsigned rights,
				  uint32_t access)
{
	if (access & PF_ID && !(rights & RIGHT_X))
		return false;
	if (access & PF_U)
		return rights & RIGHT_U && (!(access & PF_W) || rights & RIGHT_W);
	if (access & PF_W && !(rights & RIGHT_W) && paging->cr0 & CR0_WP)
		return false;
	if (!(rights & RIGHT_U))
		return true;
	if (access & PF_ID)
		return !(paging->cr4 & CR4_SMEP);
	return access & ACCESS_AC || !(paging->cr4 & CR4_SMAP);
}

/** The error code of a fault with @cause (PF_P, PF_RSVD): I/D only where the processor defines it.
 */
static inline uint32_t fault_code(const struct guest_paging *paging, uint32_t access,
				  uint32_t cause)
{
	uint32_t code = cause | (access & (PF_W | PF_U));

	if (access & PF_ID &&
	    ((paging->efer & EFER_NXE && paging->cr4 & CR4_PAE) || paging->cr4 & CR4_SMEP))
		code |= PF_ID;
	return code;
}

#endif
