/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a VM entry failed. The processor says only that it did; so each rule of SDM vol. 3, 27.2
 * (controls and host state) and 27.3.1 (guest state) that this VMM could break is checked here
 * again, one at a time, and the first that is broken is named.
 */
#include "core-vmm/memory/walk.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/vmcs.h"

#define RFLAGS_RESERVED 0xffffffffffc08028ull
#define RFLAGS_VM	(1u << 17)
#define RIGHTS_PRESENT	(1u << 7)
#define RIGHTS_D	(1u << 14)

static bool range_broken(struct control_range range, enum vmcs_field field)
{
	uint32_t value = (uint32_t)vmcs_read(field);

	return (value & range.must) != range.must || value & ~range.may;
}

static bool pin(const struct capability *cap)
{
	return range_broken(cap->pin, VMCS_PIN_CONTROLS);
}

static bool proc(const struct capability *cap)
{
	return range_broken(cap->proc, VMCS_PROC_CONTROLS);
}

static bool proc2(const struct capability *cap)
{
	return range_broken(cap->proc2, VMCS_PROC2_CONTROLS);
}

static bool apic_shadow(const struct capability *cap)
{
	(void)cap;
	return !(vmcs_read(VMCS_PROC_CONTROLS) & PROC_TPR_SHADOW) &&
	       vmcs_read(VMCS_PROC2_CONTROLS) &
		   (PROC2_X2APIC | PROC2_APIC_REGISTERS | PROC2_VIRTUAL_INTERRUPTS);
}

static bool apic_modes(const struct capability *cap)
{
	const uint64_t both = PROC2_APIC_ACCESSES | PROC2_X2APIC;

	(void)cap;
	return (vmcs_read(VMCS_PROC2_CONTROLS) & both) == both;
}

static bool apic_interrupts(const struct capability *cap)
{
	(void)cap;
	return vmcs_read(VMCS_PROC2_CONTROLS) & PROC2_VIRTUAL_INTERRUPTS &&
	       !(vmcs_read(VMCS_PIN_CONTROLS) & PIN_EXTERNAL_INTERRUPT);
}

static bool exit_controls(const struct capability *cap)
{
	return range_broken(cap->exit, VMCS_EXIT_CONTROLS);
}

static bool entry_controls(const struct capability *cap)
{
	return range_broken(cap->entry, VMCS_ENTRY_CONTROLS);
}

static bool host_cr0(const struct capability *cap)
{
	uint64_t cr0 = vmcs_read(VMCS_HOST_CR0);

	return (cr0 & cap->cr0_fixed0) != cap->cr0_fixed0 || cr0 & ~cap->cr0_fixed1;
}

static bool host_cr4(const struct capability *cap)
{
	uint64_t cr4 = vmcs_read(VMCS_HOST_CR4);

	return (cr4 & cap->cr4_fixed0) != cap->cr4_fixed0 || cr4 & ~cap->cr4_fixed1;
}

static bool host_selectors(const struct capability *cap)
{
	(void)cap;
	return !vmcs_read(VMCS_HOST_CS_SELECTOR) || !vmcs_read(VMCS_HOST_TR_SELECTOR) ||
	       (vmcs_read(VMCS_HOST_CS_SELECTOR) | vmcs_read(VMCS_HOST_TR_SELECTOR)) & 7;
}

static bool unrestricted(void)
{
	return vmcs_read(VMCS_PROC_CONTROLS) & PROC_SECONDARY &&
	       vmcs_read(VMCS_PROC2_CONTROLS) & PROC2_UNRESTRICTED;
}

static bool guest_cr0(const struct capability *cap)
{
	uint64_t cr0 = vmcs_read(VMCS_GUEST_CR0);
	uint64_t must = cap->cr0_fixed0 & (unrestricted() ? ~(CR0_PE | CR0_PG) : ~0ull);

	return (cr0 & must) != must || cr0 & ~cap->cr0_fixed1;
}

static bool guest_pg_without_pe(const struct capability *cap)
{
	uint64_t cr0 = vmcs_read(VMCS_GUEST_CR0);

	(void)cap;
	return cr0 & CR0_PG && !(cr0 & CR0_PE);
}

static bool guest_cr4(const struct capability *cap)
{
	uint64_t cr4 = vmcs_read(VMCS_GUEST_CR4);

	return (cr4 & cap->cr4_fixed0) != cap->cr4_fixed0 || cr4 & ~cap->cr4_fixed1;
}

static bool guest_cr3(const struct capability *cap)
{
	return vmcs_read(VMCS_GUEST_CR3) & ~cap->physical_mask;
}

static bool guest_long_mode(const struct capability *cap)
{
	(void)cap;
	return vmcs_read(VMCS_ENTRY_CONTROLS) & ENTRY_GUEST_64 &&
	       (!(vmcs_read(VMCS_GUEST_CR0) & CR0_PG) || !(vmcs_read(VMCS_GUEST_CR4) & CR4_PAE));
}

static bool guest_efer(const struct capability *cap)
{
	uint64_t efer = vmcs_read(VMCS_GUEST_EFER);
	bool long_mode = vmcs_read(VMCS_ENTRY_CONTROLS) & ENTRY_GUEST_64;
	bool paging = vmcs_read(VMCS_GUEST_CR0) & CR0_PG;

	(void)cap;
	return !!(efer & EFER_LMA) != long_mode ||
	       (paging && !(efer & EFER_LMA) != !(efer & EFER_LME));
}

static bool guest_rflags(const struct capability *cap)
{
	uint64_t rflags = vmcs_read(VMCS_GUEST_RFLAGS);

	(void)cap;
	return rflags & RFLAGS_RESERVED || !(rflags & 2);
}

static bool guest_vm86(const struct capability *cap)
{
	(void)cap;
	return vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_VM &&
	       vmcs_read(VMCS_ENTRY_CONTROLS) & ENTRY_GUEST_64;
}

static bool guest_cs(const struct capability *cap)
{
	uint64_t rights = vmcs_read(VMCS_GUEST_CS_RIGHTS);
	bool long_mode = vmcs_read(VMCS_ENTRY_CONTROLS) & ENTRY_GUEST_64;

	(void)cap;
	return rights & RIGHTS_UNUSABLE || !(rights & RIGHTS_PRESENT) ||
	       (long_mode && rights & RIGHTS_L && rights & RIGHTS_D);
}

static bool guest_segments(const struct capability *cap)
{
	static const enum vmcs_field rights[] = {VMCS_GUEST_ES_RIGHTS, VMCS_GUEST_SS_RIGHTS,
						 VMCS_GUEST_DS_RIGHTS, VMCS_GUEST_FS_RIGHTS,
						 VMCS_GUEST_GS_RIGHTS};

	(void)cap;
	for (unsigned i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (!(vmcs_read(rights[i]) & (RIGHTS_UNUSABLE | RIGHTS_ACCESSED)))
			return true;
	return false;
}

static bool guest_tr(const struct capability *cap)
{
	uint64_t rights = vmcs_read(VMCS_GUEST_TR_RIGHTS);

	(void)cap;
	return rights & RIGHTS_UNUSABLE || (rights & 15) != 11 || !(rights & RIGHTS_PRESENT);
}

static bool guest_rip(const struct capability *cap)
{
	bool code64 = vmcs_read(VMCS_GUEST_CS_RIGHTS) & RIGHTS_L;
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP);

	(void)cap;
	return code64 ? !address_canonical(rip) : rip >> 32;
}

static bool guest_blocking(const struct capability *cap)
{
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);
	bool both =
	    (blocking & (BLOCKING_STI | BLOCKING_MOV_SS)) == (BLOCKING_STI | BLOCKING_MOV_SS);

	(void)cap;
	return both || (blocking & BLOCKING_STI && !(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF));
}

static bool injection(const struct capability *cap)
{
	uint64_t event = vmcs_read(VMCS_ENTRY_INTERRUPTION);

	(void)cap;
	return event & INTERRUPTION_VALID && event & 0x7ffff000;
}

static bool link_pointer(const struct capability *cap)
{
	(void)cap;
	return vmcs_read(VMCS_VMCS_LINK_POINTER) != ~0ull;
}

static const struct {
	bool (*broken)(const struct capability *cap);
	const char *rule;
} rules[] = {
    {pin, "pin-based controls: within IA32_VMX_PINBASED_CTLS (27.2.1.1)"},
    {proc, "primary processor-based controls: within IA32_VMX_PROCBASED_CTLS (27.2.1.1)"},
    {proc2, "secondary processor-based controls: within IA32_VMX_PROCBASED_CTLS2 (27.2.1.1)"},
    {apic_shadow, "the virtual APIC's controls: only with a TPR shadow (27.2.1.1)"},
    {apic_modes, "virtualized APIC accesses and x2APIC mode: not both (27.2.1.1)"},
    {apic_interrupts,
     "virtual-interrupt delivery: only with external-interrupt exiting (27.2.1.1)"},
    {exit_controls, "VM-exit controls: within IA32_VMX_EXIT_CTLS (27.2.1.2)"},
    {entry_controls, "VM-entry controls: within IA32_VMX_ENTRY_CTLS (27.2.1.3)"},
    {injection, "VM-entry interruption information: reserved bits 0 (27.2.1.3)"},
    {host_cr0, "host CR0: bits fixed by IA32_VMX_CR0_FIXED0/1 (27.2.2)"},
    {host_cr4, "host CR4: bits fixed by IA32_VMX_CR4_FIXED0/1 (27.2.2)"},
    {host_selectors, "host selectors: CS and TR not 0, RPL and TI 0 (27.2.3)"},
    {guest_cr0, "guest CR0: bits fixed by IA32_VMX_CR0_FIXED0/1 (27.3.1.1)"},
    {guest_pg_without_pe, "guest CR0: PG needs PE (27.3.1.1)"},
    {guest_cr4, "guest CR4: bits fixed by IA32_VMX_CR4_FIXED0/1 (27.3.1.1)"},
    {guest_cr3, "guest CR3: no bit beyond the physical-address width (27.3.1.1)"},
    {guest_long_mode, "IA-32e mode guest: needs CR0.PG and CR4.PAE (27.3.1.1)"},
    {guest_efer, "guest IA32_EFER: LMA as the IA-32e mode control, LME as LMA (27.3.1.1)"},
    {guest_rflags, "guest RFLAGS: reserved bits (27.3.1.4)"},
    {guest_vm86, "guest RFLAGS: VM must be 0 in IA-32e mode (27.3.1.4)"},
    {guest_cs, "guest CS: present, and D 0 where L is 1 (27.3.1.2)"},
    {guest_segments, "guest ES, SS, DS, FS, GS: accessed, where usable (27.3.1.2)"},
    {guest_tr, "guest TR: a busy TSS (27.3.1.2)"},
    {guest_rip, "guest RIP: canonical, 32 bits outside 64-bit mode (27.3.1.4)"},
    {guest_blocking, "guest interruptibility: STI and MOV SS (27.3.1.5)"},
    {link_pointer, "VMCS link pointer: all ones (27.3.1.5)"},
};

const char *vmcs_broken_rule(const struct vcpu *vcpu)
{
	for (unsigned i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].broken(vcpu->capability))
			return rules[i].rule;
	return NULL;
}
