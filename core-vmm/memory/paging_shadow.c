/* SPDX-License-Identifier: GPL-2.0-only */
/* Paging mode shadow: the processor walks tables that the VMM makes from the guest's. */
#include "core-vmm/memory/paging.h"

#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/pae.h"
#include "core-vmm/memory/shadow.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

/* Bits that matter to nobody but the guest: they need not exit. */
#define CR0_GUEST_OWNED (CR0_MP | CR0_EM | CR0_TS | CR0_AM)
#define CR4_GUEST_OWNED                                                                            \
	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PCE | CR4_OSFXSR | CR4_OSXMMEXCPT |            \
	 CR4_FSGSBASE)

static int shadow_mode_create(struct vcpu *vcpu)
{
	unsigned maxphyaddr = 64 - (unsigned)__builtin_clzll(vcpu->capability->physical_mask);

	return shadow_create(vcpu, maxphyaddr, 0) ? 0 : -1;
}

static void shadow_mode_controls(const struct vcpu *vcpu, struct paging_controls *controls)
{
	(void)vcpu;
	controls->proc = PROC_CR3_LOAD | PROC_CR3_STORE | PROC_INVLPG;
	controls->exception_bitmap = 1u << VECTOR_PF;
	controls->cr0_mask = ~CR0_GUEST_OWNED;
	controls->cr4_mask = ~CR4_GUEST_OWNED;
}

static bool root_install(uint64_t root)
{
	vmcs_write(VMCS_GUEST_CR3, root);
	return root;
}

/*
 * The guest's registers as the processor must have them. Whatever the guest's paging is, the processor's is on, in the
 * four-level format in IA-32e mode and in the PAE format outside: it walks the shadow. Its CR0.WP and EFER.NXE stay 1,
 * so that what the VMM protects is protected from the guest's kernel too.
 */

static void guest_cr0_write(uint64_t value)
{
	vmcs_write(VMCS_GUEST_CR0, value | CR0_NE | CR0_WP | CR0_PG);
	vmcs_write(VMCS_CR0_SHADOW, value);
}

/** With paging off no page is a user's, and there is nobody to be kept out. */
static void guest_cr4_write(const struct guest_paging *paging)
{
	uint64_t off = paging->cr0 & CR0_PG ? 0 : CR4_SMEP | CR4_SMAP;

	vmcs_write(VMCS_GUEST_CR4, (paging->cr4 & ~off) | CR4_VMXE | CR4_PAE);
	vmcs_write(VMCS_CR4_SHADOW, paging->cr4);
}

static void guest_efer_write(uint64_t value)
{
	uint64_t entry = vmcs_read(VMCS_ENTRY_CONTROLS);

	if (value & EFER_LMA) {
		vmcs_write(VMCS_ENTRY_CONTROLS, entry | ENTRY_GUEST_64);
	} else {
		vmcs_write(VMCS_ENTRY_CONTROLS, entry & ~(uint64_t)ENTRY_GUEST_64);
		value &= ~EFER_LME;
	}
	vmcs_write(VMCS_GUEST_EFER, value | EFER_NXE);
}

/** Under PAE paging the four top entries are registers, loaded with CR0, CR3 and CR4 (they are valid). */
static bool pdptes_load(struct vcpu *vcpu)
{
	struct guest_paging *paging = &vcpu->paging;

	return walk_format(paging) != WALK_PAE || pae_pdptes_read(vcpu, paging->cr3, paging->pdpte);
}

static bool mode_changed(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	return pdptes_load(vcpu) && root_install(shadow_mode_load(vcpu, cause));
}

static int shadow_mode_start(struct vcpu *vcpu)
{
	guest_cr0_write(vcpu->paging.cr0);
	guest_cr4_write(&vcpu->paging);
	guest_efer_write(vcpu->paging.efer);
	return mode_changed(vcpu, VTS_CAUSE_VM_START) ? 0 : -1;
}

/** CR0.PG switches IA-32e mode on and off where EFER.LME asks for it: SDM vol. 3, 10.8.5. */
static void paging_switch(struct guest_paging *paging)
{
	bool on = paging->cr0 & CR0_PG && paging->efer & EFER_LME;

	paging->efer = on ? paging->efer | EFER_LMA : paging->efer & ~EFER_LMA;
	guest_efer_write(paging->efer);
	guest_cr4_write(paging);
}

static bool shadow_load_cr0(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vcpu->paging.cr0 ^ value;

	if (!(value & CR0_PE)) {
		platform_log("shadow paging cannot serve real mode, to which this guest switches: "
			     "without EPT "
			     "the processor refuses CR0.PE = 0 (SDM vol. 3, 27.3.1.1): run it with "
			     "--paging ept");
		return false;
	}
	vcpu->paging.cr0 = value;
	guest_cr0_write(value);
	if (changed & CR0_PG)
		paging_switch(&vcpu->paging);
	return !(changed & (CR0_WP | CR0_PG | CR0_CD | CR0_NW)) ||
	       mode_changed(vcpu, VTS_CAUSE_GUEST_CR0);
}

static bool shadow_load_cr3(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	uint64_t root;
	bool hit;

	vcpu->paging.cr3 = value;
	if (!pdptes_load(vcpu))
		return false;
	root = shadow_cr3_load(vcpu, &hit);
	exit->how = hit ? VTS_EXIT_ROOT_HIT : VTS_EXIT_ROOT_MISS;
	return root_install(root);
}

static bool shadow_load_cr4(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vcpu->paging.cr4 ^ value;

	vcpu->paging.cr4 = value;
	guest_cr4_write(&vcpu->paging);
	return !(changed & (CR4_PGE | CR4_PAE | CR4_PSE | CR4_SMEP | CR4_SMAP)) ||
	       mode_changed(vcpu, VTS_CAUSE_GUEST_CR4);
}

static bool shadow_load_efer(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vcpu->paging.efer ^ value;

	vcpu->paging.efer = value;
	guest_efer_write(value);
	return !(changed & EFER_NXE) || mode_changed(vcpu, VTS_CAUSE_GUEST_EFER);
}

static uint64_t shadow_cr3(const struct vcpu *vcpu)
{
	return vcpu->paging.cr3;
}

/** Every change exits, but of those bits that are the guest's own. */
static void shadow_sync(struct vcpu *vcpu)
{
	struct guest_paging *paging = &vcpu->paging;

	paging->cr0 =
	    (paging->cr0 & ~CR0_GUEST_OWNED) | (vmcs_read(VMCS_GUEST_CR0) & CR0_GUEST_OWNED);
	paging->cr4 =
	    (paging->cr4 & ~CR4_GUEST_OWNED) | (vmcs_read(VMCS_GUEST_CR4) & CR4_GUEST_OWNED);
}

const struct paging_ops paging_shadow = {
    .name = "shadow",
    .create = shadow_mode_create,
    .controls = shadow_mode_controls,
    .start = shadow_mode_start,
    .load_cr0 = shadow_load_cr0,
    .load_cr3 = shadow_load_cr3,
    .load_cr4 = shadow_load_cr4,
    .load_efer = shadow_load_efer,
    .invlpg = shadow_invlpg,
    .page_fault = shadow_page_fault,
    .sync = shadow_sync,
    .write = shadow_write,
    .write_block = shadow_write_block,
    .cr3 = shadow_cr3,
};
