/* SPDX-License-Identifier: GPL-2.0-only */
/* Paging mode shadow: the processor walks tables that the VMM makes from the guest's. */
#include "core-vmm/memory/paging.h"

#include "core-vmm/dispatch/dispatch.h"
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

static bool mode_changed(struct vcpu *vcpu, enum vts_flush_cause cause)
{
	return root_install(shadow_mode_load(vcpu, cause));
}

static int shadow_mode_start(struct vcpu *vcpu)
{
	vmcs_write(VMCS_GUEST_EFER, vcpu->paging.efer | EFER_NXE);
	return mode_changed(vcpu, VTS_CAUSE_VM_START) ? 0 : -1;
}

/**
 * The processor's CR0.WP stays 1, so that the VMM's write protection holds for the guest's kernel
 * too. Leaving four-level paging is not handled: that ends the VM.
 */
static bool shadow_load_cr0(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vcpu->paging.cr0 ^ value;

	if (!(value & CR0_PG)) {
		platform_log(
		    "shadow paging serves guests with four-level paging only, and this one "
		    "switches paging off (CR0.PG): run it with --paging ept");
		return false;
	}
	vmcs_write(VMCS_GUEST_CR0, value | CR0_NE | CR0_WP);
	vmcs_write(VMCS_CR0_SHADOW, value);
	vcpu->paging.cr0 = value;
	return !(changed & (CR0_WP | CR0_PG)) || mode_changed(vcpu, VTS_CAUSE_GUEST_CR0);
}

static bool shadow_load_cr3(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	uint64_t root;
	bool hit;

	vcpu->paging.cr3 = value;
	root = shadow_cr3_load(vcpu, &hit);
	exit->how = hit ? VTS_EXIT_ROOT_HIT : VTS_EXIT_ROOT_MISS;
	return root_install(root);
}

static bool shadow_load_cr4(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vcpu->paging.cr4 ^ value;

	vmcs_write(VMCS_GUEST_CR4, value | CR4_VMXE);
	vmcs_write(VMCS_CR4_SHADOW, value);
	vcpu->paging.cr4 = value;
	return !(changed & (CR4_PGE | CR4_PAE | CR4_PSE | CR4_SMEP | CR4_SMAP)) ||
	       mode_changed(vcpu, VTS_CAUSE_GUEST_CR4);
}

static bool shadow_load_efer(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vcpu->paging.efer ^ value;

	vmcs_write(VMCS_GUEST_EFER, value | EFER_NXE);
	vcpu->paging.efer = value;
	return !(changed & EFER_NXE) || mode_changed(vcpu, VTS_CAUSE_GUEST_EFER);
}

static uint64_t shadow_cr3(const struct vcpu *vcpu)
{
	return vcpu->paging.cr3;
}

/** Every change exits, so it always is. */
static void shadow_sync(struct vcpu *vcpu)
{
	(void)vcpu;
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
    .cr3 = shadow_cr3,
};
