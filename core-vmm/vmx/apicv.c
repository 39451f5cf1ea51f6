/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/vmx/apicv.h"

#include "core-vmm/device/devices.h"
#include "core-vmm/memory/ept.h"
#include "core-vmm/memory/tlb.h"
#include "core-vmm/platform/platform.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

#define PROC2_NEEDED (PROC2_X2APIC | PROC2_APIC_REGISTERS | PROC2_VIRTUAL_INTERRUPTS)
#define WRITE_BITMAP 2048 /* MSRs 0 to 0x1fff: offset of their write bits, SDM 25.6.9 */

static bool is_offered(const struct capability *capability)
{
	return capability->proc.may & PROC_TPR_SHADOW &&
	       (capability->proc2.may & PROC2_NEEDED) == PROC2_NEEDED;
}

bool apicv_create(struct vcpu *vcpu)
{
	struct apicv *apicv = &vcpu->apicv;

	if (!vcpu->vm->config.apicv || !is_offered(vcpu->capability))
		return true;
	apicv->page = platform_pages_alloc(1);
	if (!apicv->page)
		return false;
	platform_clear(apicv->page, PAGE_SIZE);
	/* A shadow has no entries for what is not guest memory. */
	if (!vcpu->vm->ept || !(vcpu->capability->proc2.may & PROC2_APIC_ACCESSES))
		return true;
	apicv->access = platform_pages_alloc(1);
	if (apicv->access)
		platform_clear(apicv->access, PAGE_SIZE);
	return apicv->access;
}

void apicv_controls(const struct vcpu *vcpu, uint32_t *proc, uint32_t *proc2)
{
	if (!vcpu->apicv.page)
		return;
	*proc = (*proc & ~(PROC_CR8_LOAD | PROC_CR8_STORE)) | PROC_TPR_SHADOW;
	*proc2 |= PROC2_APIC_REGISTERS | PROC2_VIRTUAL_INTERRUPTS;
}

void apicv_start(struct vcpu *vcpu)
{
	struct apicv *apicv = &vcpu->apicv;

	if (!apicv->page)
		return;
	vmcs_write(VMCS_VIRTUAL_APIC, platform_phys(apicv->page));
	vmcs_write(VMCS_TPR_THRESHOLD, 0);
	for (unsigned i = 0; i < 4; i++)
		vmcs_write(VMCS_EOI_EXIT_BITMAP + 2 * i, 0);
	vmcs_write(VMCS_GUEST_INTERRUPT_STATUS, 0);
	if (apicv->access)
		vmcs_write(VMCS_APIC_ACCESS, platform_phys(apicv->access));
	apicv_place(vcpu);
}

/** Let the guest access the x2APIC registers that the processor virtualizes, or none. */
static void bitmap_set(uint8_t *bitmap, bool open)
{
	static const uint8_t writable[] = {LAPIC_TPR, LAPIC_EOI, LAPIC_SELF_IPI};
	uint8_t *reads = bitmap + MSR_X2APIC / 8, *writes = reads + WRITE_BITMAP;

	for (unsigned number = 0; number <= LAPIC_SELF_IPI; number++) {
		reads[number / 8] |= (uint8_t)(1u << number % 8);
		writes[number / 8] |= (uint8_t)(1u << number % 8);
		if (open && lapic_page_has(number))
			reads[number / 8] &= (uint8_t) ~(1u << number % 8);
	}
	for (unsigned i = 0; open && i < sizeof(writable); i++)
		writes[writable[i] / 8] &= (uint8_t) ~(1u << writable[i] % 8);
}

/** Have the APIC-access page at @gpa, or nowhere. */
static void access_move(struct vcpu *vcpu, uint64_t gpa)
{
	struct apicv *apicv = &vcpu->apicv;
	struct ept *ept = vcpu->vm->ept;
	unsigned shift;

	if (apicv->access_gpa == gpa)
		return;
	if (apicv->access_gpa) {
		*ept_find(ept, apicv->access_gpa, &shift) = 0;
		ledger_owe_ept(vcpu);
		tlb_flush_ept(vcpu, VTS_CAUSE_EPT_CHANGE);
	}
	/* No right to execute: there is nothing to fetch. */
	apicv->access_gpa = gpa && ept_map(ept, gpa, platform_phys(apicv->access), PAGE_SHIFT,
					   EPT_R | EPT_W | EPT_KEPT)
				? gpa
				: 0;
}

/** An APIC that software has disabled takes no interrupt, as the processor's would: there each access exits. */
static enum apicv_mode mode_wanted(const struct vcpu *vcpu)
{
	struct devices *devices = vcpu->vm->devices;
	const struct lapic *lapic = &devices->lapic;
	uint64_t gpa = lapic->base & PAGE_MASK;

	if (!lapic_enabled(lapic))
		return APICV_TRAPPED;
	if (lapic_is_x2apic(lapic))
		return APICV_BY_MSR;
	/* Elsewhere trapped, so that EPT grows no tables wherever a guest moves it. */
	return vcpu->apicv.access && gpa == LAPIC_BASE_DEFAULT &&
		       bus_find(&devices->memory, gpa) == &lapic->region
		   ? APICV_BY_PAGE
		   : APICV_TRAPPED;
}

void apicv_place(struct vcpu *vcpu)
{
	struct apicv *apicv = &vcpu->apicv;
	enum apicv_mode before = apicv->mode;
	uint64_t proc2;

	if (!apicv->page || !vcpu->vmcs)
		return;
	apicv->mode = mode_wanted(vcpu);
	if (apicv->access) {
		access_move(vcpu, apicv->mode == APICV_BY_PAGE
				      ? vcpu->vm->devices->lapic.base & PAGE_MASK
				      : 0);
		if (apicv->mode == APICV_BY_PAGE && !apicv->access_gpa)
			apicv->mode = APICV_TRAPPED;
	}
	if (apicv->mode == before)
		return;
	proc2 = vmcs_read(VMCS_PROC2_CONTROLS) & ~(uint64_t)(PROC2_APIC_ACCESSES | PROC2_X2APIC);
	vmcs_write(VMCS_PROC2_CONTROLS, proc2 | (apicv->mode == APICV_BY_PAGE  ? PROC2_APIC_ACCESSES
						 : apicv->mode == APICV_BY_MSR ? PROC2_X2APIC
									       : 0));
	bitmap_set(vcpu->msr_bitmap, apicv->mode == APICV_BY_MSR);
}

uint32_t apicv_vectoring(const struct vcpu *vcpu, uint32_t vectoring)
{
	unsigned service;

	if (!vcpu->apicv.page || !vcpu->vm->config.emulated ||
	    !(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) ||
	    vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKING_STI | BLOCKING_MOV_SS))
		return vectoring;
	service = vmcs_read(VMCS_GUEST_INTERRUPT_STATUS) >> 8 & 0xff;
	return service ? INTERRUPTION_VALID |
			     (uint32_t)VTS_INJECTION_EXTERNAL << INTERRUPTION_TYPE_SHIFT | service
		       : vectoring;
}

/* Guest interrupt status (SDM 25.4.2): RVI in the lower byte, SVI in the upper. */

void apicv_request(struct vcpu *vcpu, unsigned vector)
{
	uint64_t status = vmcs_read(VMCS_GUEST_INTERRUPT_STATUS);

	if (vector > (status & 0xff))
		vmcs_write(VMCS_GUEST_INTERRUPT_STATUS, (status & 0xff00) | vector);
	/* Bochs 2.7 enters HLT without a look at what is requested. */
	if (vmcs_read(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT && pending_wakes(vcpu))
		vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}

void apicv_service(struct vcpu *vcpu, unsigned vector)
{
	(void)vcpu;
	vmcs_write(VMCS_GUEST_INTERRUPT_STATUS,
		   (vmcs_read(VMCS_GUEST_INTERRUPT_STATUS) & 0xff) | vector << 8);
}

void apicv_clear(struct vcpu *vcpu)
{
	if (vcpu->vmcs)
		vmcs_write(VMCS_GUEST_INTERRUPT_STATUS, 0);
}

void apicv_eoi_exit(struct vcpu *vcpu, unsigned vector, bool exits)
{
	struct vectors *all = &vcpu->apicv.eoi_exits;

	if (vectors_has(all, vector) == exits)
		return;
	if (exits)
		vectors_add(all, vector);
	else
		vectors_remove(all, vector);
	vmcs_write(VMCS_EOI_EXIT_BITMAP + 2 * (vector / 64), all->word[vector / 64]);
}
