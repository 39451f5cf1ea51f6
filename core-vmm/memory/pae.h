/* SPDX-License-Identifier: GPL-2.0-only */
/* PAE paging's four page-directory-pointer-table registers: SDM vol. 3, 4.4.1. */
#ifndef CORE_VMM_MEMORY_PAE_H
#define CORE_VMM_MEMORY_PAE_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/** Whether these registers select PAE paging. */
bool pae_selected(uint64_t cr0, uint64_t cr4, uint64_t efer);
/**
 * Read the four entries that @cr3 points to. False: a load of the register must raise #GP, as an
 * entry has a reserved bit set or the table lies outside the guest's memory.
 */
bool pae_pdptes_read(struct vcpu *vcpu, uint64_t cr3, uint64_t pdpte[4]);

#endif
