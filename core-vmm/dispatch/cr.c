/* SPDX-License-Identifier: GPL-2.0-only */
/* Control-register accesses: validity as the processor judges it (SDM vol. 3, 2.5; vol. 2, MOV CR),
 * effect as the paging mode wants it. */
#include "core-vmm/vmx/cr.h"

#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/pae.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

/* Exit qualification for CR accesses: SDM table 28-3. */
enum { ACCESS_TO_CR, ACCESS_FROM_CR, ACCESS_CLTS, ACCESS_LMSW };

#define TYPE_TSS_BUSY 11 /* 32- or 64-bit */

/** A control register as the guest reads it: masked bits from the shadow, others its own. */
static uint64_t guest_view(enum vmcs_field field, enum vmcs_field mask, enum vmcs_field shadow)
{
	uint64_t owned = vmcs_read(mask);

	return (vmcs_read(field) & ~owned) | (vmcs_read(shadow) & owned);
}

/** What the guest's control registers would be. */
struct registers {
	uint64_t cr0, cr3, cr4, efer;
};

static struct registers registers_now(struct vcpu *vcpu)
{
	vcpu->vm->paging->sync(vcpu);
	return (struct registers){vcpu->paging.cr0, vcpu->paging.cr3, vcpu->paging.cr4,
				  vcpu->paging.efer};
}

/** A load of CR0, CR3 or CR4 that leads to PAE paging, or stays there, loads its four entries too. */
static bool pdptes_valid(struct vcpu *vcpu, const struct registers *next)
{
	uint64_t pdpte[4];

	return !pae_selected(next->cr0, next->cr4, next->efer) ||
	       pae_pdptes_read(vcpu, next->cr3, pdpte);
}

/** Entering IA-32e mode: SDM vol. 3, 10.8.5. */
static bool long_mode_may_start(const struct registers *next)
{
	uint64_t tr = vmcs_read(VMCS_GUEST_TR_RIGHTS) & 15;

	return next->cr4 & CR4_PAE && !(vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L) &&
	       tr == TYPE_TSS_BUSY;
}

static bool cr0_valid(struct vcpu *vcpu, const struct registers *now, const struct registers *next)
{
	uint64_t value = next->cr0, changed = now->cr0 ^ value;

	if (value >> 32 || (value & CR0_PG && !(value & CR0_PE)) ||
	    (value & CR0_NW && !(value & CR0_CD)))
		return false;
	if (changed & CR0_PG && now->efer & EFER_LME)
		return value & CR0_PG ? long_mode_may_start(next)
				      : !(vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L);
	return !(changed & (CR0_PG | CR0_CD | CR0_NW)) || pdptes_valid(vcpu, next);
}

static bool cr4_valid(struct vcpu *vcpu, const struct registers *now, const struct registers *next)
{
	uint64_t changed = now->cr4 ^ next->cr4;

	if (next->cr4 & ~(CR4_OFFERED & vcpu->capability->cr4_fixed1))
		return false;
	if (now->efer & EFER_LMA)
		return next->cr4 & CR4_PAE;
	return !(changed & (CR4_PAE | CR4_PSE | CR4_PGE | CR4_SMEP)) || pdptes_valid(vcpu, next);
}

/** In IA-32e mode no bit beyond the physical address may be set; outside, CR3 has 32 bits. */
static bool cr3_valid(struct vcpu *vcpu, const struct registers *next)
{
	return !(next->cr3 & ~vcpu->capability->physical_mask) && pdptes_valid(vcpu, next);
}

static bool cr0_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	struct registers now = registers_now(vcpu), next = now;

	if (!(now.efer &
	      EFER_LMA)) /* CS.L means nothing there, and what is above 32 bits neither */
		value = (uint32_t)value;
	next.cr0 = (value & CR0_DEFINED) | CR0_ET | (value & ~0xffffffffull);
	if (!cr0_valid(vcpu, &now, &next))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	if ((now.cr0 ^ next.cr0) & CR0_PG)
		ledger_owe_guest(vcpu);
	if (!vcpu->vm->paging->load_cr0(vcpu, next.cr0))
		return false;
	instruction_skip(exit);
	return true;
}

static bool cr3_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	const struct paging_ops *paging = vcpu->vm->paging;

	/* The fast path of four-level paging: nothing else to read. */
	if (__builtin_expect(value & ~vcpu->capability->physical_mask ||
				 !(vmcs_read(VMCS_GUEST_EFER) & EFER_LMA),
			     0)) {
		struct registers next = registers_now(vcpu);

		if (!(next.efer & EFER_LMA))
			value = (uint32_t)value;
		next.cr3 = value;
		if (!cr3_valid(vcpu, &next))
			return inject_exception(vcpu, exit, VECTOR_GP, 0);
	}
	ledger_owe_nonglobal(vcpu);
	if (!paging->load_cr3(vcpu, exit, value))
		return false;
	instruction_skip(exit);
	return true;
}

static bool cr4_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	struct registers now = registers_now(vcpu), next = now;

	if (!(now.efer & EFER_LMA))
		value = (uint32_t)value;
	next.cr4 = value;
	if (!cr4_valid(vcpu, &now, &next))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	if ((now.cr4 ^ next.cr4) & (CR4_PGE | CR4_PAE | CR4_PSE | CR4_SMEP))
		ledger_owe_guest(vcpu);
	if (!vcpu->vm->paging->load_cr4(vcpu, value))
		return false;
	instruction_skip(exit);
	return true;
}

/** SDM vol. 3, 11.8.6.1: four bits. What waited for a lower priority may come now. */
static bool cr8_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	if (value & ~15ull)
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	vcpu->tpr = (uint8_t)(value << 4);
	vcpu->pending.any |= vcpu->pending.held;
	instruction_skip(exit);
	return true;
}

static bool cr0_partial_write(struct vcpu *vcpu, struct exit *exit, uint64_t clear, uint64_t set)
{
	uint64_t value = guest_view(VMCS_GUEST_CR0, VMCS_CR0_MASK, VMCS_CR0_SHADOW);

	return cr0_write(vcpu, exit, (value & ~clear) | set);
}

static bool cr_to(struct vcpu *vcpu, struct exit *exit, unsigned cr, uint64_t value)
{
	switch (cr) {
	case 0:
		return cr0_write(vcpu, exit, value);
	case 3:
		return cr3_write(vcpu, exit, value);
	case 4:
		return cr4_write(vcpu, exit, value);
	default:
		return cr8_write(vcpu, exit, value);
	}
}

bool handle_cr_access(struct vcpu *vcpu, struct exit *exit)
{
	unsigned cr = exit->qualification & 15, number = exit->qualification >> 8 & 15;
	uint64_t word = exit->qualification >> 16 & 0xffff, value;

	exit->how = VTS_EXIT_EMULATED;
	switch (exit->qualification >> 4 & 3) {
	case ACCESS_TO_CR:
		value = register_read(vcpu, number);
		if (!(vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L))
			value = (uint32_t)value;
		return cr_to(vcpu, exit, cr, value);
	case ACCESS_FROM_CR:
		register_write(vcpu, number,
			       cr == 3 ? vcpu->vm->paging->cr3(vcpu) : vcpu->tpr >> 4);
		instruction_skip(exit);
		return true;
	case ACCESS_CLTS:
		return cr0_partial_write(vcpu, exit, CR0_TS, 0);
	default: /* LMSW loads PE (which it cannot clear), MP, EM and TS */
		return cr0_partial_write(vcpu, exit, CR0_MP | CR0_EM | CR0_TS, word & 15);
	}
}

bool handle_invlpg(struct vcpu *vcpu, struct exit *exit)
{
	exit->gla = exit->qualification;
	exit->flags |= VTS_FLAG_GLA_VALID;
	exit->how = VTS_EXIT_EMULATED;
	ledger_owe_address(vcpu, exit->qualification);
	vcpu->vm->paging->invlpg(vcpu, exit->qualification);
	instruction_skip(exit);
	return true;
}
