/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/vmx/run.h"

#include "core-vmm/abi/guest.h"
#include "core-vmm/dispatch/dispatch.h"
#include "core-vmm/loader/guest_image.h"
#include "core-vmm/memory/ept.h"
#include "core-vmm/memory/paging.h"
#include "core-vmm/memory/tlb.h"
#include "core-vmm/memory/isolation.h"
#include "core-vmm/record.h"
#include "core-vmm/test_variant.h"
#include "core-vmm/vmx/cr.h"
#include "core-vmm/vmx/filter.h"
#include "core-vmm/vmx/msr.h"
#include "core-vmm/vmx/reset.h"
#include "core-vmm/vmx/vmcs.h"

#define REASON_ENTRY_FAILURE (1u << 31)

int vmx_on(const struct capability *capability)
{
	uint32_t *region = platform_pages_alloc(1);
	uint64_t cr0, cr4, address;
	bool failed;

	if (!region) {
		platform_log("no memory for the VMXON region");
		return -1;
	}
	platform_clear(region, PAGE_SIZE);
	*region = (uint32_t)capability->basic & 0x7fffffff;
	address = platform_phys(region);
	__asm__ volatile("mov %%cr0, %0\n\tmov %%cr4, %1" : "=r"(cr0), "=r"(cr4));
	cr0 = (cr0 | capability->cr0_fixed0) & capability->cr0_fixed1;
	cr4 = (cr4 | CR4_VMXE | capability->cr4_fixed0) & capability->cr4_fixed1;
	/* XSETBV on the guest's behalf (misc.c) needs it. */
	cr4 |= capability->cr4_fixed1 & CR4_OSXSAVE;
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
	tlb_host_load_cr4(cr4);
	__asm__ volatile("vmxon %1\n\tsetna %0" : "=r"(failed) : "m"(address) : "cc", "memory");
	if (failed) {
		platform_log("VMXON failed: revision 0x%x", *region);
		return -1;
	}
	return 0;
}

static uint64_t features_in_use(const struct vcpu *vcpu)
{
	uint64_t ept_vpid = vcpu->capability->ept_vpid;
	const struct ept *ept = vcpu->vm->ept;

	return (ept && ept->pointer & EPTP_AD ? VTS_FEATURE_EPT_AD : 0) |
	       (ept && ept_vpid & CAP_EPT_2M ? VTS_FEATURE_EPT_2M : 0) |
	       (ept && ept_vpid & CAP_EPT_1G ? VTS_FEATURE_EPT_1G : 0) |
	       (vcpu->vpid && ept_vpid & CAP_INVVPID_ADDRESS ? VTS_FEATURE_INVVPID_ADDR : 0) |
	       (vcpu->vm->config.tick ? VTS_FEATURE_PREEMPTION : 0) |
	       (ept ? VTS_FEATURE_UNRESTRICTED : 0) | (vcpu->apicv.page ? VTS_FEATURE_APICV : 0);
}

static void start_record(struct vcpu *vcpu)
{
	const struct vm_config *config = &vcpu->vm->config;
	struct vts_event *event = record_begin_at(vcpu, vcpu->tsc_start, vcpu->tsc_start,
						  VTS_KIND_VM_START, config->paging, 0, 0);

	event->vm_start.config =
	    (config->vpid ? VTS_CONFIG_VPID : 0) | (config->pv ? VTS_CONFIG_PV : 0) |
	    (config->count_flush ? VTS_CONFIG_COUNT_FLUSH : 0) |
	    (config->realtime ? 0 : VTS_CONFIG_WARP) |
	    (config->interactive ? VTS_CONFIG_INTERACTIVE : 0) |
	    ((unsigned)config->backing - PAGE_SHIFT) << VTS_CONFIG_EPT_PAGES_SHIFT;
	event->vm_start.memory = config->memory;
	event->vm_start.hz = config->hz;
	event->vm_start.hash = config->hash;
	event->vm_start.features = features_in_use(vcpu);
	record_end_always(vcpu);
}

static void boot_record(struct vcpu *vcpu)
{
	struct vts_event *event = record_begin_at(vcpu, vcpu->tsc_start, vcpu->tsc_start,
						  VTS_KIND_MARK, VTS_MARK_BEGIN, VTG_PHASE_BOOT, 0);

	for (unsigned i = 0; i < 5; i++)
		event->word[i] = 0;
	__builtin_memcpy(&event->mark.name, "boot", 4);
	record_end(vcpu);
}

static void stop_record(struct vcpu *vcpu)
{
	const struct vm_stop *stop = &vcpu->vm->stop;
	uint64_t tsc = platform_tsc();
	struct vts_event *event =
	    record_begin_at(vcpu, tsc, tsc, VTS_KIND_VM_STOP, stop->cause, 0, 0);

	event->vm_stop.status = stop->status;
	event->vm_stop.rip = vmcs_read(VMCS_GUEST_RIP);
	event->vm_stop.exits = vcpu->exits;
	event->vm_stop.records = vcpu->ring.control->head;
	event->vm_stop.detail = stop->detail;
	record_end_always(vcpu);
}

/** The one place where an exit is recorded, just before the entry that ends it. */
static inline void exit_record(struct vcpu *vcpu, const struct exit *exit)
{
	struct vts_event *event;

	if (!RECORDING)
		return;
	event = vts_ring_reserve(&vcpu->ring);
	event->tsc = platform_tsc();
	event->head = exit->head;
	event->exit_tsc = vcpu->exit_tsc;
	event->exit.rip = exit->rip;
	event->exit.cr3 = exit->cr3;
	event->exit.qualification = exit->qualification;
	event->exit.gpa = exit->gpa;
	event->exit.gla = exit->gla;
	record_end(vcpu);
}

/** Called by switch.S after every exit, the time already in vcpu->exit_tsc. Nonzero: the VM has
 *  ended. */
int vmx_handle_exit(struct vcpu *vcpu)
{
	uint64_t reason = vmcs_read(VMCS_EXIT_REASON);
	struct exit exit;

	vcpu->launched = 1;
	vcpu->exits++;
	exit.head = vcpu->exit_head | (reason & 0xffff) << 16;
	exit.rip = vmcs_read(VMCS_GUEST_RIP);
	exit.cr3 = vcpu->vm->ept ? vmcs_read(VMCS_GUEST_CR3) : vcpu->paging.cr3;
	exit.qualification = vmcs_read(VMCS_EXIT_QUALIFICATION);
	exit.vectoring = (uint32_t)vmcs_read(VMCS_VECTORING);
	exit.gpa = 0;
	exit.gla = 0;
	if (vmcs_read(VMCS_GUEST_SS_RIGHTS) & RIGHTS_DPL)
		exit.flags |= VTS_FLAG_USER;
	if (__builtin_expect(reason & REASON_ENTRY_FAILURE, 0))
		exit.flags |= VTS_FLAG_ENTRY_FAILURE;
	if (__builtin_expect(exit.vectoring & INTERRUPTION_VALID, 0)) {
		exit.flags |= VTS_FLAG_VECTORING;
		exit.vectoring = apicv_vectoring(vcpu, exit.vectoring);
	}
	dispatch_exit(vcpu, &exit);
	exit_record(vcpu, &exit);
	ledger_check(vcpu);
	isolation_check(vcpu);
	return vcpu->vm->stop.stopped;
}

/** VMLAUNCH or VMRESUME did not enter: there was no exit to record. */
static void entry_refused(struct vcpu *vcpu)
{
	uint64_t error = vmcs_read(VMCS_INSTRUCTION_ERROR);
	const char *rule = vmcs_broken_rule(vcpu);

	platform_log("VM entry refused: VM-instruction error %llu (SDM vol. 3, 31.4): %s",
		     (unsigned long long)error, rule ? rule : "no known rule is broken");
	vmcs_dump_guest(vcpu);
	vm_stop(vcpu->vm, VTS_VM_STOP_ENTRY_FAILURE, 0, error);
}

void vm_run(struct vcpu *vcpu, const struct guest_entry *entry)
{
	struct vm *vm = vcpu->vm;
	const char *error;

	vcpu->exit_head = vcpu->identity | VTS_KIND_EXIT |
			  (vcpu->vpid ? 0 : (uint64_t)VTS_FLAG_TRANSITION_FLUSH << 48);
	error = vmcs_setup(vcpu, entry);
	if (error)
		platform_panic("%s", error);
	reset_unswitched();
	vcpu->tsc_start = platform_tsc();
	vcpu->exit_tsc = vcpu->tsc_start;
	vcpu->time_offset = -vcpu->tsc_start;
	vmcs_write(VMCS_TSC_OFFSET, vcpu->time_offset);
	/* Its VPID and EPTP may have been another's. */
	ledger_owe_guest(vcpu);
	if (vm->ept)
		ledger_owe_ept(vcpu);
	filter_begin(vcpu);
	start_record(vcpu);
	if (entry->kernel)
		boot_record(vcpu);
	tlb_flush_guest(vcpu, VTS_CAUSE_VM_START);
	if (vm->ept)
		tlb_flush_ept(vcpu, VTS_CAUSE_VM_START);
	if (test_variant_is(TEST_BAD_ENTRY))
		vmcs_write(VMCS_GUEST_RFLAGS, 0); /* bit 1 must be 1 */
	if (test_variant_is(TEST_FAULT))
		*(volatile uint64_t *)vmx_exit_entry = 0;
	ledger_check(vcpu);
	if (!vmx_run(vcpu))
		entry_refused(vcpu);
	stop_record(vcpu);
}
