/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's state in words. */
#include "core-vmm/vm.h"
#include "core-vmm/vmx/vmcs.h"

static const struct {
	enum vmcs_field field;
	const char *name;
} guest_fields[] = {
    {VMCS_GUEST_RIP, "rip"},
    {VMCS_GUEST_RSP, "rsp"},
    {VMCS_GUEST_RFLAGS, "rflags"},
    {VMCS_GUEST_CR0, "cr0"},
    {VMCS_GUEST_CR3, "cr3"},
    {VMCS_GUEST_CR4, "cr4"},
    {VMCS_GUEST_EFER, "efer"},
    {VMCS_GUEST_CS_SELECTOR, "cs"},
    {VMCS_GUEST_CS_RIGHTS, "cs rights"},
    {VMCS_GUEST_SS_SELECTOR, "ss"},
    {VMCS_GUEST_SS_RIGHTS, "ss rights"},
    {VMCS_GUEST_FS_BASE, "fs base"},
    {VMCS_GUEST_GS_BASE, "gs base"},
    {VMCS_GUEST_GDTR_BASE, "gdtr base"},
    {VMCS_GUEST_IDTR_BASE, "idtr base"},
    {VMCS_GUEST_IDTR_LIMIT, "idtr limit"},
    {VMCS_GUEST_TR_BASE, "tr base"},
    {VMCS_GUEST_INTERRUPTIBILITY, "interruptibility"},
    {VMCS_GUEST_ACTIVITY, "activity"},
    {VMCS_ENTRY_INTERRUPTION, "entry interruption"},
    {VMCS_ENTRY_CONTROLS, "entry controls"},
};

static const char *const registers[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					  "r8",	 "r9",	"r10", "r11", "r12", "r13", "r14", "r15"};

void vmcs_dump_guest(const struct vcpu *vcpu)
{
	for (unsigned i = 0; i < sizeof(guest_fields) / sizeof(*guest_fields); i++)
		platform_log("  guest %s 0x%llx", guest_fields[i].name,
			     (unsigned long long)vmcs_read(guest_fields[i].field));
	for (unsigned i = 0; i < 16; i++)
		if (i != RSP)
			platform_log("  guest %s 0x%llx", registers[i],
				     (unsigned long long)vcpu->gpr[i]);
}
