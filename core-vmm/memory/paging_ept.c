/* SPDX-License-Identifier: GPL-2.0-only */
/* Paging mode ept: the guest's tables are its own; the processor translates what they give once
 * more. */
#include "core-vmm/memory/ept.h"
#include "core-vmm/memory/pae.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/memory/tlb.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

static int ept_mode_create(struct vcpu *vcpu)
{
	vcpu->vm->ept = ept_create(vcpu->capability, vcpu->vm->config.ept_ad);
	return vcpu->vm->ept ? 0 : -1;
}

static void ept_mode_controls(const struct vcpu *vcpu, struct paging_controls *controls)
{
	controls->proc2 = PROC2_EPT | PROC2_UNRESTRICTED;
	if (vcpu->vm->config.count_flush) {
		controls->proc = PROC_CR3_LOAD | PROC_INVLPG;
		controls->cr0_mask = CR0_PG | CR0_WP;
		controls->cr4_mask = CR4_PGE | CR4_PAE | CR4_PSE | CR4_SMEP;
	}
}

/** Bits whose change drops translations: SDM vol. 3, 4.10.4.1. */
#define CR0_FLUSHES CR0_PG
#define CR4_FLUSHES (CR4_PGE | CR4_PAE | CR4_PSE | CR4_SMEP)

/** Under PAE paging the four top entries are registers, loaded with CR0, CR3 and CR4 (they are
 *  valid). */
static void pdptes_load(struct vcpu *vcpu)
{
	uint64_t pdpte[4];

	if (!pae_selected(vmcs_read(VMCS_GUEST_CR0), vmcs_read(VMCS_GUEST_CR4),
			  vmcs_read(VMCS_GUEST_EFER)) ||
	    !pae_pdptes_read(vcpu, vmcs_read(VMCS_GUEST_CR3), pdpte))
		return;
	vmcs_write(VMCS_GUEST_PDPTE0, pdpte[0]);
	vmcs_write(VMCS_GUEST_PDPTE1, pdpte[1]);
	vmcs_write(VMCS_GUEST_PDPTE2, pdpte[2]);
	vmcs_write(VMCS_GUEST_PDPTE3, pdpte[3]);
}

/** CR0.PG switches IA-32e mode on and off where EFER.LME asks for it: SDM vol. 3, 10.8.5. */
static void long_mode_follow(uint64_t cr0)
{
	uint64_t efer = vmcs_read(VMCS_GUEST_EFER), entry = vmcs_read(VMCS_ENTRY_CONTROLS);
	bool on = cr0 & CR0_PG && efer & EFER_LME;

	vmcs_write(VMCS_GUEST_EFER, on ? efer | EFER_LMA : efer & ~EFER_LMA);
	vmcs_write(VMCS_ENTRY_CONTROLS,
		   on ? entry | ENTRY_GUEST_64 : entry & ~(uint64_t)ENTRY_GUEST_64);
}

static int ept_mode_start(struct vcpu *vcpu)
{
	const struct guest_paging *paging = &vcpu->paging;

	vmcs_write(VMCS_EPT_POINTER, vcpu->vm->ept->pointer);
	vmcs_write(VMCS_GUEST_CR0, paging->cr0 | CR0_NE);
	vmcs_write(VMCS_CR0_SHADOW, paging->cr0);
	vmcs_write(VMCS_GUEST_CR3, paging->cr3);
	vmcs_write(VMCS_GUEST_CR4, paging->cr4 | CR4_VMXE);
	vmcs_write(VMCS_CR4_SHADOW, paging->cr4);
	vmcs_write(VMCS_GUEST_EFER, paging->efer);
	long_mode_follow(paging->cr0);
	return 0;
}

static bool ept_load_cr0(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vmcs_read(VMCS_GUEST_CR0) ^ value;

	vmcs_write(VMCS_GUEST_CR0, value | CR0_NE);
	vmcs_write(VMCS_CR0_SHADOW, value);
	if (changed & CR0_PG)
		long_mode_follow(value);
	pdptes_load(vcpu);
	if (changed & CR0_FLUSHES) {
		tlb_count_guest_flush(vcpu, VTS_TLB_FLUSH_GUEST_CR0, VTS_CAUSE_GUEST_CR0, 0);
		tlb_flush_guest(vcpu, VTS_CAUSE_GUEST_CR0);
	}
	return true;
}

/** Exits only where the guest's flushes are counted. */
static bool ept_load_cr3(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	(void)exit;
	vmcs_write(VMCS_GUEST_CR3, value);
	pdptes_load(vcpu);
	tlb_count_guest_flush(vcpu, VTS_TLB_FLUSH_GUEST_CR3, VTS_CAUSE_GUEST_CR3, 0);
	tlb_flush_nonglobal(vcpu, VTS_CAUSE_GUEST_CR3);
	return true;
}

static bool ept_load_cr4(struct vcpu *vcpu, uint64_t value)
{
	uint64_t changed = vmcs_read(VMCS_GUEST_CR4) ^ value;

	vmcs_write(VMCS_GUEST_CR4, value | CR4_VMXE);
	vmcs_write(VMCS_CR4_SHADOW, value);
	pdptes_load(vcpu);
	if (changed & CR4_FLUSHES) {
		tlb_count_guest_flush(vcpu, VTS_TLB_FLUSH_GUEST_CR4, VTS_CAUSE_GUEST_CR4, 0);
		tlb_flush_guest(vcpu, VTS_CAUSE_GUEST_CR4);
	}
	return true;
}

/** NXE changes what a cached translation allows, so none may stay. */
static bool ept_load_efer(struct vcpu *vcpu, uint64_t value)
{
	vmcs_write(VMCS_GUEST_EFER, value);
	tlb_flush_guest(vcpu, VTS_CAUSE_GUEST_EFER);
	return true;
}

/** Exits only where the guest's flushes are counted. */
static void ept_invlpg(struct vcpu *vcpu, uint64_t gla)
{
	tlb_count_guest_flush(vcpu, VTS_TLB_FLUSH_GUEST_INVLPG, VTS_CAUSE_GUEST_INVLPG, gla);
	tlb_flush_address(vcpu, gla, VTS_CAUSE_GUEST_INVLPG);
}

static uint64_t ept_cr3(const struct vcpu *vcpu)
{
	(void)vcpu;
	return vmcs_read(VMCS_GUEST_CR3);
}

static void ept_sync(struct vcpu *vcpu)
{
	vcpu->paging = (struct guest_paging){
	    .cr0 = vmcs_read(VMCS_GUEST_CR0),
	    .cr3 = vmcs_read(VMCS_GUEST_CR3),
	    .cr4 = vmcs_read(VMCS_GUEST_CR4) & ~CR4_VMXE,
	    .efer = vmcs_read(VMCS_GUEST_EFER),
	};
	if (!pae_selected(vcpu->paging.cr0, vcpu->paging.cr4, vcpu->paging.efer))
		return;
	vcpu->paging.pdpte[0] = vmcs_read(VMCS_GUEST_PDPTE0);
	vcpu->paging.pdpte[1] = vmcs_read(VMCS_GUEST_PDPTE1);
	vcpu->paging.pdpte[2] = vmcs_read(VMCS_GUEST_PDPTE2);
	vcpu->paging.pdpte[3] = vmcs_read(VMCS_GUEST_PDPTE3);
}

static int ept_write(struct vcpu *vcpu, uint64_t gpa, const void *from, unsigned bytes)
{
	return guest_memory_write(&vcpu->vm->memory, gpa, from, bytes);
}

static int ept_write_block(struct vcpu *vcpu, uint64_t gpa, const void *from, uint64_t bytes)
{
	return guest_memory_write(&vcpu->vm->memory, gpa, from, bytes);
}

const struct paging_ops paging_ept = {
    .name = "ept",
    .create = ept_mode_create,
    .controls = ept_mode_controls,
    .start = ept_mode_start,
    .load_cr0 = ept_load_cr0,
    .load_cr3 = ept_load_cr3,
    .load_cr4 = ept_load_cr4,
    .load_efer = ept_load_efer,
    .invlpg = ept_invlpg,
    .sync = ept_sync,
    .write = ept_write,
    .write_block = ept_write_block,
    .cr3 = ept_cr3,
};
