/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/memory/pae.h"

#include "core-vmm/vm.h"
#include "core-vmm/vmx/capability.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"

#define PDPTE_P	       1ull
#define PDPTE_RESERVED 0x1e6ull /* bits 1, 2 and 5 to 8 */
#define PDPT_ADDRESS   0xffffffe0ull

bool pae_selected(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return cr0 & CR0_PG && cr4 & CR4_PAE && !(efer & EFER_LME);
}

bool pae_pdptes_read(struct vcpu *vcpu, uint64_t cr3, uint64_t pdpte[4])
{
	uint64_t reserved = PDPTE_RESERVED | ~vcpu->capability->physical_mask;

	if (guest_memory_read(&vcpu->vm->memory, cr3 & PDPT_ADDRESS, pdpte, 4 * sizeof(*pdpte)))
		return false;
	for (unsigned i = 0; i < 4; i++)
		if (pdpte[i] & PDPTE_P && pdpte[i] & reserved)
			return false;
	return true;
}
