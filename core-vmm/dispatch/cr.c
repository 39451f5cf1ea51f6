/* SPDX-License-Identifier: GPL-2.0-only */
/* Control-register accesses: validity as the processor judges it (SDM vol. 3, 2.5; vol. 2, MOV CR), effect as
 * the paging mode wants it. */
#include "core-vmm/vmx/cr.h"

#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

/* Exit qualification for CR accesses: SDM table 28-3. */
enum { ACCESS_TO_CR, ACCESS_FROM_CR, ACCESS_CLTS, ACCESS_LMSW };

#define RIGHTS_L (1u << 13) /* CS: 64-bit code */

/** A control register as the guest reads it: masked bits from the shadow, others its own. */
static uint64_t guest_view(enum vmcs_field field, enum vmcs_field mask, enum vmcs_field shadow)
{
	uint64_t owned = vmcs_read(mask);

	return (vmcs_read(field) & ~owned) | (vmcs_read(shadow) & owned);
}

static bool cr0_valid(const struct vcpu *vcpu, uint64_t value)
{
	uint64_t efer = vmcs_read(VMCS_GUEST_EFER);
	bool was_paging = vmcs_read(VMCS_GUEST_CR0) & CR0_PG;

	(void)vcpu;
	if (value >> 32 || (value & CR0_PG && !(value & CR0_PE)) ||
	    (value & CR0_NW && !(value & CR0_CD)))
		return false;
	if (!(value & CR0_PG) && was_paging && efer & EFER_LMA &&
	    vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L)
		return false;
	return !(value & CR0_PG && !was_paging && efer & EFER_LME &&
		 !(vmcs_read(VMCS_GUEST_CR4) & CR4_PAE));
}

static bool cr4_valid(const struct vcpu *vcpu, uint64_t value)
{
	if (value & ~(CR4_OFFERED & vcpu->capability->cr4_fixed1))
		return false;
	return value & CR4_PAE || !(vmcs_read(VMCS_GUEST_EFER) & EFER_LMA);
}

static bool cr0_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	value = (value & CR0_DEFINED) | CR0_ET | (value & ~0xffffffffull);
	if (!cr0_valid(vcpu, value))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	if (!vcpu->vm->paging->load_cr0(vcpu, value))
		return false;
	instruction_skip(exit);
	return true;
}

static bool cr3_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	if (value & ~vcpu->capability->physical_mask)
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	if (!vcpu->vm->paging->load_cr3(vcpu, value))
		return false;
	instruction_skip(exit);
	return true;
}

static bool cr4_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	if (!cr4_valid(vcpu, value))
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	if (!vcpu->vm->paging->load_cr4(vcpu, value))
		return false;
	instruction_skip(exit);
	return true;
}

/** SDM vol. 3, 11.8.6.1: four bits. */
static bool cr8_write(struct vcpu *vcpu, struct exit *exit, uint64_t value)
{
	if (value & ~15ull)
		return inject_exception(vcpu, exit, VECTOR_GP, 0);
	vcpu->cr8 = (uint8_t)value;
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
	uint64_t word = exit->qualification >> 16 & 0xffff;

	exit->how = VTS_EXIT_EMULATED;
	switch (exit->qualification >> 4 & 3) {
	case ACCESS_TO_CR:
		return cr_to(vcpu, exit, cr, register_read(vcpu, number));
	case ACCESS_FROM_CR:
		register_write(vcpu, number, cr == 3 ? vcpu->vm->paging->cr3(vcpu) : vcpu->cr8);
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
	vcpu->vm->paging->invlpg(vcpu, exit->qualification);
	instruction_skip(exit);
	return true;
}
