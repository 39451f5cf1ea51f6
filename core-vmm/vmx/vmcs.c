/* SPDX-License-Identifier: GPL-2.0-only */
/* Filling in a VMCS, from tables of fields and values. */
#include "core-vmm/vmx/vmcs.h"

#include "core-vmm/loader/guest_image.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/vm.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/host.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/run.h"
#include "core-vmm/vmx/stack.h"

/* Segment access rights (SDM vol. 3, 25.4.1): present; type; S; DPL 0. */
#define RIGHTS_CODE64 0xa09bu
#define RIGHTS_CODE32 0xc09bu
#define RIGHTS_DATA   0xc093u
#define RIGHTS_TSS64  0x008bu

struct field_value {
	enum vmcs_field field;
	uint64_t value;
};

static void fields_write(const struct field_value *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		vmcs_write(list[i].field, list[i].value);
}
#define FIELDS_WRITE(list) fields_write(list, sizeof(list) / sizeof(*(list)))

/** Let the guest read and write MSR @index without an exit. */
static void bitmap_allow(uint8_t *bitmap, uint32_t index)
{
	unsigned offset = index >= 0xc0000000 ? 1024 : 0;
	unsigned bit = index & 0x1fff;

	bitmap[offset + bit / 8] &= (uint8_t) ~(1u << bit % 8);
	bitmap[offset + 2048 + bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

/** Every access exits but for the registers that belong to the guest alone: switched by the VMCS,
 *  or not used by the VMM. NULL: no memory. */
static uint8_t *bitmap_create(void)
{
	static const uint32_t allowed[] = {
	    MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR,    MSR_LSTAR,
	    MSR_CSTAR,	     MSR_FMASK,	       MSR_FS_BASE,	 MSR_GS_BASE, MSR_KERNEL_GS_BASE};
	uint64_t *bitmap = platform_pages_alloc(1);

	if (!bitmap)
		return NULL;
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		bitmap[i] = ~0ull;
	for (unsigned i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		bitmap_allow((uint8_t *)bitmap, allowed[i]);
	return (uint8_t *)bitmap;
}

/** Controls for what the user wants counted. */
static void intercept_controls(uint32_t intercept, uint32_t *proc, uint32_t *proc2)
{
	*proc |= (intercept & VM_INTERCEPT_RDTSC ? PROC_RDTSC : 0) |
		 (intercept & VM_INTERCEPT_PAUSE ? PROC_PAUSE : 0) |
		 (intercept & VM_INTERCEPT_DR ? PROC_MOV_DR : 0);
	*proc2 |= intercept & VM_INTERCEPT_DESCRIPTORS ? PROC2_DESCRIPTORS : 0;
}

static void controls_write(struct vcpu *vcpu, const struct paging_controls *paging)
{
	const struct capability *cap = vcpu->capability;
	uint64_t tick = vcpu->vm->config.tick;
	uint32_t proc2 = paging->proc2 | PROC2_RDTSCP | PROC2_WBINVD | PROC2_RDRAND | PROC2_RDSEED |
			 (vcpu->vpid ? PROC2_VPID : 0);
	uint32_t proc = paging->proc | PROC_TSC_OFFSETTING | PROC_HLT | PROC_MWAIT | PROC_MONITOR |
			PROC_RDPMC | PROC_IO | PROC_CR8_LOAD | PROC_CR8_STORE | PROC_MSR_BITMAP |
			PROC_SECONDARY;

	intercept_controls(vcpu->vm->config.intercept, &proc, &proc2);
	apicv_controls(vcpu, &proc, &proc2);
	const struct field_value list[] = {
	    {VMCS_PIN_CONTROLS,
	     control_adjust(cap->pin, PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI |
					  (tick ? PIN_PREEMPTION_TIMER : 0))},
	    {VMCS_PROC_CONTROLS, control_adjust(cap->proc, proc)},
	    {VMCS_PROC2_CONTROLS, control_adjust(cap->proc2, proc2)},
	    {VMCS_EXIT_CONTROLS,
	     control_adjust(cap->exit, EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_ACK | EXIT_SAVE_PAT |
					   EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER)},
	    {VMCS_ENTRY_CONTROLS, control_adjust(cap->entry, ENTRY_LOAD_DEBUG | ENTRY_GUEST_64 |
								 ENTRY_LOAD_PAT | ENTRY_LOAD_EFER)},
	    {VMCS_EXCEPTION_BITMAP, paging->exception_bitmap},
	    {VMCS_PF_ERROR_MASK, 0},
	    {VMCS_PF_ERROR_MATCH, 0},
	    {VMCS_CR3_TARGET_COUNT, 0},
	    {VMCS_EXIT_MSR_STORE_COUNT, 0},
	    {VMCS_EXIT_MSR_LOAD_COUNT, 0},
	    {VMCS_ENTRY_MSR_LOAD_COUNT, 0},
	    {VMCS_ENTRY_INTERRUPTION, 0},
	    {VMCS_VMCS_LINK_POINTER, ~0ull},
	};

	FIELDS_WRITE(list);
	if (vcpu->vpid)
		vmcs_write(VMCS_VPID, vcpu->vpid);
	if (tick)
		vmcs_write(VMCS_PREEMPTION_TIMER, tick >> (cap->misc & CAP_MISC_PREEMPTION_RATE));
}

static void host_write(struct vcpu *vcpu)
{
	struct host_state host;

	host_state_read(&host);
	const struct field_value list[] = {
	    {VMCS_HOST_CR0, host.cr0},
	    {VMCS_HOST_CR3, host.cr3},
	    {VMCS_HOST_CR4, host.cr4},
	    {VMCS_HOST_CS_SELECTOR, host.cs},
	    {VMCS_HOST_SS_SELECTOR, host.ss},
	    {VMCS_HOST_DS_SELECTOR, host.ss},
	    {VMCS_HOST_ES_SELECTOR, host.ss},
	    {VMCS_HOST_FS_SELECTOR, 0},
	    {VMCS_HOST_GS_SELECTOR, 0},
	    {VMCS_HOST_TR_SELECTOR, host.tr},
	    {VMCS_HOST_FS_BASE, 0},
	    {VMCS_HOST_GS_BASE, 0},
	    {VMCS_HOST_TR_BASE, host.tr_base},
	    {VMCS_HOST_GDTR_BASE, host.gdt_base},
	    {VMCS_HOST_IDTR_BASE, host.idt_base},
	    {VMCS_HOST_SYSENTER_CS, 0},
	    {VMCS_HOST_SYSENTER_ESP, 0},
	    {VMCS_HOST_SYSENTER_EIP, 0},
	    {VMCS_HOST_PAT, msr_read(MSR_PAT)},
	    {VMCS_HOST_EFER, msr_read(MSR_EFER)},
	    {VMCS_HOST_RSP, (uint64_t)&vcpu->gpr[16]},
	    {VMCS_HOST_RIP, stack_is_wanted(&vcpu->vm->config) || vcpu->filter
				? (uint64_t)vmx_exit_entry_observed
				: (uint64_t)vmx_exit_entry},
	};

	FIELDS_WRITE(list);
}

static void guest_segments_write(const struct guest_entry *entry)
{
	uint64_t data = entry->code_selector + 8u;
	const struct field_value list[] = {
	    {VMCS_GUEST_CS_SELECTOR, entry->code_selector},
	    {VMCS_GUEST_CS_BASE, 0},
	    {VMCS_GUEST_CS_LIMIT, 0xffffffff},
	    {VMCS_GUEST_CS_RIGHTS, entry->protected ? RIGHTS_CODE32 : RIGHTS_CODE64},
	    {VMCS_GUEST_SS_SELECTOR, data},
	    {VMCS_GUEST_SS_BASE, 0},
	    {VMCS_GUEST_SS_LIMIT, 0xffffffff},
	    {VMCS_GUEST_SS_RIGHTS, RIGHTS_DATA},
	    {VMCS_GUEST_DS_SELECTOR, data},
	    {VMCS_GUEST_DS_BASE, 0},
	    {VMCS_GUEST_DS_LIMIT, 0xffffffff},
	    {VMCS_GUEST_DS_RIGHTS, RIGHTS_DATA},
	    {VMCS_GUEST_ES_SELECTOR, data},
	    {VMCS_GUEST_ES_BASE, 0},
	    {VMCS_GUEST_ES_LIMIT, 0xffffffff},
	    {VMCS_GUEST_ES_RIGHTS, RIGHTS_DATA},
	    {VMCS_GUEST_FS_SELECTOR, 0},
	    {VMCS_GUEST_FS_BASE, 0},
	    {VMCS_GUEST_FS_LIMIT, 0},
	    {VMCS_GUEST_FS_RIGHTS, RIGHTS_UNUSABLE},
	    {VMCS_GUEST_GS_SELECTOR, 0},
	    {VMCS_GUEST_GS_BASE, 0},
	    {VMCS_GUEST_GS_LIMIT, 0},
	    {VMCS_GUEST_GS_RIGHTS, RIGHTS_UNUSABLE},
	    {VMCS_GUEST_LDTR_SELECTOR, 0},
	    {VMCS_GUEST_LDTR_BASE, 0},
	    {VMCS_GUEST_LDTR_LIMIT, 0},
	    {VMCS_GUEST_LDTR_RIGHTS, RIGHTS_UNUSABLE},
	    {VMCS_GUEST_TR_SELECTOR, data + 8u},
	    {VMCS_GUEST_TR_BASE, entry->tss_base},
	    {VMCS_GUEST_TR_LIMIT, entry->tss_limit},
	    {VMCS_GUEST_TR_RIGHTS, RIGHTS_TSS64},
	    {VMCS_GUEST_GDTR_BASE, entry->gdt_base},
	    {VMCS_GUEST_GDTR_LIMIT, entry->gdt_limit},
	    {VMCS_GUEST_IDTR_BASE, 0},
	    {VMCS_GUEST_IDTR_LIMIT, 0},
	};

	FIELDS_WRITE(list);
}

static struct guest_paging guest_paging_at_start(const struct guest_entry *entry)
{
	if (entry->protected)
		return (struct guest_paging){.cr0 = GUEST_CR0_PROTECTED};
	return (struct guest_paging){
	    .cr0 = GUEST_CR0, .cr3 = entry->cr3, .cr4 = GUEST_CR4, .efer = GUEST_EFER};
}

static void guest_registers_write(const struct vcpu *vcpu, const struct guest_entry *entry,
				  const struct paging_controls *paging)
{
	const struct field_value list[] = {
	    {VMCS_CR0_MASK, paging->cr0_mask | ~CR0_DEFINED | CR0_NE | CR0_NW | CR0_CD},
	    {VMCS_CR4_MASK,
	     paging->cr4_mask | ~(CR4_OFFERED & vcpu->capability->cr4_fixed1) | CR4_OSXSAVE},
	    {VMCS_GUEST_PAT, 0x0007040600070406}, /* the value at reset: SDM vol. 3, 12.12.4 */
	    {VMCS_GUEST_RIP, entry->rip},
	    {VMCS_GUEST_RSP, entry->rsp},
	    {VMCS_GUEST_RFLAGS, 2},
	    {VMCS_GUEST_DR7, 0x400},
	    {VMCS_GUEST_DEBUGCTL, 0},
	    {VMCS_GUEST_INTERRUPTIBILITY, 0},
	    {VMCS_GUEST_ACTIVITY, 0},
	    {VMCS_GUEST_PENDING_DEBUG, 0},
	    {VMCS_GUEST_SYSENTER_CS, 0},
	    {VMCS_GUEST_SYSENTER_ESP, 0},
	    {VMCS_GUEST_SYSENTER_EIP, 0},
	};

	FIELDS_WRITE(list);
}

static bool vmcs_make_current(void *vmcs)
{
	uint64_t address = platform_phys(vmcs);
	bool failed;

	__asm__ volatile("vmclear %1\n\tsetna %0" : "=r"(failed) : "m"(address) : "cc", "memory");
	if (!failed)
		__asm__ volatile("vmptrld %1\n\tsetna %0"
				 : "=r"(failed)
				 : "m"(address)
				 : "cc", "memory");
	return !failed;
}

const char *vmcs_setup(struct vcpu *vcpu, const struct guest_entry *entry)
{
	struct paging_controls paging = {0};

	vcpu->msr_bitmap = bitmap_create();
	vcpu->vmcs = platform_pages_alloc(1);
	if (!vcpu->msr_bitmap || !vcpu->vmcs)
		return "no memory for a VMCS";
	platform_clear(vcpu->vmcs, PAGE_SIZE);
	*(uint32_t *)vcpu->vmcs = (uint32_t)vcpu->capability->basic & 0x7fffffff;
	if (!vmcs_make_current(vcpu->vmcs))
		return "the processor refused the VMCS";
	vcpu->vm->paging->controls(vcpu, &paging);
	controls_write(vcpu, &paging);
	vmcs_write(VMCS_MSR_BITMAP, platform_phys(vcpu->msr_bitmap));
	apicv_start(vcpu);
	host_write(vcpu);
	vcpu->paging = guest_paging_at_start(entry);
	guest_segments_write(entry);
	guest_registers_write(vcpu, entry, &paging);
	vcpu->gpr[RAX] = entry->rax;
	vcpu->gpr[RBX] = entry->rbx;
	vcpu->gpr[RDI] = entry->rdi;
	vcpu->gpr[RSI] = entry->rsi;
	if (vcpu->vm->paging->start(vcpu))
		return "no memory for the first page tables";
	return NULL;
}
